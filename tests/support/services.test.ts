import { createConnection } from 'mysql2/promise';
import { afterAll, expect, it } from 'vitest';
import { answersPing } from './redis-server.ts';
import { describeWithService, isMissing, privateDatabase, privateRedis } from './services.ts';

const database = await privateDatabase();
const redis = await privateRedis();
afterAll(async () => {
  for (const service of [database, redis]) if (!isMissing(service)) await service.stop();
});

describeWithService('a database for tests', database, (service) => {
  it('names schemas that are not there yet, and no two alike', () => {
    expect(service.freshUrl()).not.toBe(service.freshUrl());
  });

  it.runIf(service.faults !== null)('keeps what was committed over a kill and a restart', async () => {
    const url = new URL(service.url);
    const connect = () =>
      createConnection({ host: url.hostname, port: Number(url.port), user: url.username, password: url.password });
    const before = await connect();
    before.on('error', () => {});
    await before.query('create database kept');
    await service.kill();
    await expect(connect()).rejects.toThrow(/ECONNREFUSED/);
    await service.restart();
    const after = await connect();
    const [rows] = await after.query(`show databases like 'kept'`);
    expect(rows).toHaveLength(1);
    await after.query('drop database kept');
    await after.end();
  });
});

describeWithService('a Redis for tests', redis, (service) => {
  it('answers', async () => {
    expect(await answersPing(service.url)).toBe(true);
  });
});

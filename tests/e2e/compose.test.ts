// Goal: `docker compose up` ends with a working cluster, and a killed node comes back. Method: the image is built and the whole file is
// brought up under a project name and on ports of this test's own.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, askForData } from '#tests/support/cluster-process.ts';
import { dockerMissing } from '#tests/support/docker-engine.ts';
import { freePorts } from '#tests/support/free-ports.ts';
import { describeWithService } from '#tests/support/services.ts';
import { waitFor } from '#tests/support/wait.ts';

const root = join(import.meta.dirname, '..', '..');
const buildBoundMs = 600_000;
const upBoundMs = 120_000;

const reason = await dockerMissing();
const engine = reason === null ? { kind: 'docker', name: 'Docker' } : ({ kind: 'none', reason } as const);

describeWithService('docker compose', engine, () => {
  let env: NodeJS.ProcessEnv;
  let urls: readonly string[];

  function docker(...args: readonly string[]): string {
    return execFileSync('docker', args, { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }
  const compose = (...args: readonly string[]): string =>
    docker('compose', '-p', `instaface-test-${process.pid}`, ...args);

  beforeAll(async () => {
    const ports = await freePorts(3);
    urls = ports.map((port) => `http://127.0.0.1:${port}`);
    env = { ...process.env, NODE1_PORT: String(ports[0]), NODE2_PORT: String(ports[1]), NODE3_PORT: String(ports[2]) };
    docker('build', '--network', 'host', '--quiet', '--tag', 'instaface', '.');
    compose('up', '--detach', '--no-build');
  }, buildBoundMs);

  afterAll(() => {
    compose('down', '--volumes', '--timeout', '10');
  });

  test('every node becomes ready, over MySQL and with its members from Redis', { timeout: upBoundMs }, async () => {
    for (const url of urls) {
      await waitFor(
        `${url} to be ready`,
        async () => (await fetch(`${url}/health/ready`).catch(() => null))?.ok === true,
        upBoundMs,
      );
    }
    const { cluster } = await askForData<{ cluster: { database: { kind: string }; nodes: readonly unknown[] } }>(
      urls[0] ?? '',
      '{ cluster { database { kind } nodes { id } } }',
    );
    expect(['mysql', 'mariadb']).toContain(cluster.database.kind);
    expect(cluster.nodes).toHaveLength(3);
    await waitFor(
      'the bot to act',
      async () => {
        const { users } = await askForData<{ users: { nodes: readonly unknown[] } }>(
          urls[1] ?? '',
          '{ users(first: 5) { nodes { id } } }',
        );
        return users.nodes.length === 5;
      },
      upBoundMs,
    );
  });

  test('a node that is killed is missed by nobody, and comes back', { timeout: upBoundMs }, async () => {
    compose('kill', 'node3');
    const create = 'mutation Create($input: CreateUserInput!) { createUser(input: $input) { user { id } } }';
    const input = { handle: 'while.one.is.gone', name: 'Somebody', idempotencyKey: 'while-one-is-gone' };
    await waitFor(
      'a mutation to be taken',
      async () => {
        const { data } = await ask<{ createUser: unknown }>(urls[0] ?? '', create, { input }).catch(() => ({
          data: null,
        }));
        return data !== null && data.createUser !== null;
      },
      30_000,
    );
    compose('up', '--detach', '--no-build', 'node3');
    const read = '{ user(handle: "while.one.is.gone") { name } }';
    await waitFor(
      'node3 to have what it missed',
      async () => {
        const answer = await ask<{ user: { name: string } | null }>(urls[2] ?? '', read).catch(() => null);
        return answer?.data?.user?.name === 'Somebody';
      },
      60_000,
    );
  });
});

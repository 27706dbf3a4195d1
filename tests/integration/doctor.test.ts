import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLinks } from '#consensus/transport/tcp-links.ts';
import type { NodeId } from '#consensus/core/types.ts';
import { examine } from '#server/doctor/doctor.ts';
import type { Finding } from '#server/doctor/finding.ts';
import { lookAtDatabase } from '#server/doctor/look-at-database.ts';
import { lookAtDisk } from '#server/doctor/look-at-disk.ts';
import { MysqlSession } from '#server/store/mysql/mysql-session.ts';
import { parseMysqlUrl } from '#server/store/mysql/mysql-address.ts';
import { freePorts } from '#tests/support/free-ports.ts';
import { describeWithService, privateDatabase } from '#tests/support/services.ts';

const secret = 'a secret of some length';
const gibibyte = 1024 ** 3;

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'doctor-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function examineWith(flags: Readonly<Record<string, string>>, env = {}): Promise<readonly Finding[]> {
  const [port, peerPort] = await freePorts(2);
  const own = { id: 'n1', port: String(port), peerPort: String(peerPort), data: join(folder(), 'n1') };
  return examine({ flags: { ...own, ...flags }, env });
}

const troubles = (findings: readonly Finding[]) =>
  findings.filter(({ level }) => level !== 'ok').map(({ level, code }) => `${level} ${code}`);

test('a node by itself with free ports is well', async () => {
  expect(troubles(await examineWith({})).filter((one) => one !== 'warning DISK_SPEED')).toEqual([]);
});

test('a wrong setting and a mistyped variable are named, with what to do', async () => {
  const findings = await examineWith({ port: 'http' }, { INSTAFACE_TYPO: '1' });
  expect(troubles(findings)).toEqual(['problem CONFIG', 'warning CONFIG']);
  expect(findings.every(({ advice }) => advice !== null)).toBe(true);
});

test('a port that another process has is a problem', async () => {
  const taken = await portOf(createTcpServer((socket) => socket.destroy()));
  const found = (await examineWith({ port: String(taken) })).filter(({ code }) => code === 'PORT');
  expect(found.map(({ level }) => level)).toEqual(['problem', 'ok']);
  expect(found[0]?.advice).toContain(`:${taken}`);
});

test('a port that this very node has is none', async () => {
  const node = createServer((_request, response) => response.end('{"live":true,"node":"n1"}'));
  const port = await portOf(node);
  expect(troubles((await examineWith({ port: String(port) })).filter(({ code }) => code === 'PORT'))).toEqual([]);
});

test.each([
  [secret, []],
  ['another secret, just as long', ['problem PEER']],
])('a peer with the secret «%s» is told apart', async (theirs, expected) => {
  const links = await openLinks({
    self: 'n2' as NodeId,
    clusterId: () => 'cluster-a',
    schemaDigest: 'schema',
    secret: theirs,
    listen: { host: '127.0.0.1', port: 0 },
    peers: new Map(),
    log: { info: () => {}, warn: () => {} },
  });
  onTestFinished(() => links.close());
  const peers = `n2=127.0.0.1:${links.address().port}`;
  const findings = await examineWith({ peers }, { INSTAFACE_CLUSTER_SECRET: secret });
  expect(troubles(findings.filter(({ code }) => code === 'PEER'))).toEqual(expected);
});

test.each([
  [0, []],
  [-3_600_000, ['problem CLOCK']],
  [3_600_000, ['problem CLOCK']],
])('a node whose clock is %i ms off', async (offMs, expected) => {
  const node = createServer((_request, response) => {
    response.setHeader('date', new Date(Date.now() + offMs).toUTCString()).end('{}');
  });
  const port = await portOf(node);
  const findings = await examineWith({ publicUrls: `n2=http://127.0.0.1:${port}` });
  expect(troubles(findings.filter(({ code }) => code === 'CLOCK'))).toEqual(expected);
});

test.each([
  ['room and speed', {}, []],
  ['too little room', { freeBytes: gibibyte / 2 }, ['problem DISK_SPACE']],
  ['hardly any room', { freeBytes: 1.5 * gibibyte }, ['warning DISK_SPACE']],
  ['a slow disk', { syncMsP50: 30 }, ['warning DISK_SPEED']],
  ['a disk that stalls', { syncMsMax: 900 }, ['warning DISK_SPEED']],
])('a disk with %s', async (_what, changes, expected) => {
  const facts = { freeBytes: 90 * gibibyte, totalBytes: 100 * gibibyte, syncMsP50: 0.2, syncMsMax: 3 };
  expect(troubles(await lookAtDisk(folder(), gibibyte, async () => ({ ...facts, ...changes })))).toEqual(expected);
});

test('a folder that cannot be made is a problem', async () => {
  expect(troubles(await lookAtDisk('/proc/instaface', 1))).toEqual(['problem DISK_ACCESS']);
});

const service = await privateDatabase();

describeWithService('a database', service, (database) => {
  test('that is away, has no schema, has no tables, or gives its user no rights', async () => {
    const [nobody = 0] = await freePorts(1);
    expect(await lookAtDatabase(`mysql://a:hush@127.0.0.1:${nobody}/graph`, 2_000)).toMatchObject({ level: 'problem' });
    const fresh = database.freshUrl();
    expect(await lookAtDatabase(fresh, 5_000)).toMatchObject({ level: 'warning' });
    const { schema } = parseMysqlUrl(fresh);
    const root = await MysqlSession.connect(parseMysqlUrl(database.url), null, 5_000);
    onTestFinished(() => root.destroy());
    await root.query(`create database \`${schema}\``);
    expect(await lookAtDatabase(fresh, 5_000)).toMatchObject({ level: 'ok' });
    expect((await root.query(`show tables from \`${schema}\``)).rows).toEqual([]);
    await root.query(`create user 'reader'@'%' identified by 'hush'`);
    onTestFinished(async () => void (await root.query(`drop user 'reader'@'%'`)));
    await root.query(`grant select on \`${schema}\`.* to 'reader'@'%'`);
    const reader = new URL(fresh);
    reader.username = 'reader';
    reader.password = 'hush';
    const found = await lookAtDatabase(reader.href, 5_000);
    expect(found).toMatchObject({ level: 'problem', message: expect.stringContaining('grant') });
    expect(JSON.stringify(found)).not.toContain('hush');
  });
});

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { noteAdded, noteRemoved, planAdded } from './added-nodes.ts';
import { isClusterAt, planCluster, planNewNode, refuseTakenPorts } from './cluster-plan.ts';

const folder = mkdtempSync(join(tmpdir(), 'cluster-plan-'));
afterAll(() => rmSync(folder, { recursive: true }));
const options = { nodes: 3, port: 4000, peerPort: 4100, dataFolder: folder, databaseUrl: null, redisUrl: null };

test('nodes take the ports in turn and know each other', () => {
  const [first, second] = planCluster(options);
  expect(first).toMatchObject({ id: 'n1', port: 4000, peerPort: 4100 });
  expect(second).toMatchObject({ id: 'n2', port: 4001, peerPort: 4101, peers: first?.peers });
  expect(first?.peers).toBe('n1=127.0.0.1:4100,n2=127.0.0.1:4101,n3=127.0.0.1:4102');
  expect(first?.databaseUrl).toBe(`sqlite:${join(folder, 'graph.db')}`);
});

test('the secret is made once and is nobody else’s to read', () => {
  expect(planCluster(options)[0]?.secret).toBe(planCluster(options)[2]?.secret);
  expect(statSync(join(folder, 'secret')).mode & 0o077).toBe(0);
});

test('a port that is taken is named, with what to do, before anything starts', async () => {
  const server = createServer();
  await new Promise<void>((listening) => {
    server.listen({ host: '127.0.0.1', port: 0 }, listening);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const plan = planCluster({ ...options, nodes: 1, port, peerPort: port });
  await expect(refuseTakenPorts(plan)).rejects.toThrow(new RegExp(`Port ${port}, which node n1 needs.*--port`));
  await new Promise((closed) => server.close(closed));
  await expect(refuseTakenPorts(plan)).resolves.toBeUndefined();
});

test('a further node goes where `up` would have it, and how to start it is said for a shell', () => {
  planCluster({ ...options, port: 4900, peerPort: 4950 });
  const plan = planNewNode({ id: 'n4', dataFolder: folder });
  expect(plan).toMatchObject({ peerUrl: '127.0.0.1:4953', publicUrl: 'http://127.0.0.1:4903' });
  expect(plan.command).toContain(`INSTAFACE_CLUSTER_SECRET_FILE=${join(folder, 'secret')}`);
  expect(plan.command).toContain(`--peers n1=127.0.0.1:4950 `);
  expect(plan.command).toContain(`--data ${join(folder, 'n4')} `);
});

test('nodes that were added are planned from then on, where they were added, until they are removed', () => {
  const data = join(folder, 'grows');
  const grown = { ...options, dataFolder: data };
  expect(planAdded(planCluster(grown))).toEqual([]);
  for (const id of ['n5', 'n2', 'n5']) noteAdded(data, id);
  const plan = planCluster(grown);
  expect(planAdded(plan)).toHaveLength(1);
  expect(planAdded(plan)[0]).toMatchObject({
    id: 'n5',
    port: 4004,
    peerPort: 4104,
    dataFolder: data,
    secret: plan[0]?.secret,
    peers: 'n1=127.0.0.1:4100,n5=127.0.0.1:4104',
  });
  expect(planAdded(planCluster({ ...grown, nodes: 5 }))).toEqual([]);
  noteRemoved(data, 'n5');
  expect(planAdded(plan)).toEqual([]);
  writeFileSync(join(data, 'added.json'), '{}');
  expect(() => planAdded(plan)).toThrow('added.json');
});

test('a cluster is known by where its nodes answer', () => {
  planCluster({ ...options, port: 4900, peerPort: 4950 });
  expect(isClusterAt(folder, ['http://10.0.0.9:4900', 'http://localhost:4902'])).toBe(true);
  expect(isClusterAt(folder, ['http://10.0.0.9:4900', 'http://127.0.0.1:4000'])).toBe(false);
  expect(isClusterAt(join(folder, 'elsewhere'), ['http://127.0.0.1:4900'])).toBe(false);
});

test('a name without a place, or a folder that is no cluster’s, needs addresses', () => {
  expect(() => planNewNode({ id: 'reader', dataFolder: folder })).toThrow('--peer-url');
  expect(() => planNewNode({ id: 'n4', dataFolder: join(folder, 'elsewhere') })).toThrow('--data');
});

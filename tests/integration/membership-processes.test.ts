// Goal: a cluster of real processes grows, loses its leader and a disk, and shrinks while a client writes; what it was told is kept, and
// nothing is done twice. Method: processes on loopback, the command line's own requests, a client that keeps a journal.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addNode, removeNode, status } from '#server/command-line/cluster-commands.ts';
import type { ClusterStatus } from '#server/command-line/cluster-commands.ts';
import { NodeProcess } from '#server/command-line/node-process.ts';
import { startCluster, type TestCluster } from '#tests/support/cluster-process.ts';
import { freePorts } from '#tests/support/free-ports.ts';
import { createAuthor, judge, readJournal, RecordingClient } from '#tests/support/recording-client.ts';
import { waitFor } from '#tests/support/wait.ts';

/** On a machine that is busy with other tests. */
const processStartMsMax = 30_000;

let cluster: TestCluster;
const later: NodeProcess[] = [];

beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => {
  for (const node of later) await node.stop(5_000);
  await cluster?.stop();
});

/** A process that knows n1 alone, with an empty folder. */
async function newProcess(id: string): Promise<NodeProcess> {
  const [port = 0, peerPort = 0] = await freePorts(2);
  const first = cluster.node('n1').options;
  const node = new NodeProcess({
    ...first,
    id,
    port,
    peerPort,
    peers: `n1=127.0.0.1:${first.peerPort},${id}=127.0.0.1:${peerPort}`,
    publicUrls: `${id}=http://127.0.0.1:${port}`,
  });
  later.push(node);
  return node;
}

function memberOf({ options, url }: NodeProcess) {
  return { id: options.id, peerUrl: `127.0.0.1:${options.peerPort}`, publicUrl: url, voter: true };
}

async function becomesLive(node: NodeProcess): Promise<void> {
  const isLive = async (): Promise<boolean> => (await fetch(`${node.url}/health/live`)).status === 200;
  await waitFor(`${node.options.id} to live`, isLive, processStartMsMax).catch((error: unknown) => {
    throw new Error(node.lastLines(5), { cause: error });
  });
}

async function statusOf(urls: readonly string[]): Promise<ClusterStatus> {
  return JSON.parse(await status({ urls, json: true })) as ClusterStatus;
}

async function leaderAmong(nodes: readonly NodeProcess[]): Promise<NodeProcess> {
  return waitFor('a leader', async () => {
    for (const node of nodes) if ((await node.health(500))?.['role'] === 'LEADER') return node;
    return null;
  });
}

test('members come and go under load: four, without the first leader, with a new disk, and three again', async () => {
  const [n1, n2, n3] = cluster.nodes;
  if (n1 === undefined || n2 === undefined || n3 === undefined) throw new Error('three nodes are needed');
  const fourth = await newProcess('n4');
  const author = await createAuthor(n1.url);
  const journal = join(cluster.folder, 'journal');
  const urls = [n1, n2, n3, fourth].map(({ url }) => url);
  const client = new RecordingClient({ urls, author, journal, inFlight: 4, requestTimeoutMs: 5_000 });
  client.start();
  const more = async (count = 40): Promise<void> => {
    const before = client.acknowledgedAtMs.length;
    await waitFor(`${count} acknowledgements`, () => client.acknowledgedAtMs.length >= before + count, 30_000);
  };
  await more();

  // It waits, and says so on its port, until it is added.
  fourth.start();
  await becomesLive(fourth);
  const waiting = await waitFor('n4 to say what it waits for', async () => {
    const health = await fourth.health(500);
    return JSON.stringify(health?.['reasons']).includes('waits to be added') ? health : null;
  });
  expect(waiting.ready).toBe(false);
  await addNode({ urls: [n2.url], json: false }, memberOf(fourth));
  await waitFor('n4 to be ready', async () => (await fourth.health(500))?.ready === true);
  await more();

  // The leader goes, whoever it is.
  const leader = await leaderAmong([n1, n2, n3, fourth]);
  const rest = [n1, n2, n3, fourth].filter((node) => node !== leader);
  await removeNode({ urls: [leader.url], json: false }, leader.options.id);
  client.avoid(leader.url);
  await leader.stop(5_000);
  await more();

  // Another one loses its disk and comes back under its name; the one that knows n1 alone is started again with what it was told.
  const wiped = rest.find((node) => node !== n1 && node !== fourth);
  if (wiped === undefined) throw new Error('a node is needed whose disk is lost');
  wiped.signal('SIGKILL');
  await wiped.stop(5_000);
  rmSync(wiped.folder, { recursive: true, force: true });
  const others = rest.filter((node) => node !== wiped);
  const target = { urls: others.map(({ url }) => url), json: false };
  wiped.start();
  await becomesLive(wiped);
  await removeNode(target, wiped.options.id);
  await addNode(target, memberOf(wiped));
  await more();
  fourth.signal('SIGKILL');
  await fourth.stop(5_000);
  fourth.start();
  await waitFor('n4 to be ready again', async () => (await fourth.health(500))?.ready === true, processStartMsMax);
  await more();
  await client.stop();

  const { nodes } = await statusOf([fourth.url]);
  expect(nodes.map(({ id, voter }) => `${id} ${voter ? 'votes' : 'learns'}`).toSorted()).toEqual(
    rest.map(({ options }) => `${options.id} votes`).toSorted(),
  );
  for (const node of rest) {
    const verdict = await judge(node.url, author, readJournal(journal));
    expect(verdict.acknowledged).toBeGreaterThan(150);
    expect([verdict.lost, verdict.doubled]).toEqual([[], []]);
  }
}, 180_000);

// Goal: when every log is gone a cluster goes on from its database, and nothing of the old one comes back. Method: real processes; all log
// folders are removed, but one node gets its old folder back, as from a machine that was away.
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gapEntries } from '#server/graph/cluster-identity.ts';
import { addNode, removeNode, status, type ClusterStatus } from '#server/command-line/cluster-commands.ts';
import { recoverCommand } from '#server/command-line/recover-command.ts';
import { ask, askForData, startCluster, type TestCluster } from '#tests/support/cluster-process.ts';
import { contentsQuery, type GraphContents } from '#tests/support/graph-contents.ts';
import { waitFor } from '#tests/support/wait.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => {
  await cluster?.stop();
});

interface Created {
  readonly createUser: {
    readonly user: { readonly id: string };
    readonly commit: { index: string; replayed: boolean };
  };
}

const createDocument = `mutation Create($input: CreateUserInput!) {
  createUser(input: $input) { user { id } commit { index replayed } } }`;

function create(handle: string): Promise<Created> {
  const input = { handle, name: `Name of ${handle}`, bio: 'x', idempotencyKey: `create ${handle}` };
  return askForData<Created>(cluster.urls[0] ?? '', createDocument, { input });
}

async function statusNow(): Promise<ClusterStatus> {
  return JSON.parse(await status({ urls: cluster.urls.slice(0, 1), json: true })) as ClusterStatus;
}

function recoverNow(data = cluster.folder): Promise<string> {
  const database = `sqlite:${join(cluster.folder, 'graph.db')}`;
  return recoverCommand({ data, database, members: null, urls: cluster.urls, yes: true, json: true });
}

async function errorOf(url: string, query: string): Promise<unknown> {
  return (await ask(url, query)).errors?.[0]?.extensions?.['code'];
}

async function becomesReady(id: string): Promise<void> {
  const node = cluster.node(id);
  const isReady = async (): Promise<boolean> => (await node.health(1_000))?.ready === true;
  await waitFor(`${id} to be ready`, isReady, 60_000).catch((error: unknown) => {
    throw new Error(node.lastLines(5), { cause: error });
  });
}

test('a cluster without any log goes on from its database, and its old nodes stay outside', async () => {
  const [url = ''] = cluster.urls;
  const people: Created[] = [];
  for (let nth = 0; nth < 20; nth++) people.push(await create(`person-${nth}`));
  const [first, second] = people.map(({ createUser }) => createUser.user.id);
  const befriend = `mutation Befriend($input: FriendshipInput!) { befriend(input: $input) { commit { index } } }`;
  const friends = await askForData<{ befriend: { commit: { index: string } } }>(url, befriend, {
    input: { user: first, friend: second, properties: { since: 'school' } },
  });
  const last = Number(friends.befriend.commit.index);
  await waitFor('the database to hold it', async () => {
    const { database } = await statusNow();
    return Number(database.materializedIndex) >= last;
  });
  const before = await askForData<GraphContents>(url, contentsQuery);
  const old = await statusNow();

  await expect(recoverNow(), 'the logs are there').rejects.toMatchObject({ code: 'LOG_FOUND' });
  const elsewhere = join(cluster.folder, 'elsewhere');
  await expect(recoverNow(elsewhere), 'the leader runs').rejects.toMatchObject({ code: 'DATABASE_REFUSED' });
  for (const node of cluster.nodes) await node.stop(10_000);
  await expect(recoverNow(), 'the logs are still there').rejects.toMatchObject({ code: 'LOG_FOUND' });

  const kept = `${cluster.folder}-kept`;
  cpSync(cluster.node('n3').folder, kept, { recursive: true });
  for (const node of cluster.nodes) rmSync(join(node.folder, 'log'), { recursive: true });
  const plan = JSON.parse(await recoverNow()) as Readonly<Record<string, unknown>>;
  const end = Number(plan['materializedIndex']);
  expect(end).toBeGreaterThanOrEqual(last);
  expect(plan).toMatchObject({ oldCluster: old.id, startIndex: end + gapEntries });
  rmSync(cluster.node('n3').folder, { recursive: true });
  cpSync(kept, cluster.node('n3').folder, { recursive: true });
  rmSync(kept, { recursive: true });

  cluster.start();
  await becomesReady('n1');
  await becomesReady('n2');
  for (const each of cluster.urls.slice(0, 2))
    expect(await askForData<GraphContents>(each, contentsQuery)).toEqual(before);

  const replayed = await create('person-0');
  expect(replayed.createUser).toEqual({
    ...people[0]?.createUser,
    commit: { index: people[0]?.createUser.commit.index, replayed: true },
  });
  const later = await create('later');
  expect(Number(later.createUser.commit.index)).toBeGreaterThan(end + gapEntries);
  expect(people.map(({ createUser }) => createUser.user.id)).not.toContain(later.createUser.user.id);
  const now = await statusNow();
  expect(now.id).toBe(plan['newCluster']);
  expect(now.term).toBeGreaterThan(old.term);

  // An old node with an old log: it is neither heard nor does it win.
  const { node } = { node: cluster.node('n3') };
  await waitFor('the handshake to be refused', () => /WRONG_CLUSTER/.test(node.lastLines(400)), 30_000);
  expect((await node.health(1_000))?.ready).not.toBe(true);
  expect(await errorOf(node.url, '{ cluster { id } users(first: 1) { nodes { id } } }')).toBe('NO_LEADER');

  // It comes back as any node that lost its disk, and then knows the gap as the others do.
  await removeNode({ urls: cluster.urls.slice(0, 2), json: false }, 'n3');
  await node.stop(10_000);
  rmSync(node.folder, { recursive: true });
  node.start();
  const member = { id: 'n3', peerUrl: `127.0.0.1:${node.options.peerPort}`, publicUrl: node.url, voter: true };
  await addNode({ urls: cluster.urls.slice(0, 2), json: false }, member);
  await becomesReady('n3');
  const count = (atLeast: number, consistency = 'SESSION'): string =>
    `query @read(consistency: ${consistency}, atLeast: "${atLeast}") { users(first: 1) { totalCount } }`;
  for (const each of cluster.urls) {
    for (const gone of [end + 1, end + gapEntries - 1]) expect(await errorOf(each, count(gone))).toBe('HISTORY_GONE');
    expect(await errorOf(each, count(end + 1, 'LINEARIZABLE'))).toBe('HISTORY_GONE');
    for (const known of [last, end, end + gapEntries, Number(later.createUser.commit.index)])
      expect(await askForData(each, count(known))).toEqual({ users: { totalCount: 21 } });
  }
}, 240_000);

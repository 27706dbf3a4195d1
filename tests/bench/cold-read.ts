import { askForData, ask, startCluster, type TestCluster } from '#tests/support/cluster-process.ts';
import { waitFor } from '#tests/support/wait.ts';
import type { BenchRow } from './row.ts';

const friends = 20;
const statusesEach = 5;
/** What each level of the query needs before the next can be asked for. */
const levelNames = [
  'the person',
  'the list of friends',
  'the friends',
  'their lists of statuses',
  'the statuses',
  'counts of likes',
];
const levels = levelNames.length;

const read = `query Cold($id: ID!) { user(id: $id) { name friends(first: ${friends}) { nodes {
  name statuses(first: ${statusesEach}) { nodes { text likedBy(first: 1) { totalCount } } } } } } }`;

/** 20 friends with 5 statuses each, on a follower where nobody has them in memory: fills to the leader, and statements of the database. */
export async function run(): Promise<readonly BenchRow[]> {
  // Nothing of the log is kept behind the database, so that a start brings nothing back into the caches.
  const cluster = await startCluster({ env: { INSTAFACE_RETAINED_ENTRIES: '0', INSTAFACE_RETAINED_BYTES: '0' } });
  try {
    const id = await writeGraph(cluster);
    await waitFor('the logs to be compacted', async () => (await behind(cluster)) <= 1, 30_000);
    for (const node of cluster.nodes) await node.stop(10_000);
    cluster.start();
    await cluster.waitUntilReady();
    const [follower] = await cluster.followers();
    const { data, extensions } = await ask<{
      user: { friends: { nodes: readonly { statuses: { nodes: readonly unknown[] } }[] } };
    }>(follower?.url ?? '', read, { id });
    const people = data?.user.friends.nodes ?? [];
    const statuses = people.reduce((sum, person) => sum + person.statuses.nodes.length, 0);
    const { leaderFetches, databaseFetches, cacheHits, ms } = extensions?.instaface ?? {};
    const note = `${people.length} friends, ${statuses} statuses, ${String(cacheHits)} hits, ${JSON.stringify(ms)}`;
    const isWhole = people.length === friends && statuses === friends * statusesEach;
    return [
      {
        name: `fills to the leader, one for each of ${levelNames.join(', ')}`,
        measured: Number(leaderFetches),
        unit: 'fills',
        bound: levels,
        ok: isWhole && leaderFetches === levels,
        note,
      },
      {
        name: 'statements of the database',
        measured: Number(databaseFetches),
        unit: 'statements',
        bound: levels,
        ok: isWhole && databaseFetches === levels,
      },
    ];
  } finally {
    await cluster.stop();
  }
}

/** Of the entries that are kept the last one has the time of the log, and stays. */
async function behind(cluster: TestCluster): Promise<number> {
  const { cluster: state } = await askForData<{
    cluster: { commitIndex: string; nodes: readonly { firstIndex: string }[] };
  }>(cluster.urls[0] ?? '', '{ cluster { commitIndex nodes { firstIndex } } }');
  return Math.max(...state.nodes.map(({ firstIndex }) => Number(state.commitIndex) + 1 - Number(firstIndex)));
}

async function writeGraph(cluster: TestCluster): Promise<string> {
  const url = cluster.urls[0] ?? '';
  const batch = async (operations: readonly unknown[]): Promise<readonly string[]> => {
    const document = 'mutation Write($input: BatchInput!) { batch(input: $input) { ids } }';
    const data = await askForData<{ batch: { ids: readonly string[] } }>(url, document, { input: { operations } });
    return data.batch.ids;
  };
  const people = await batch(
    Array.from({ length: friends + 1 }, (_, place) => ({
      createEntity: { type: 'User', properties: { handle: `p${place}`, name: `Person ${place}` } },
    })),
  );
  const [center = '', ...others] = people;
  await batch(others.map((to) => ({ addAssociation: { from: center, type: 'friend', to } })));
  for (const author of others) {
    const statuses = Array.from({ length: statusesEach }, (_, place) => ({
      createEntity: { type: 'Status', properties: { text: `Status ${place}` } },
    }));
    const posted = statuses.map((_, place) => ({ addAssociation: { from: author, type: 'posted', to: `#${place}` } }));
    await batch([...statuses, ...posted]);
  }
  return center;
}

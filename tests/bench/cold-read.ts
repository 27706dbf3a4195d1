import { ask, type TestCluster } from '#tests/support/cluster-process.ts';
import { coolDown, startForgetfulCluster, writeBatch } from '#tests/support/cold-cluster.ts';
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
  const cluster = await startForgetfulCluster();
  try {
    const id = await writeGraph(cluster);
    await coolDown(cluster);
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

async function writeGraph(cluster: TestCluster): Promise<string> {
  const batch = (operations: readonly unknown[]): Promise<readonly string[]> => writeBatch(cluster, operations);
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

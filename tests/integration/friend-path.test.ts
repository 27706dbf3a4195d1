// Goal: any node finds the same path, its memory cold or not, and finds another one when the graph has changed. Method: real processes, GraphQL.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askForData, startCluster, type TestCluster } from '#tests/support/cluster-process.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster?.stop());

const pathQuery =
  'query ($from: ID!, $to: ID!) @read(consistency: LINEARIZABLE) { friendPath(from: $from, to: $to) { id } }';

async function pathAt(url: string, ends: { readonly from: string; readonly to: string }): Promise<readonly string[]> {
  const { friendPath } = await askForData<{ friendPath: readonly { readonly id: string }[] | null }>(
    url,
    pathQuery,
    ends,
  );
  return friendPath?.map(({ id }) => id) ?? [];
}

/** People, all friends of whom the pairs say, in one commit. */
async function people(
  url: string,
  count: number,
  pairs: readonly (readonly [number, number])[],
): Promise<readonly string[]> {
  const users = Array.from({ length: count }, (_, place) => ({
    createEntity: { type: 'User', properties: { name: `P${place}`, handle: `p${place}` } },
  }));
  const friendships = pairs.map(([from, to]) => ({
    addAssociation: { from: `#${from}`, type: 'friend', to: `#${to}` },
  }));
  const { batch } = await askForData<{ batch: { ids: readonly string[] } }>(
    url,
    'mutation ($operations: [BatchOperation!]!) { batch(input: { operations: $operations }) { ids } }',
    { operations: [...users, ...friendships] },
  );
  return batch.ids;
}

test('every node finds the same shortest path, and the next one once a friendship of it has ended', async () => {
  const [first] = cluster.urls;
  if (first === undefined) throw new Error('a node is needed');
  // 0 – 1 – 2 – 3, and the longer way 0 – 4 – 5 – 6 – 3.
  const ids = await people(first, 7, [
    [0, 1],
    [1, 2],
    [2, 3],
    [0, 4],
    [4, 5],
    [5, 6],
    [6, 3],
  ]);
  const ends = { from: ids[0] ?? '', to: ids[3] ?? '' };
  for (const url of cluster.urls) expect(await pathAt(url, ends)).toEqual([ids[0], ids[1], ids[2], ids[3]]);
  await askForData(first, 'mutation ($input: UnfriendInput!) { unfriend(input: $input) { changed } }', {
    input: { user: ids[1], friend: ids[2] },
  });
  for (const url of cluster.urls) expect(await pathAt(url, ends)).toEqual([ids[0], ids[4], ids[5], ids[6], ids[3]]);
});

import { askForData, type TestCluster } from '#tests/support/cluster-process.ts';
import { coolDown, startForgetfulCluster, writeBatch } from '#tests/support/cold-cluster.ts';
import { KeepAlivePost } from '#tests/support/keep-alive-post.ts';
import { quantile } from '#tests/support/statistics.ts';
import type { BenchRow } from './row.ts';

const nodes = 5;
const friends = 20;
const readers = 10_000;
const socketsPerNodeMax = readers / nodes;
const requestTimeoutMs = 60_000;

const list = `query ($id: ID!) { user(id: $id) { friends(first: ${friends}) { edges { node { id } } } } }`;
const person = 'query ($id: ID!) { user(id: $id) { handle } }';

/** Ten thousand readers at once of a list that no node has in memory, spread over five nodes: one flight a key, on every level. */
export async function run(): Promise<readonly BenchRow[]> {
  const cluster = await startForgetfulCluster({ nodes });
  const posts = new KeepAlivePost({ socketsPerHostMax: socketsPerNodeMax });
  try {
    const ids = await writePeople(cluster);
    await coolDown(cluster);
    // Everybody is known everywhere; the list itself nobody has asked for.
    for (const url of cluster.urls) for (const id of ids) await askForData(url, person, { id });
    const leader = await cluster.leader();
    const before = await statements(leader.url);
    const body = JSON.stringify({ query: list, variables: { id: ids[0] } });
    const latenciesMs: number[] = [];
    const answers = new Set<string>();
    const read = async (nth: number): Promise<void> => {
      const sentMs = performance.now();
      const answer = await posts.send(`${cluster.urls[nth % nodes]}/graphql`, body, requestTimeoutMs);
      latenciesMs.push(performance.now() - sentMs);
      answers.add(JSON.stringify((answer as { readonly data: unknown }).data));
    };
    await Promise.all(Array.from({ length: readers }, (_, nth) => read(nth)));
    const asked = (await statements(leader.url)) - before;
    const [answer = ''] = answers;
    const isRight = answers.size === 1 && answer.split('"node"').length === friends + 1;
    return [
      {
        name: `statements of the database for ${readers.toLocaleString('en')} readers of one cold list at once, ${nodes} nodes`,
        measured: asked,
        unit: 'statements',
        bound: 1,
        ok: isRight && asked === 1,
        note: isRight
          ? `the last one was answered after ${quantile(latenciesMs, 1).toFixed(0)} ms`
          : `wrong answers: ${answer.slice(0, 200)}`,
      },
    ];
  } finally {
    posts.close();
    await cluster.stop();
  }
}

/** The first one has all others as friends. */
async function writePeople(cluster: TestCluster): Promise<readonly string[]> {
  const ids = await writeBatch(
    cluster,
    Array.from({ length: friends + 1 }, (_, place) => ({
      createEntity: { type: 'User', properties: { handle: `p${place}`, name: `Person ${place}` } },
    })),
  );
  const [center = '', ...others] = ids;
  await writeBatch(
    cluster,
    others.map((to) => ({ addAssociation: { from: center, type: 'friend', to } })),
  );
  return ids;
}

/** That the leader has read with, since it started. */
async function statements(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text
    .split('\n')
    .find((each) => each.startsWith('instaface_database_seconds_count') && each.includes('kind="read"'));
  if (line === undefined) throw new Error('the leader has no count of its reads');
  return Number(line.slice(line.lastIndexOf(' ')));
}

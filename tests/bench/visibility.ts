import { askForData, startCluster } from '#tests/support/cluster-process.ts';
import { quantile } from '#tests/support/statistics.ts';
import { waitFor } from '#tests/support/wait.ts';
import type { BenchRow } from './row.ts';

const mutations = 1_000;
const boundMs = 50;

const create = `mutation Create($input: CreateUserInput!) { createUser(input: $input) { user { id } commit { index } } }`;
const readLocal = `query Read($id: ID!) @read(consistency: LOCAL) { user(id: $id) { name } }`;
const readSession = `query Read($id: ID!) { user(id: $id) { name } }`;

interface Created {
  readonly createUser: { readonly user: { readonly id: string }; readonly commit: { readonly index: string } };
}

interface Read {
  readonly user: { readonly name: string } | null;
}

/** How soon a mutation sent to one follower can be read there, and on the other nodes, one in flight. */
export async function run(): Promise<readonly BenchRow[]> {
  const cluster = await startCluster();
  try {
    const [follower] = await cluster.followers();
    if (!follower) throw new Error('a cluster of three has followers');
    const others = cluster.nodes.filter((node) => node !== follower);
    let missedThere = 0;
    let missedWithToken = 0;
    const delaysMs: number[] = [];
    for (let nth = 0; nth < mutations; nth += 1) {
      const { createUser } = await askForData<Created>(follower.url, create, {
        input: { handle: `seen.${nth}`, name: `Seen ${nth}` },
      });
      const acknowledgedAtMs = performance.now();
      const variables = { id: createUser.user.id };
      const [there, ...withToken] = await Promise.all([
        askForData<Read>(follower.url, readSession, variables),
        ...others.map((node) =>
          askForData<Read>(
            node.url,
            `query Read($id: ID!) @read(atLeast: "${createUser.commit.index}") { user(id: $id) { name } }`,
            variables,
          ),
        ),
        ...others.map(async (node) => {
          await waitFor(
            'the user on another node',
            async () => (await askForData<Read>(node.url, readLocal, variables)).user !== null,
          );
          delaysMs.push(performance.now() - acknowledgedAtMs);
          return { user: { name: '' } };
        }),
      ]);
      if (there?.user === null) missedThere += 1;
      missedWithToken += withToken.filter((read) => read.user === null).length;
    }
    const p99 = quantile(delaysMs, 0.99);
    return [
      {
        name: `not readable at once where it was sent, of ${mutations}`,
        measured: missedThere,
        unit: 'reads',
        bound: 0,
        ok: missedThere === 0,
      },
      {
        name: 'not readable elsewhere with @read(atLeast:)',
        measured: missedWithToken,
        unit: 'reads',
        bound: 0,
        ok: missedWithToken === 0,
      },
      { name: 'seen on the other nodes after, p99', measured: p99, unit: 'ms', bound: boundMs, ok: p99 <= boundMs },
      {
        name: 'seen on the other nodes after, p50',
        measured: quantile(delaysMs, 0.5),
        unit: 'ms',
        bound: null,
        ok: true,
      },
    ];
  } finally {
    await cluster.stop();
  }
}

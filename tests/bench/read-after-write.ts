import { startCluster } from '#tests/support/cluster-process.ts';
import { KeepAlivePost } from '#tests/support/keep-alive-post.ts';
import { createUser } from '#tests/support/recording-client.ts';
import { median, quantile } from '#tests/support/statistics.ts';
import { roundsOf } from './parameters.ts';
import type { BenchRow } from './row.ts';

const pairsWanted = 100_000;
const people = 200;
const inFlight = 8;
const requestTimeoutMs = 10_000;
const waitBoundMs = 2;

const update = 'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { commit { index } } }';
const readAtLeast = 'query ($id: ID!, $index: LogIndex) @read(atLeast: $index) { user(id: $id) { name } }';
const readPlainly = 'query ($id: ID!) @read(consistency: LOCAL) { user(id: $id) { name } }';

interface Answer<Data> {
  readonly data: Data;
  readonly extensions: { readonly instaface: { readonly ms: { readonly wait: number } } };
}

/**
 * A change on one node, then a look on another with the commit that the change was answered with; beside it, a plain look on that other
 * node. The wait is what the node says of itself, so that queues in the client are not in it. 100,000 pairs, or BENCH_ROUNDS.
 */
export async function run(): Promise<readonly BenchRow[]> {
  const cluster = await startCluster();
  const posts = new KeepAlivePost();
  try {
    const { urls } = cluster;
    const ids: string[] = [];
    for (let nth = 0; nth < people; nth += 1) ids.push(await createUser(urls, { handle: `raw.${nth}`, name: 'New' }));
    const send = async <Data>(place: number, query: string, variables: object): Promise<Answer<Data>> => {
      const answer = await posts.send(
        `${urls[place % urls.length]}/graphql`,
        JSON.stringify({ query, variables }),
        requestTimeoutMs,
      );
      if (typeof answer !== 'object' || answer === null || 'errors' in answer) throw new Error(JSON.stringify(answer));
      return answer as Answer<Data>;
    };
    const pairs = roundsOf(pairsWanted);
    let begun = 0;
    let stale = 0;
    const waitsMs: number[] = [];
    const atLeastMs: number[] = [];
    const plainMs: number[] = [];
    const timed = async <Data>(times: number[], act: () => Promise<Answer<Data>>): Promise<Answer<Data>> => {
      const fromMs = performance.now();
      const answer = await act();
      times.push(performance.now() - fromMs);
      return answer;
    };
    // Each has people of its own: nobody else changes them, so what was written last is what must be read.
    const worker = async (own: number): Promise<void> => {
      for (let turn = own; begun < pairs; turn += inFlight) {
        begun += 1;
        const id = ids[turn % people] ?? '';
        const name = `Name ${turn}`;
        const written = await send<{ readonly updateUser: { readonly commit: { readonly index: string } } }>(
          turn,
          update,
          { input: { id, name } },
        );
        const { index } = written.data.updateUser.commit;
        const look = await timed(atLeastMs, () =>
          send<{ readonly user: { readonly name: string } }>(turn + 1, readAtLeast, { id, index }),
        );
        if (look.data.user.name !== name) stale += 1;
        waitsMs.push(look.extensions.instaface.ms.wait);
        await timed(plainMs, () => send(turn + 1, readPlainly, { id }));
      }
    };
    await Promise.all(Array.from({ length: inFlight }, (_, own) => worker(own)));
    const wait = quantile(waitsMs, 0.99);
    return [
      {
        name: `stale, of ${pairs.toLocaleString('en')} changes read on another node with their commit`,
        measured: stale,
        unit: 'reads',
        bound: 0,
        ok: stale === 0,
      },
      {
        name: 'the wait of such a read, p99',
        measured: wait,
        unit: 'ms',
        bound: waitBoundMs,
        ok: wait <= waitBoundMs,
        note: `median ${median(waitsMs).toFixed(2)} ms; whole reads p99 ${quantile(atLeastMs, 0.99).toFixed(1)} ms, plain ones ${quantile(plainMs, 0.99).toFixed(1)} ms`,
      },
    ];
  } finally {
    posts.close();
    await cluster.stop();
  }
}

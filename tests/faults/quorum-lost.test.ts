// Goal: with two of three nodes gone nobody is told a lie. Method: kill two, write and read at the third.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, askForData, startCluster, type TestCluster } from '#tests/support/cluster-process.ts';
import { waitFor } from '#tests/support/wait.ts';

const create =
  'mutation Create($input: CreateUserInput!) { createUser(input: $input) { user { id } commit { index } } }';
const read = 'query Read($handle: String!) @read(consistency: LOCAL) { user(handle: $handle) { id name } }';
const answerBoundMs = 2_000;

interface Created {
  readonly createUser: { readonly user: { readonly id: string } } | null;
}

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => {
  await cluster.stop();
});

test(
  'mutations fail in time and with the truth, reads go on and say how stale they are',
  { timeout: 120_000 },
  async () => {
    const survivor = await cluster.leader();
    await askForData<Created>(survivor.url, create, { input: { handle: 'kept', name: 'Kept' } });
    await askForData(survivor.url, read, { handle: 'kept' });
    const others = cluster.nodes.filter((node) => node !== survivor);
    for (const node of others) node.signal('SIGKILL');
    await waitFor('the others to be gone', () => others.every((node) => !node.running));

    // While the old leader still believes in itself the mutation is appended, and its outcome cannot be known.
    const codes: unknown[] = [];
    await waitFor(
      'the node to notice that it has no quorum',
      async () => {
        const startedAtMs = performance.now();
        const idempotencyKey = `quorum:${codes.length}`;
        const { data, errors } = await ask<Created>(survivor.url, create, {
          input: { handle: `lost.${codes.length}`, name: 'Lost', idempotencyKey },
        });
        expect(performance.now() - startedAtMs).toBeLessThan(answerBoundMs + 500);
        expect(data?.createUser ?? null).toBeNull();
        const [error] = errors ?? [];
        const code = error?.extensions?.['code'];
        expect(['NO_QUORUM', 'OUTCOME_UNKNOWN']).toContain(code);
        if (code === 'OUTCOME_UNKNOWN') expect(error?.extensions?.['idempotencyKey']).toBe(idempotencyKey);
        codes.push(code);
        return code === 'NO_QUORUM';
      },
      20_000,
    );

    const answer = await ask<{ user: { name: string } | null }>(survivor.url, read, { handle: 'kept' });
    expect(answer.errors).toBeUndefined();
    expect(answer.data?.user?.name).toBe('Kept');
    expect(Number(answer.extensions?.instaface?.['leaderHeardMs'])).toBeGreaterThan(0);
    const strict = await ask(survivor.url, read.replace('LOCAL', 'LINEARIZABLE'), { handle: 'kept' });
    expect(['NO_LEADER', 'NO_QUORUM']).toContain(strict.errors?.[0]?.extensions?.['code']);

    for (const node of others) node.start();
    await cluster.waitUntilReady();
    // What was in doubt is in doubt no longer: asking again with the same key gives one final answer.
    for (const nth of codes.keys()) {
      const input = { handle: `lost.${nth}`, name: 'Lost', idempotencyKey: `quorum:${nth}` };
      const { createUser } = await askForData<Created>(survivor.url, create, { input });
      expect(createUser?.user.id).toEqual(expect.any(String));
    }
  },
);

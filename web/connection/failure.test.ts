import { CombinedError } from 'urql';
import { describe, expect, it } from 'vitest';
import { failureOf, retryWaitMs, willPass } from './failure.ts';

const refused = (code: string, message = 'as the server says') =>
  new CombinedError({ graphQLErrors: [{ message, extensions: { code, requestId: 'r1' } }] });

describe('a failure', () => {
  it('without any answer is the network and may have happened', () => {
    const failure = failureOf(new CombinedError({ networkError: new TypeError('fetch failed') }));
    expect(failure).toMatchObject({ code: 'OFFLINE', mayHaveHappened: true });
  });

  it('of the graph is said in the words of the server', () => {
    expect(failureOf(refused('CONFLICT'))).toMatchObject({
      text: 'as the server says',
      code: 'CONFLICT',
      mayHaveHappened: false,
    });
  });

  it('of the cluster is said in words for a reader', () => {
    expect(failureOf(refused('NO_QUORUM')).text).toContain('Too few nodes');
    expect(failureOf(refused('OUTCOME_UNKNOWN')).mayHaveHappened).toBe(true);
  });

  it('that was not expected carries the id to look up', () => {
    expect(
      failureOf(new CombinedError({ graphQLErrors: [{ message: 'x', extensions: { requestId: 'r9' } }] })),
    ).toMatchObject({
      code: 'INTERNAL_SERVER_ERROR',
      requestId: 'r9',
    });
  });

  it('of the cluster passes, of what was asked it does not', () => {
    expect(willPass(new CombinedError({ networkError: new TypeError('fetch failed') }))).toBe(true);
    for (const code of ['NO_LEADER', 'DEADLINE_EXCEEDED', 'DATABASE_UNAVAILABLE'])
      expect(willPass(refused(code))).toBe(true);
    for (const code of ['CONFLICT', 'NOT_FOUND', 'UNAUTHENTICATED', 'INTERNAL_SERVER_ERROR'])
      expect(willPass(refused(code))).toBe(false);
  });

  it('that stays is asked about less and less often, but never less than twice a minute', () => {
    expect([0, 1, 2, 3, 4, 5, 50].map(retryWaitMs)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });
});

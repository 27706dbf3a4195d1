import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { majorityOf, quorumReached, tally } from './quorum.ts';
import { nodeId } from './testing-network.ts';

/** Method: beside each clever count stands the stupid one. */
const voters = fc
  .uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 9 })
  .map((ids) => ids.map((id) => nodeId(`n${id}`)));

function naiveQuorum(values: readonly number[]): number {
  let best = 0;
  for (const candidate of values) {
    const reachedBy = values.filter((value) => value >= candidate).length;
    if (reachedBy * 2 > values.length && candidate > best) best = candidate;
  }
  return best;
}

describe('quorum arithmetic', () => {
  test('two majorities of the same voters always share one', () => {
    for (let count = 1; count < 100; count++) expect(majorityOf(count) * 2).toBeGreaterThan(count);
  });

  test('what a majority has reached equals the naive count', () => {
    const cases = voters.chain((ids) =>
      fc.tuple(fc.constant(ids), fc.array(fc.nat(20), { minLength: ids.length, maxLength: ids.length })),
    );
    fc.assert(
      fc.property(cases, ([ids, values]) => {
        const reached = new Map(ids.map((id, place) => [id, values[place] ?? 0]));
        expect(quorumReached(ids, (id) => reached.get(id) ?? 0)).toBe(naiveQuorum(values));
      }),
    );
  });

  test('a tally is won, lost or open exactly as the naive count says, whatever others than the voters say', () => {
    const answers = fc.dictionary(fc.integer({ min: 1, max: 45 }).map(String), fc.boolean());
    fc.assert(
      fc.property(voters, answers, (ids, drawn) => {
        const votes = new Map(Object.entries(drawn).map(([id, vote]) => [nodeId(`n${id}`), vote]));
        const granted = ids.filter((id) => votes.get(id) === true).length;
        const missing = ids.filter((id) => !votes.has(id)).length;
        const expected = granted * 2 > ids.length ? 'won' : (granted + missing) * 2 > ids.length ? 'open' : 'lost';
        expect(tally(ids, votes)).toBe(expected);
      }),
    );
  });

  test('nobody reaches anything where nobody votes', () => {
    expect(quorumReached([], () => 7)).toBe(0);
    expect(tally([], new Map())).toBe('lost');
  });
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AssertionFailed } from './assert.ts';
import { encodeConfiguration } from './configuration.ts';
import { Log } from './log.ts';
import { entry, logOf, nodeId } from './testing-network.ts';
import type { Configuration, Entry, LogIndex, SnapshotMark, Term } from './types.ts';

const index = (value: number) => value as LogIndex;
const one: Configuration = { voters: [nodeId('n1')], learners: [] };
const two: Configuration = { voters: [nodeId('n1'), nodeId('n2')], learners: [] };
const start: SnapshotMark = { index: index(0), term: 0 as Term, configuration: one };

function configurationEntry(at: number, term: number, configuration: Configuration): Entry {
  return { ...entry(at, term), kind: 'configuration', data: encodeConfiguration(configuration) };
}

describe('the log in memory', () => {
  test('the last place with at most a term equals a search from the end, compacted or not', () => {
    const cases = fc.tuple(fc.array(fc.nat(4), { maxLength: 12 }), fc.nat(14), fc.nat(9), fc.nat(12));
    fc.assert(
      fc.property(cases, ([steps, at, term, compacted]) => {
        let last = 1;
        const log = new Log(start, logOf(...steps.map((step) => (last += step === 0 ? 1 : 0))));
        const upTo = Math.min(at, log.lastIndex);
        log.compactTo(index(Math.min(compacted, log.lastIndex)));
        const found = log.lastAtMostTerm(index(upTo), term as Term);
        if (upTo < log.mark.index) expect(found).toBe(upTo);
        else if (log.mark.term > term) expect(found).toBe(log.mark.index - 1);
        else {
          let naive = upTo;
          while ((log.termAt(index(naive)) ?? 0) > term) naive--;
          expect(found).toBe(naive);
        }
      }),
    );
  });

  test('compaction keeps term and configuration of the last entry that it forgets', () => {
    const log = new Log(start, [entry(1, 1), configurationEntry(2, 1, two), entry(3, 2), entry(4, 2)]);
    expect(log.compactTo(index(3))).toEqual({ index: 3, term: 2, configuration: two });
    expect([log.firstIndex, log.lastIndex, log.termAt(index(3)), log.termAt(index(2))]).toEqual([4, 4, 2, null]);
    expect(log.configuration).toEqual(two);
    expect(log.compactTo(index(4)).configuration).toEqual(two);
    expect(log.lastIndex).toBe(4);
  });

  test('a truncation brings back the configuration before it (thesis 4.1)', () => {
    const log = new Log(start, [entry(1, 1), configurationEntry(2, 1, two), entry(3, 1)]);
    expect([log.configuration, log.configurationIndex]).toEqual([two, 2]);
    log.truncateFrom(index(3));
    expect(log.configuration).toEqual(two);
    log.truncateFrom(index(2));
    expect([log.configuration, log.configurationIndex, log.lastIndex]).toEqual([one, 0, 1]);
  });

  test('refuses gaps, terms that fall, and to read or cut what it does not hold', () => {
    const log = new Log(start, logOf(1, 2));
    expect(() => log.append(entry(4, 2))).toThrow(AssertionFailed);
    expect(() => log.append(entry(3, 1))).toThrow(AssertionFailed);
    expect(() => log.between(index(1), index(3))).toThrow(AssertionFailed);
    log.compactTo(index(1));
    expect(() => log.truncateFrom(index(1))).toThrow(AssertionFailed);
    expect(() => log.between(index(1), index(2))).toThrow(AssertionFailed);
    expect(() => log.compactTo(index(9))).toThrow(AssertionFailed);
  });
});

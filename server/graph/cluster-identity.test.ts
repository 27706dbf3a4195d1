import { expect, test } from 'vitest';
import { checkHistory, gapEntries, historyGaps, recoveredIdentity, recoveredStart } from './cluster-identity.ts';
import type { LogIndex } from './identifiers.ts';

const at = (index: number): LogIndex => index as LogIndex;
const gone = expect.objectContaining({ code: 'HISTORY_GONE' });

test('a cluster that was founded has no gap, and no index is gone', () => {
  const gaps = historyGaps('6b0c2a52-3f0e-4b0e-9d5e-0f3e7a1c9f11');
  expect(gaps).toEqual([]);
  expect(() => checkHistory(gaps, at(gapEntries))).not.toThrow();
});

test('exactly the indexes between the database and the new log are gone', () => {
  const gaps = historyGaps(recoveredIdentity({ identity: 'old', index: at(100), uuid: 'new' }));
  expect(gaps).toEqual([{ after: 100, until: 100 + gapEntries }]);
  for (const index of [0, 1, 100, 100 + gapEntries, 101 + gapEntries]) {
    expect(() => checkHistory(gaps, at(index)), String(index)).not.toThrow();
  }
  for (const index of [101, 99 + gapEntries]) expect(() => checkHistory(gaps, at(index)), String(index)).toThrow(gone);
});

test('a second recovery keeps the gap of the first, and what was written between them stays known', () => {
  const first = recoveredIdentity({ identity: 'old', index: at(100), uuid: 'second' });
  const later = 500 + gapEntries;
  const gaps = historyGaps(recoveredIdentity({ identity: first, index: at(later), uuid: 'third' }));
  expect(gaps.map(({ after }) => after)).toEqual([100, later]);
  for (const index of [100, 100 + gapEntries, later]) {
    expect(() => checkHistory(gaps, at(index)), String(index)).not.toThrow();
  }
  for (const index of [101, later + 1]) expect(() => checkHistory(gaps, at(index)), String(index)).toThrow(gone);
});

test('an identity that was recovered often stays short, and doubts all that is before the gaps it still names', () => {
  let identity = 'a-name-of-thirty-six-characters-0000';
  let index = 7;
  for (let times = 1; times <= 20; times++) {
    identity = recoveredIdentity({ identity, index: at(index), uuid: 'a-name-of-thirty-six-characters-0000' });
    index += gapEntries + 1;
  }
  expect(identity.length).toBeLessThanOrEqual(255);
  const gaps = historyGaps(identity);
  const oldest = gaps[0]?.after ?? 0;
  expect(() => checkHistory(gaps, at(8))).toThrow(gone);
  expect(() => checkHistory(gaps, at(oldest))).toThrow(gone);
  expect(() => checkHistory(gaps, at(oldest + gapEntries))).not.toThrow();
});

test('no index is given whose ids would not be safe integers', () => {
  expect(recoveredStart(at(5))).toBe(5 + gapEntries);
  const last = 2 ** 41 - 2 * gapEntries;
  expect(recoveredStart(at(last))).toBeNull();
  const start = recoveredStart(at(last - 1)) ?? 0;
  expect(Number.isSafeInteger((start + gapEntries) * 4096 + 4095)).toBe(true);
});

test('an identity that nobody here can have made is a bug', () => {
  expect(() => historyGaps('name.x')).toThrow(/names the end of a log: x/);
});

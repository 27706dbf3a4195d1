import { describe, expect, test } from 'vitest';
import { v7 } from 'uuid';
import type { LogIndex } from '#server/graph/identifiers.ts';
import { clockSkewMsMax, judgeUnknownKey, uuidV7TimeMs } from './idempotency-key.ts';

const hour = 3_600_000;
const now = 1_790_000_000_000;
const memory = {
  horizon: 500 as LogIndex,
  oldestTime: now - hour,
  recentKeys: { oldestTime: null, mayHold: () => true },
  now,
  forgottenBefore: now - 24 * hour,
};
const keyAt = (msecs: number): string => v7({ msecs });

describe('the time of a UUIDv7', () => {
  test('is read from its first 48 bits', () => expect(uuidV7TimeMs(keyAt(now))).toBe(now));
  test('is read whatever the case of its letters', () => expect(uuidV7TimeMs(keyAt(now).toUpperCase())).toBe(now));
  test.each(['', 'order-17', '6f2c1e0a-7b1d-4c55-9a10-0d9b2f5b8a11', `${keyAt(now)}0`])('is not seen in %j', (key) =>
    expect(uuidV7TimeMs(key)).toBeNull(),
  );
});

describe('a key that is not in memory', () => {
  test('is new when it was stamped well after the oldest entry in memory', () =>
    expect(judgeUnknownKey(keyAt(now - hour / 2), memory)).toBe('new'));

  test('is looked for in the table when it was stamped within a minute of the oldest entry', () => {
    expect(judgeUnknownKey(keyAt(now - hour + clockSkewMsMax), memory)).toBe('ask-table');
    expect(judgeUnknownKey(keyAt(now - hour + clockSkewMsMax + 1), memory)).toBe('new');
  });

  test('is new where only the recent keys reach back to it, and it is none of them', () => {
    const used = keyAt(now - 2 * hour);
    const recentKeys = { oldestTime: now - 3 * hour, mayHold: (key: string) => key === used };
    expect(judgeUnknownKey(keyAt(now - 2 * hour), { ...memory, recentKeys })).toBe('new');
    expect(judgeUnknownKey(used, { ...memory, recentKeys })).toBe('ask-table');
    expect(judgeUnknownKey(keyAt(now - 3 * hour + clockSkewMsMax), { ...memory, recentKeys })).toBe('ask-table');
    expect(judgeUnknownKey(keyAt(now - 3 * hour + clockSkewMsMax + 1), { ...memory, recentKeys })).toBe('new');
    expect(judgeUnknownKey('order-17', { ...memory, recentKeys })).toBe('ask-table');
  });

  test('is looked for in the table when nothing in memory is dated', () =>
    expect(judgeUnknownKey(keyAt(now), { ...memory, oldestTime: null })).toBe('ask-table'));

  test('is looked for in the table when it has no time of its own', () =>
    expect(judgeUnknownKey('order-17', memory)).toBe('ask-table'));

  test('is new, whatever it is, while memory holds the whole log', () => {
    expect(judgeUnknownKey('order-17', { ...memory, horizon: 0 as LogIndex })).toBe('new');
    expect(judgeUnknownKey(keyAt(now - 2 * hour), { ...memory, horizon: 0 as LogIndex })).toBe('new');
  });

  test('is expired when its record may have been forgotten', () => {
    expect(judgeUnknownKey(keyAt(now - 24 * hour + clockSkewMsMax - 1), memory)).toBe('expired');
    expect(judgeUnknownKey(keyAt(now - 24 * hour + clockSkewMsMax), memory)).toBe('ask-table');
  });

  test('is refused when it is from the future by more than clocks may differ', () => {
    expect(judgeUnknownKey(keyAt(now + clockSkewMsMax), memory)).toBe('new');
    expect(judgeUnknownKey(keyAt(now + clockSkewMsMax + 1), memory)).toBe('from-future');
  });
});

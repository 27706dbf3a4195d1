import { array, assert as assertProperty, integer, property, record, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecentKeys } from './recent-keys.ts';

const keysMax = 100;
/** Each entry has several keys and may be dated as the one before it. */
const entries = array(
  record({
    keys: array(string({ maxLength: 40 }), { maxLength: 40 }),
    laterBy: integer({ min: 0, max: 2 }),
  }),
  { maxLength: 40 },
);

describe('the recent keys', () => {
  test('have every key of every entry dated after their oldest time', () => {
    assertProperty(
      property(entries, (log) => {
        const recent = new RecentKeys(keysMax);
        const times = new Map<string, number>();
        let time = 1_000;
        for (const { keys, laterBy } of log) {
          time += laterBy;
          for (const key of keys) {
            recent.add(key, time);
            times.set(key, time);
          }
        }
        const { oldestTime } = recent;
        expect(oldestTime === null).toBe(times.size === 0);
        for (const [key, recordedAt] of times) {
          if (recordedAt > (oldestTime ?? 0)) expect([key, recent.mayHold(key)]).toEqual([key, true]);
        }
      }),
    );
  });

  test('reach back over half of their number at least, and over no more than all', () => {
    const recent = new RecentKeys(keysMax);
    for (let at = 0; at < 10 * keysMax; at++) {
      recent.add(`key ${at}`, at);
      const reach = at - (recent.oldestTime ?? 0) + 1;
      expect(reach).toBeGreaterThanOrEqual(Math.min(at + 1, keysMax / 2));
      expect(reach).toBeLessThanOrEqual(keysMax);
    }
  });

  test('rarely take an unused key for a used one, whatever keys look like', () => {
    const kinds: readonly ((at: number) => string)[] = [
      (at) => `${at}`,
      (at) => at.toString(16).padStart(36, '0'),
      (at) => `${at.toString(2).padStart(24, '0')}-7`,
    ];
    for (const keyOf of kinds) {
      const recent = new RecentKeys(20_000);
      for (let at = 0; at < 20_000; at++) recent.add(keyOf(at), 0);
      const mistaken = Array.from({ length: 20_000 }, (_, at) => recent.mayHold(keyOf(20_000 + at))).filter(Boolean);
      // Two full generations: 0.48 % are expected.
      expect(mistaken.length).toBeLessThan(200);
    }
  });

  test('know nothing after a gap', () => {
    const recent = new RecentKeys(keysMax);
    recent.add('before', 1);
    recent.clear();
    expect(recent.oldestTime).toBeNull();
    recent.add('after', 5);
    expect([recent.oldestTime, recent.mayHold('after')]).toEqual([5, true]);
  });
});

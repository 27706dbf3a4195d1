import { expect, it } from 'vitest';
import { shuffleOf, shuffleRange } from './shuffle.ts';

it('spreads ids that follow each other evenly', () => {
  const buckets = Array.from({ length: 16 }, () => 0);
  for (let index = 1; index <= 40; index++) {
    for (let place = 0; place < 100; place++) {
      const bucket = Math.floor((shuffleOf(index * 4_096 + place) / shuffleRange) * 16);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
  }
  // 250 on average, a standard deviation of 15.
  expect(Math.min(...buckets)).toBeGreaterThan(180);
  expect(Math.max(...buckets)).toBeLessThan(320);
});

it('stays a whole number below its range for the largest ids', () => {
  for (const id of [0, 1, 2 ** 32, 2 ** 40 + 7, Number.MAX_SAFE_INTEGER]) {
    const shuffled = shuffleOf(id);
    expect(Number.isInteger(shuffled) && shuffled >= 0 && shuffled < shuffleRange).toBe(true);
  }
});

import { expect, test } from 'vitest';
import { GhostList } from './ghost-list.ts';

/** Hashes that are spread as the table's are. */
const hashOf = (number: number): number => Math.imul(number, 0x9e37_79b1) | 1;

test('a hash is known once for each time it was added', () => {
  const ghosts = new GhostList();
  ghosts.add(hashOf(1), 10);
  expect([ghosts.take(hashOf(2)), ghosts.take(hashOf(1)), ghosts.take(hashOf(1))]).toEqual([false, true, false]);
});

test('of as many as the cache holds most are remembered, and of ten times as many few', () => {
  const remembered = (added: number): number => {
    const ghosts = new GhostList();
    for (let number = 0; number < added; number++) ghosts.add(hashOf(number), 1_000);
    return Array.from({ length: 1_000 }, (_, number) => ghosts.take(hashOf(number))).filter(Boolean).length;
  };
  expect(remembered(1_000)).toBeGreaterThan(600);
  expect(remembered(10_000)).toBeLessThan(50);
});

test('growing keeps what it knows', () => {
  const ghosts = new GhostList();
  ghosts.add(hashOf(1), 10);
  for (let number = 2; number < 10; number++) ghosts.add(hashOf(number), 4 ** number);
  expect(ghosts.take(hashOf(1))).toBe(true);
  expect(ghosts.bytes).toBeGreaterThan(4 * 4 ** 9);
});

import { describe, expect, it } from 'vitest';
import { HELD_BACK_MAX, holdBack, nothingHeldBack } from './held-back.ts';
import type { HeldBack, ListChange } from './held-back.ts';

const fold = (changes: readonly ListChange[]): HeldBack => changes.reduce(holdBack, nothingHeldBack);
const added = (member: string, commitIndex: string): ListChange => ({ member, kind: 'ADDED', commitIndex });

describe('held back changes', () => {
  it('count each new member once, however often its commit is told', () => {
    expect(fold([added('a', '1'), added('b', '2'), added('b', '2'), added('a', '1')]).added).toEqual(['a', 'b']);
  });

  it('forget a member that went again', () => {
    const held = fold([added('a', '1'), { member: 'a', kind: 'REMOVED', commitIndex: '2' }]);
    expect(held.added).toEqual([]);
  });

  it('are not stirred by a commit told twice after its undoing', () => {
    const held = fold([added('a', '1'), { member: 'a', kind: 'REMOVED', commitIndex: '2' }, added('a', '1')]);
    expect(held.added).toEqual([]);
  });

  it('do not grow without end', () => {
    const many = Array.from({ length: 1_000 }, (_, place) => added(`m${place}`, `${place}`));
    const held = fold(many);
    expect(held.added).toHaveLength(HELD_BACK_MAX);
    expect(held.seen.size).toBe(2 * HELD_BACK_MAX);
  });
});

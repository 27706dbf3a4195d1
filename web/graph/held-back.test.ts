import { describe, expect, it } from 'vitest';
import { HELD_BACK_MAX, holdBack, nothingHeldBack, readUpTo } from './held-back.ts';
import type { HeldBack, ListChange } from './held-back.ts';

const fold = (changes: readonly ListChange[]): HeldBack => changes.reduce(holdBack, nothingHeldBack);
const added = (member: string, commitIndex: string): ListChange => ({ member, kind: 'ADDED', commitIndex });
const members = (held: HeldBack) => held.added.map((change) => change.member);

describe('held back changes', () => {
  it('count each new member once, however often its commit is told', () => {
    expect(members(fold([added('a', '1'), added('b', '2'), added('b', '2'), added('a', '1')]))).toEqual(['a', 'b']);
  });

  it('forget a member that went again', () => {
    expect(members(fold([added('a', '1'), { member: 'a', kind: 'REMOVED', commitIndex: '2' }]))).toEqual([]);
  });

  it('are not stirred by a commit told twice after its undoing', () => {
    const held = fold([added('a', '1'), { member: 'a', kind: 'REMOVED', commitIndex: '2' }, added('a', '1')]);
    expect(members(held)).toEqual([]);
  });

  it('know an edge that was replaced within one commit', () => {
    const held = fold([{ member: 'a', kind: 'REMOVED', commitIndex: '3' }, added('a', '3')]);
    expect(members(held)).toEqual(['a']);
  });

  it('are forgotten by a reading that includes them, and kept by one that does not', () => {
    const held = fold([added('a', '9'), added('b', '10'), added('c', '11')]);
    expect(members(readUpTo(held, '10'))).toEqual(['c']);
  });

  it('leave out what the reading had already when it is told late', () => {
    const read = readUpTo(nothingHeldBack, '10');
    expect(members(holdBack(read, added('own', '10')))).toEqual([]);
    expect(members(holdBack(read, added('next', '11')))).toEqual(['next']);
  });

  it('do not grow without end', () => {
    const held = fold(Array.from({ length: 1_000 }, (_, place) => added(`m${place}`, `${place}`)));
    expect(held.added).toHaveLength(HELD_BACK_MAX);
    expect(held.seen.size).toBe(2 * HELD_BACK_MAX);
  });
});

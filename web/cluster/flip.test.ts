import { describe, expect, it } from 'vitest';
import { movesBetween } from './flip.ts';

describe('the moves between two arrangements', () => {
  it('start where a thing stood, for those that moved', () => {
    const before = new Map([
      ['a', { left: 0, top: 0 }],
      ['b', { left: 10, top: 10 }],
    ]);
    const after = new Map([
      ['a', { left: 100, top: 20 }],
      ['b', { left: 10.4, top: 10 }],
      ['c', { left: 5, top: 5 }],
    ]);
    expect(movesBetween(before, after)).toEqual([{ id: 'a', x: -100, y: -20 }]);
  });
});

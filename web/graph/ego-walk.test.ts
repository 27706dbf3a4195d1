import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layOutEgo } from './ego-layout.ts';
import type { EgoLayout } from './ego-layout.ts';
import { walk } from './ego-walk.ts';
import type { Direction } from './ego-walk.ts';

const DIRECTIONS: readonly Direction[] = ['up', 'down', 'left', 'right'];

/** Everybody whom the arrow keys lead to from the centre. */
function reached(layout: EgoLayout): ReadonlySet<string | null> {
  const seen = new Set<string | null>([null]);
  const open: (string | null)[] = [null];
  for (let from = open.pop(); from !== undefined; from = open.pop()) {
    for (const direction of DIRECTIONS) {
      const next = walk(layout, from, direction);
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return seen;
}

describe('walking through the drawing by arrow keys', () => {
  it('reaches everybody, wherever they were put', () => {
    const some = fc.record({
      near: fc.integer({ min: 1, max: 48 }),
      far: fc.integer({ min: 0, max: 36 }),
      step: fc.integer({ min: 1, max: 7 }),
      pin: fc.record({ x: fc.integer({ min: -300, max: 300 }), y: fc.integer({ min: -300, max: 300 }) }),
    });
    fc.assert(
      fc.property(some, ({ near, far, step, pin }) => {
        const friends = Array.from({ length: near }, (_, place) => ({
          id: `n${place}`,
          name: `Near ${place}`,
          knows: [`n${(place + step) % near}`],
        }));
        const others = Array.from({ length: near < 2 ? 0 : far }, (_, place) => ({
          id: `f${place}`,
          name: `Far ${place}`,
          knows: [`n${(place * step) % near}`],
        }));
        const layout = layOutEgo({ friends, far: others, pins: new Map([['n0', pin]]) }, 700);
        const wanted = [null, ...layout.friends.map(({ id }) => id)];
        expect(reached(layout)).toEqual(new Set(wanted));
      }),
      { numRuns: 200 },
    );
  });

  it('goes along an edge where there is one', () => {
    const friends = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => ({ id, name: id, knows: [] }));
    const layout = layOutEgo({ friends, far: [{ id: 'z', name: 'z', knows: ['c'] }] }, 700);
    const c = layout.friends.find(({ id }) => id === 'c');
    expect(c?.side).toBe('right');
    expect(walk(layout, 'c', 'right')).toBe('z');
    expect(walk(layout, 'z', 'left')).toBe('c');
    expect(walk(layout, 'c', 'left')).toBeNull();
    expect(walk(layout, 'z', 'right')).toBe('z');
  });

  it('goes on from the centre when somebody is selected who is not drawn', () => {
    const layout = layOutEgo({ friends: [{ id: 'a', name: 'a', knows: [] }] }, 400);
    expect(walk(layout, 'gone', 'right')).toBe('a');
    expect(walk({ ...layout, friends: [] }, null, 'down')).toBeNull();
  });
});

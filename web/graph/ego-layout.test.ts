import { describe, expect, it } from 'vitest';
import { layOutEgo } from './ego-layout.ts';
import type { EgoFriend } from './ego-layout.ts';

const friends = (count: number): EgoFriend[] =>
  Array.from({ length: count }, (_, place) => ({
    id: `f${place}`,
    name: `Somebody With A Long Name ${place}`,
    knows: [`f${(place + 3) % count}`, `f${(place + count - 3) % count}`],
  }));

describe('the drawing of a person among friends', () => {
  it('gives every label of a side a row of its own, inside the drawing', () => {
    for (const [count, width] of [
      [1, 360],
      [2, 360],
      [7, 360],
      [48, 360],
      [48, 900],
    ] as const) {
      const layout = layOutEgo({ friends: friends(count) }, width);
      expect(layout.friends).toHaveLength(count);
      for (const side of ['left', 'right'] as const) {
        const rows = layout.friends.filter((friend) => friend.side === side).map((friend) => friend.y);
        const sorted = rows.toSorted((a, b) => a - b);
        for (const [place, y] of sorted.entries())
          expect(y - (sorted[place - 1] ?? -Infinity)).toBeGreaterThanOrEqual(14);
      }
      for (const friend of layout.friends) {
        expect(Math.abs(friend.y)).toBeLessThanOrEqual(layout.height / 2);
        expect(Math.abs(friend.x) + 12 + friend.label.length * 6).toBeLessThanOrEqual(width / 2);
      }
    }
  });

  it('is the same picture for the same friends, in whatever order they come', () => {
    const some = friends(20);
    expect(layOutEgo({ friends: some.toReversed() }, 600)).toEqual({
      ...layOutEgo({ friends: some }, 600),
      chords: expect.arrayContaining([...layOutEgo({ friends: some }, 600).chords]),
    });
  });

  it('draws each friendship once, and only between those that are drawn', () => {
    const layout = layOutEgo(
      {
        friends: [
          { id: 'a', name: 'A', knows: ['b', 'z'] },
          { id: 'b', name: 'B', knows: ['a', 'b'] },
        ],
      },
      400,
    );
    expect(layout.chords).toEqual([{ a: 'a', b: 'b' }]);
  });

  it('puts people who know each other side by side', () => {
    const layout = layOutEgo({ friends: friends(12) }, 600);
    const order = layout.friends.map((friend) => friend.id);
    const isNeighbour = order.slice(1).filter((id, place) => {
      const before = Number(order[place]?.slice(1));
      return Math.abs(Number(id.slice(1)) - before) % 6 === 3;
    });
    expect(isNeighbour.length).toBeGreaterThanOrEqual(8);
  });

  it('keeps labels of friends and of their friends apart, at any width', () => {
    const far = Array.from({ length: 36 }, (_, place) => ({
      id: `x${place}`,
      name: `Somebody Further Away ${place}`,
      knows: [`f${place % 5}`],
    }));
    for (const width of [340, 560, 1000]) {
      const layout = layOutEgo({ friends: friends(48), far }, width);
      const boxes = layout.friends.map(({ x, y, label, side }) => {
        const from = side === 'right' ? x - 6 : x - 12 - label.length * 7;
        return { from, to: side === 'right' ? x + 12 + label.length * 7 : x + 6, y };
      });
      for (const [place, box] of boxes.entries()) {
        expect(box.from).toBeGreaterThanOrEqual(-width / 2);
        expect(box.to).toBeLessThanOrEqual(width / 2);
        for (const other of boxes.slice(place + 1)) {
          const isApart = Math.abs(box.y - other.y) >= 14 || box.to <= other.from || other.to <= box.from;
          expect([isApart, width, place]).toEqual([true, width, place]);
        }
      }
    }
  });

  it('puts somebody where the reader did, but never outside', () => {
    const pins = new Map([
      ['f1', { x: 30, y: -40 }],
      ['f2', { x: 3000, y: 0 }],
    ]);
    const layout = layOutEgo({ friends: friends(6), pins }, 400);
    const at = (id: string) => layout.friends.find((friend) => friend.id === id);
    expect(at('f1')).toMatchObject({ x: 30, y: -40, isPinned: true });
    expect(at('f2')).toMatchObject({ x: 188, y: 0, isPinned: true, side: 'left' });
    expect(at('f3')).toMatchObject({ isPinned: false });
  });
});

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
      const layout = layOutEgo(friends(count), width);
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
    expect(layOutEgo(some.toReversed(), 600)).toEqual({
      ...layOutEgo(some, 600),
      chords: expect.arrayContaining([...layOutEgo(some, 600).chords]),
    });
  });

  it('draws each friendship once, and only between those that are drawn', () => {
    const layout = layOutEgo(
      [
        { id: 'a', name: 'A', knows: ['b', 'z'] },
        { id: 'b', name: 'B', knows: ['a', 'b'] },
      ],
      400,
    );
    expect(layout.chords).toEqual([{ a: 'a', b: 'b' }]);
  });

  it('puts people who know each other side by side', () => {
    const layout = layOutEgo(friends(12), 600);
    const order = layout.friends.map((friend) => friend.id);
    const isNeighbour = order.slice(1).filter((id, place) => {
      const before = Number(order[place]?.slice(1));
      return Math.abs(Number(id.slice(1)) - before) % 6 === 3;
    });
    expect(isNeighbour.length).toBeGreaterThanOrEqual(8);
  });
});

import type { EgoLayout, PlacedFriend } from './ego-layout.ts';

export type Direction = 'up' | 'down' | 'left' | 'right';

const RANKS = { left: -1, right: 1 } as const;

/**
 * Who comes next with an arrow key; null is the person in the centre. Up and down go along the curve that somebody stands on; left and
 * right go along an edge to the next curve, the centre between the two sides: everybody can be reached. At an end it stays.
 */
export function walk(layout: EgoLayout, from: string | null, direction: Direction): string | null {
  const here = layout.friends.find(({ id }) => id === from) ?? null;
  if (direction === 'up' || direction === 'down') return alongCurve(layout, here, direction);
  const step = RANKS[direction];
  const known = new Set(layout.chords.flatMap(({ a, b }) => (a === here?.id ? [b] : b === here?.id ? [a] : [])));
  for (let rank = rankOf(here) + step; Math.abs(rank) <= 2; rank += step) {
    if (rank === 0) return null;
    const there = layout.friends.filter((friend) => rankOf(friend) === rank);
    const linked = there.filter(({ id }) => known.has(id));
    const next = nearest(linked.length > 0 ? linked : there, here?.y ?? 0);
    // A curve with nobody on it is passed over.
    if (next !== null) return next.id;
  }
  return from;
}

/** Columns from left to right: friends of friends, friends, the centre, friends, friends of friends. */
function rankOf(friend: PlacedFriend | null): number {
  return friend === null ? 0 : RANKS[friend.side] * friend.hop;
}

function alongCurve(layout: EgoLayout, here: PlacedFriend | null, direction: 'up' | 'down'): string | null {
  // Up and down from the centre there is nobody; the keys still do what was meant.
  if (here === null) return walk(layout, null, direction === 'up' ? 'left' : 'right');
  const column = layout.friends.filter((friend) => rankOf(friend) === rankOf(here)).toSorted(byHeight);
  const place = column.indexOf(here);
  return column[place + (direction === 'up' ? -1 : 1)]?.id ?? here.id;
}

function byHeight(a: PlacedFriend, b: PlacedFriend): number {
  return a.y - b.y || (a.id < b.id ? -1 : 1);
}

function nearest(friends: readonly PlacedFriend[], y: number): PlacedFriend | null {
  return friends.toSorted((a, b) => Math.abs(a.y - y) - Math.abs(b.y - y) || byHeight(a, b))[0] ?? null;
}

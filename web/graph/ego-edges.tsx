import type { ReactNode } from 'react';
import type { EgoLayout, PlacedFriend } from './ego-layout.ts';

export interface EdgesProps {
  readonly layout: EgoLayout;
  /** Everybody where they stand now, which may be under the pointer. */
  readonly places: ReadonlyMap<string, PlacedFriend>;
  readonly lit: string | null;
}

/** All lines of the drawing: one element for each look, so that a thousand friendships are no more than six elements. */
export function Edges({ layout, places, lit }: EdgesProps): ReactNode {
  const chords = layout.chords.flatMap(({ a, b }) => {
    const [from, to] = [places.get(a), places.get(b)];
    if (from === undefined || to === undefined) return [];
    const isFar = from.hop === 2 || to.hop === 2;
    return [{ path: isFar ? line(from, to) : bent(from, to), isFar, isLit: a === lit || b === lit }];
  });
  const spokes = [...places.values()]
    .filter(({ hop }) => hop === 1)
    .map((friend) => ({ path: line({ x: 0, y: 0 }, friend), isLit: friend.id === lit }));
  const looks = [
    ['chord', chords.filter(({ isLit, isFar }) => !isLit && !isFar)],
    ['chord chord-far', chords.filter(({ isLit, isFar }) => !isLit && isFar)],
    ['spoke', spokes.filter(({ isLit }) => !isLit)],
    ['spoke spoke-lit', spokes.filter(({ isLit }) => isLit)],
    ['chord chord-lit', chords.filter(({ isLit }) => isLit)],
  ] as const;
  return (
    <g aria-hidden>
      {looks.map(([name, lines]) => (
        <path key={name} className={name} d={lines.map(({ path }) => path).join('')} />
      ))}
    </g>
  );
}

type Place = Pick<PlacedFriend, 'x' | 'y'>;

function line(a: Place, b: Place): string {
  return `M${short(a.x)} ${short(a.y)}L${short(b.x)} ${short(b.y)}`;
}

/** Towards the centre, so that chords between neighbours leave the oval's edge free. */
function bent(a: Place, b: Place): string {
  return `M${short(a.x)} ${short(a.y)}Q${short((a.x + b.x) * 0.28)} ${short((a.y + b.y) * 0.28)} ${short(b.x)} ${short(b.y)}`;
}

function short(px: number): string {
  return px.toFixed(1);
}

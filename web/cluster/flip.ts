/** Where something stands, in pixels of the page. */
export interface Place {
  readonly left: number;
  readonly top: number;
}

export interface Move {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

/**
 * The moves that take each thing from where it stood to where it stands now, for those that moved by a pixel or more. What was
 * not there before appears without a move.
 */
export function movesBetween(before: ReadonlyMap<string, Place>, after: ReadonlyMap<string, Place>): readonly Move[] {
  const moves: Move[] = [];
  for (const [id, now] of after) {
    const was = before.get(id);
    if (was === undefined) continue;
    const x = was.left - now.left;
    const y = was.top - now.top;
    if (Math.abs(x) >= 1 || Math.abs(y) >= 1) moves.push({ id, x, y });
  }
  return moves;
}

import { lettersOf } from '../shell/figures.ts';

export interface PlacedStep {
  readonly id: string;
  readonly label: string;
  /** Pixels from the upper left corner of the drawing. */
  readonly x: number;
  readonly y: number;
}

export interface PathLayout {
  readonly width: number;
  readonly height: number;
  readonly steps: readonly PlacedStep[];
}

export const CELL_MIN_PX = 104;
const CELL_MAX_PX = 168;
const ROW_PX = 104;
const DISC_Y_PX = 36;
/** Width of a letter at 12 px, generous, so that a label never leaves its cell. */
export const LETTER_PX = 7.5;
const CELL_GAP_PX = 8;

/**
 * The people of a path in rows that turn at the edge, as a furrow does, so that each stands beside the next however long the path
 * is. Each has a cell of its own: labels cannot collide. The same people give the same picture.
 *
 * `width`: pixels that the drawing may take.
 */
export function layOutPath(
  people: readonly { readonly id: string; readonly name: string }[],
  width: number,
): PathLayout {
  const columns = Math.max(1, Math.min(Math.floor(width / CELL_MIN_PX), people.length));
  const cell = Math.min(width / columns, CELL_MAX_PX);
  const letters = Math.max(2, Math.floor((cell - CELL_GAP_PX) / LETTER_PX));
  const steps = people.map(({ id, name }, place): PlacedStep => {
    const row = Math.floor(place / columns);
    const fromStart = place % columns;
    const column = row % 2 === 0 ? fromStart : columns - 1 - fromStart;
    return { id, label: shortened(name, letters), x: (column + 0.5) * cell, y: row * ROW_PX + DISC_Y_PX };
  });
  return { width: columns * cell, height: Math.ceil(people.length / columns) * ROW_PX, steps };
}

function shortened(name: string, letters: number): string {
  const all = lettersOf(name);
  if (all.length <= letters) return name;
  const kept = all.slice(0, letters - 1).join('');
  return `${kept.trimEnd()}…`;
}

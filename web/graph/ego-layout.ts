import { lettersOf } from '../shell/figures.ts';

/** A friend in the drawing: who it is, and which others of the drawing are friends of it. */
export interface EgoFriend {
  readonly id: string;
  readonly name: string;
  readonly knows: readonly string[];
}

export interface PlacedFriend {
  readonly id: string;
  readonly label: string;
  /** Pixels from the centre of the drawing. */
  readonly x: number;
  readonly y: number;
  readonly side: 'left' | 'right';
}

export interface EgoLayout {
  readonly width: number;
  readonly height: number;
  readonly friends: readonly PlacedFriend[];
  readonly chords: readonly Chord[];
}

interface Chord {
  readonly a: string;
  readonly b: string;
}

const ROW_PX = 22;
const MARGIN_PX = 28;
const HEIGHT_MIN_PX = 320;
/** Width of a letter at 12 px, generous, so that a label never leaves the drawing. */
const LETTER_PX = 7;
const LETTERS_WANTED = 16;
const RADIUS_MIN_PX = 60;
const LABEL_GAP_PX = 12;

/**
 * A person's friends on an oval around them, one row for each on either side. Labels stand outside, left ones reading
 * towards the oval and right ones away from it, each in a row of its own: they cannot collide, however long the names are. People
 * who know each other come next to each other. Nothing is drawn by chance: the same friends give the same picture.
 */
export function layOutEgo(friends: readonly EgoFriend[], width: number): EgoLayout {
  const order = neighboursFirst(friends);
  const rightCount = Math.ceil(order.length / 2);
  const height = Math.max(HEIGHT_MIN_PX, rightCount * ROW_PX + 2 * MARGIN_PX);
  const labelWidth = LABEL_GAP_PX + LETTERS_WANTED * LETTER_PX;
  const radiusX = Math.min(Math.max(width / 2 - labelWidth, RADIUS_MIN_PX), width * 0.27, height * 0.62);
  const radiusY = height / 2 - MARGIN_PX;
  const letters = Math.max(6, Math.floor((width / 2 - radiusX - LABEL_GAP_PX) / LETTER_PX));
  const placed = order.map((friend, place): PlacedFriend => {
    const side = place < rightCount ? 'right' : 'left';
    const count = side === 'right' ? rightCount : order.length - rightCount;
    // Down the right side and up the left one, so that neighbours in the order are neighbours on the oval.
    const row = side === 'right' ? place : order.length - 1 - place;
    const y = count === 1 ? 0 : radiusY * ((2 * row + 1) / count - 1);
    const x = radiusX * Math.sqrt(Math.max(1 - (y / (radiusY + ROW_PX)) ** 2, 0));
    return { id: friend.id, label: shortened(friend.name, letters), x: side === 'right' ? x : -x, y, side };
  });
  return { width, height, friends: placed, chords: chordsOf(friends) };
}

/** Begins with whoever knows most of the others, and goes on with who knows most of the last few placed. */
function neighboursFirst(friends: readonly EgoFriend[]): readonly EgoFriend[] {
  const left = new Map(friends.map((friend) => [friend.id, friend]));
  const order: EgoFriend[] = [];
  while (left.size > 0) {
    const recent = order.slice(-4).map((friend) => friend.id);
    const [best] = [...left.values()].toSorted(
      (a, b) =>
        shared(b.knows, recent) - shared(a.knows, recent) || b.knows.length - a.knows.length || (a.id < b.id ? -1 : 1),
    );
    if (best === undefined) break;
    left.delete(best.id);
    order.push(best);
  }
  return order;
}

function shared(knows: readonly string[], recent: readonly string[]): number {
  return recent.filter((id) => knows.includes(id)).length;
}

function chordsOf(friends: readonly EgoFriend[]): readonly Chord[] {
  const drawn = new Set(friends.map((friend) => friend.id));
  const chords = new Map<string, Chord>();
  for (const friend of friends) {
    for (const other of friend.knows) {
      if (!drawn.has(other) || other === friend.id) continue;
      const [a, b] = friend.id < other ? [friend.id, other] : [other, friend.id];
      chords.set(`${a} ${b}`, { a, b });
    }
  }
  return [...chords.values()];
}

function shortened(name: string, letters: number): string {
  const all = lettersOf(name);
  return all.length <= letters
    ? name
    : `${all
        .slice(0, letters - 1)
        .join('')
        .trimEnd()}…`;
}

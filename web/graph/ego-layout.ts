import { lettersOf } from '../shell/figures.ts';
import type { Point } from './ego-view.ts';

/** A friend in the drawing: who it is, and which others of the drawing are friends of it. */
export interface EgoFriend {
  readonly id: string;
  readonly name: string;
  readonly knows: readonly string[];
}

export interface EgoPeople {
  readonly friends: readonly EgoFriend[];
  /** Friends of friends; `knows` names the friends that they are friends of. */
  readonly far?: readonly EgoFriend[];
  /** Where the reader has put somebody. */
  readonly pins?: ReadonlyMap<string, Point>;
}

export interface PlacedFriend extends Point {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly side: 'left' | 'right';
  readonly hop: 1 | 2;
  readonly isPinned: boolean;
}

export interface EgoLayout {
  readonly width: number;
  readonly height: number;
  /** In the order in which they stand around the centre; friends of friends after the friends. */
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
const LETTER_PX = 7.5;
const LETTERS_WANTED = 16;
const LETTERS_MIN = 6;
const RADIUS_MIN_PX = 60;
export const LABEL_GAP_PX = 12;

/**
 * A person's friends on an oval around them, one row for each on either side. Labels stand outside, left ones reading
 * towards the oval and right ones away from it, each in a row of its own: they cannot collide, however long the names are. People
 * who know each other come next to each other. Friends of friends stand on a second curve, as far from the first as its labels
 * need, each near whoever knows them. Nothing is drawn by chance: the same people give the same picture.
 */
export function layOutEgo(people: EgoPeople, width: number): EgoLayout {
  const { friends, far = [], pins = new Map<string, Point>() } = people;
  const order = neighboursFirst(friends);
  const rightCount = Math.ceil(order.length / 2);
  const farRowsMax = Math.ceil(far.length / 2);
  const height = Math.max(HEIGHT_MIN_PX, Math.max(rightCount, farRowsMax) * ROW_PX + 2 * MARGIN_PX);
  const oval = ovalIn({ width, height, hasFar: far.length > 0 });
  const near = order.map((friend, place): PlacedFriend => {
    const side = place < rightCount ? 'right' : 'left';
    const count = side === 'right' ? rightCount : order.length - rightCount;
    // Down the right side and up the left one, so that neighbours in the order are neighbours on the oval.
    const row = side === 'right' ? place : order.length - 1 - place;
    return placed(friend, { side, hop: 1, oval, y: rowPlace({ row, count, oval }) });
  });
  const all = [...near, ...placeFar({ far, near, rowsMax: farRowsMax, oval })];
  const bound: Point = { x: width / 2 - LABEL_GAP_PX, y: height / 2 - LABEL_GAP_PX };
  return {
    width,
    height,
    friends: all.map((friend) => pinned(friend, pins.get(friend.id), bound)),
    chords: [...chordsOf(friends), ...spokesOf(far, friends)],
  };
}

interface Oval {
  readonly radiusX: number;
  readonly radiusY: number;
  /** From the first curve to the second. */
  readonly offsetPx: number;
  /** Letters that a label may have, by hop. */
  readonly letters: Readonly<Record<1 | 2, number>>;
}

function ovalIn(box: { readonly width: number; readonly height: number; readonly hasFar: boolean }): Oval {
  const half = box.width / 2;
  const radiusY = box.height / 2 - MARGIN_PX;
  const lettersIn = (px: number): number => Math.max(LETTERS_MIN, Math.floor(px / LETTER_PX));
  if (box.hasFar) {
    const radiusX = Math.min(half * 0.22, box.height * 0.4);
    const offsetPx = Math.min((half - radiusX) / 2, 2 * LABEL_GAP_PX + (LETTERS_WANTED + 4) * LETTER_PX);
    const outside = half - radiusX - offsetPx - LABEL_GAP_PX;
    return {
      radiusX,
      radiusY,
      offsetPx,
      letters: { 1: lettersIn(offsetPx - 2.5 * LABEL_GAP_PX), 2: lettersIn(outside) },
    };
  }
  const labelWidth = LABEL_GAP_PX + LETTERS_WANTED * LETTER_PX;
  const radiusX = Math.min(Math.max(half - labelWidth, RADIUS_MIN_PX), box.width * 0.27, box.height * 0.62);
  const letters = lettersIn(half - radiusX - LABEL_GAP_PX);
  return { radiusX, radiusY, offsetPx: 0, letters: { 1: letters, 2: letters } };
}

function rowPlace({ row, count, oval }: { row: number; count: number; oval: Oval }): number {
  return count === 1 ? 0 : oval.radiusY * ((2 * row + 1) / count - 1);
}

interface Place {
  readonly side: 'left' | 'right';
  readonly hop: 1 | 2;
  readonly oval: Oval;
  readonly y: number;
}

function placed(friend: EgoFriend, { side, hop, oval, y }: Place): PlacedFriend {
  const curve = oval.radiusX * Math.sqrt(Math.max(1 - (y / (oval.radiusY + ROW_PX)) ** 2, 0));
  const x = curve + (hop === 2 ? oval.offsetPx : 0);
  const label = shortened(friend.name, oval.letters[hop]);
  return { id: friend.id, name: friend.name, label, x: side === 'right' ? x : -x, y, side, hop, isPinned: false };
}

function placeFar(options: {
  readonly far: readonly EgoFriend[];
  readonly near: readonly PlacedFriend[];
  readonly rowsMax: number;
  readonly oval: Oval;
}): readonly PlacedFriend[] {
  const { near, rowsMax, oval } = options;
  const places = new Map(near.map((friend) => [friend.id, friend]));
  const sides: Record<'left' | 'right', { friend: EgoFriend; y: number }[]> = { left: [], right: [] };
  for (const friend of options.far) {
    const via = friend.knows.flatMap((id) => places.get(id) ?? []);
    const isRight = via.filter(({ side }) => side === 'right').length * 2 >= via.length;
    const wanted = isRight ? 'right' : 'left';
    const other = isRight ? 'left' : 'right';
    const y = via.reduce((sum, one) => sum + one.y, 0) / Math.max(via.length, 1);
    sides[sides[wanted].length < rowsMax ? wanted : other].push({ friend, y });
  }
  return (['right', 'left'] as const).flatMap((side) => {
    const rows = sides[side].toSorted((a, b) => a.y - b.y || (a.friend.id < b.friend.id ? -1 : 1));
    const count = rows.length;
    return rows.map(({ friend }, row) => placed(friend, { side, hop: 2, oval, y: rowPlace({ row, count, oval }) }));
  });
}

/** Where the reader put it, as long as that is inside the drawing, which may be narrower now. */
function pinned(friend: PlacedFriend, pin: Point | undefined, bound: Point): PlacedFriend {
  if (pin === undefined) return friend;
  const x = Math.min(Math.max(pin.x, -bound.x), bound.x);
  const y = Math.min(Math.max(pin.y, -bound.y), bound.y);
  return { ...friend, x, y, isPinned: true, side: labelSide(friend, x, bound) };
}

/** Away from the centre, unless the label would leave the drawing there. */
function labelSide(friend: PlacedFriend, x: number, bound: Point): 'left' | 'right' {
  const labelPx = lettersOf(friend.label).length * LETTER_PX;
  const isRight = x >= 0 ? x + labelPx <= bound.x : x - labelPx < -bound.x;
  return isRight ? 'right' : 'left';
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

/** From friends to their own friends. */
function spokesOf(far: readonly EgoFriend[], friends: readonly EgoFriend[]): readonly Chord[] {
  const drawn = new Set(friends.map((friend) => friend.id));
  return far.flatMap(({ id, knows }) => knows.flatMap((via) => (drawn.has(via) ? [{ a: via, b: id }] : [])));
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

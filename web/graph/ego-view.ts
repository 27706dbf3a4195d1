/** A place in the drawing, in whole pixels from its centre. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** How the drawing of a person among friends is looked at. All of it is in the address. */
export interface EgoView {
  /** 2 draws friends of friends too. */
  readonly hops: 1 | 2;
  /** Null while it is the person in the centre. */
  readonly selected: string | null;
  readonly pins: ReadonlyMap<string, Point>;
  readonly hidden: ReadonlySet<string>;
  /** One of `ZOOMS`. */
  readonly zoom: number;
  readonly isList: boolean;
}

/** The same as it stands in the address; what is as usual is left out. */
export interface EgoSearch {
  readonly hops?: 2;
  readonly sel?: string;
  /** `id:x,y;id:x,y` */
  readonly pin?: string;
  /** `id;id` */
  readonly hide?: string;
  readonly zoom?: number;
  readonly as?: 'list';
}

export const ZOOMS = [1, 1.5, 2, 3] as const;
const PINS_MAX = 60;
const HIDDEN_MAX = 60;
const PLACE_MAX_PX = 4_000;

/** What of an address concerns the drawing; anything that is not understood is left out. */
export function egoSearchOf(search: Record<string, unknown>): EgoSearch {
  const zoom = ZOOMS.find((one) => one === Number(search['zoom']));
  const sel = textOf(search['sel']);
  const pin = textOf(search['pin']);
  const hide = textOf(search['hide']);
  return {
    ...(Number(search['hops']) === 2 ? { hops: 2 as const } : {}),
    ...(sel === null ? {} : { sel }),
    ...(pin === null ? {} : { pin }),
    ...(hide === null ? {} : { hide }),
    ...(zoom === undefined || zoom === 1 ? {} : { zoom }),
    ...(search['as'] === 'list' ? { as: 'list' as const } : {}),
  };
}

export function readEgoView(search: EgoSearch): EgoView {
  const pins = (search.pin ?? '').split(';').slice(0, PINS_MAX).flatMap(readPin);
  const hidden = (search.hide ?? '').split(';').slice(0, HIDDEN_MAX).map(unescaped);
  return {
    hops: search.hops ?? 1,
    selected: search.sel ?? null,
    pins: new Map(pins),
    hidden: new Set(hidden.filter((id) => id !== '')),
    zoom: search.zoom ?? 1,
    isList: search.as === 'list',
  };
}

export function writeEgoView(view: EgoView): EgoSearch {
  const pin = [...view.pins].slice(-PINS_MAX).map(([id, { x, y }]) => `${escaped(id)}:${x},${y}`);
  return egoSearchOf({
    hops: view.hops,
    sel: view.selected,
    pin: pin.join(';'),
    hide: [...view.hidden].slice(-HIDDEN_MAX).map(escaped).join(';'),
    zoom: view.zoom,
    as: view.isList ? 'list' : undefined,
  });
}

/** Where somebody's own drawing is; it reaches as far as this one. */
export function searchThere({ hops }: Pick<EgoView, 'hops'>) {
  return { view: 'graph' as const, ...(hops === 2 ? { hops } : {}) };
}

/** The place as it is kept: whole pixels, and near enough to be found again. */
export function keptPlace({ x, y }: Point): Point {
  return { x: within(x), y: within(y) };
}

/** The next larger or smaller size; the same at either end. */
export function zoomed(zoom: number, step: 1 | -1): number {
  const place = ZOOMS.findIndex((one) => one === zoom);
  return ZOOMS[place + step] ?? zoom;
}

function readPin(written: string): readonly (readonly [string, Point])[] {
  const [id = '', place = ''] = written.split(':');
  const [x, y] = place.split(',').map(Number);
  if (id === '' || x === undefined || y === undefined || !Number.isFinite(x) || !Number.isFinite(y)) return [];
  return [[unescaped(id), keptPlace({ x, y })]];
}

function within(px: number): number {
  // Minus zero is not written, so it is not kept either.
  return Math.round(Math.min(Math.max(px, -PLACE_MAX_PX), PLACE_MAX_PX)) + 0;
}

function textOf(value: unknown): string | null {
  const text = typeof value === 'number' ? value.toString() : value;
  return typeof text === 'string' && text !== '' ? text : null;
}

/** Ids are opaque: the signs that stand between them may be in them. */
function escaped(id: string): string {
  return id.replaceAll(/[%:;,]/g, encodeURIComponent);
}

function unescaped(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}

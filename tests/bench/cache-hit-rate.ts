/**
 * How much of what could be hit the cache hits, with memory for a tenth of the graph: TAO's mix of reads over keys drawn by Zipf 0.8,
 * measured over the second half of the trace. Beside it, over the same trace and sizes: plain LRU; the cache that knows every key's
 * frequency beforehand and never changes (by frequency, and by frequency per byte, which nothing online can beat on such draws); and
 * Belady's, which knows the trace beforehand and gives up what is read again last.
 */
import { diceOf } from '#consensus/core/testing-network.ts';
import { GraphCache } from '#server/cache/graph-cache.ts';
import type { CacheKey, CacheValue } from '#server/graph/cache-key.ts';
import type { EntityId, LogIndex } from '#server/graph/identifiers.ts';
import { socialDeclarations as declarations } from '#server/graph/testing/social-declarations.ts';
import type { BenchRow } from './row.ts';
import { ZipfRanks } from './zipf-ranks.ts';

const people = 20_000;
const reads = 2_000_000;
const exponent = 0.8;
const share = 0.1;
const horizon = 0 as LogIndex;
/** TAO (Bronson et al., 2013), table of reads; a time range is answered by the database here, so it is left out. */
const mix = [
  { kind: 'list', percent: 40.8 },
  { kind: 'entity', percent: 28.8 },
  { kind: 'association', percent: 15.7 },
  { kind: 'count', percent: 11.7 },
] as const;
/** Other ends that single edges from one person are asked for. */
const othersPerPerson = 4;

interface Item {
  readonly key: CacheKey;
  readonly value: CacheValue;
  readonly bytes: number;
}

export async function run(): Promise<BenchRow[]> {
  const random = diceOf(1);
  const items = itemsOf(random);
  const bytesMax = share * items.reduce((sum, item) => sum + item.bytes, 0);
  const trace = traceOf(random);
  const own = ownHitRate(items, trace, bytesMax);
  const lru = lruHitRate(items, trace, bytesMax);
  const belady = beladyHitRate(items, trace, bytesMax);
  const frequencies = frequenciesOf(trace, items.length);
  const perfect = perfectHitRate(items, trace, bytesMax, (item) => frequencies[item] ?? 0);
  const perByte = perfectHitRate(
    items,
    trace,
    bytesMax,
    (item) => (frequencies[item] ?? 0) / (items[item]?.bytes ?? 1),
  );
  const note = `${reads.toLocaleString('en')} reads, ${items.length.toLocaleString('en')} keys, ${Math.round(bytesMax / 1024)} KiB`;
  const ratio = own / perfect;
  return [
    { name: 'hit rate against perfect frequency', measured: ratio, unit: '×', bound: 0.9, ok: ratio >= 0.9, note },
    ...[
      { name: 'hit rate', measured: own },
      { name: 'hit rate of LRU', measured: lru },
      { name: "hit rate of Belady's choice", measured: belady },
      { name: 'hit rate of perfect frequency', measured: perfect },
      { name: 'hit rate of perfect frequency per byte', measured: perByte },
    ].map((row) => ({ ...row, unit: 'of reads', bound: null, ok: true })),
  ];
}

/** Each person's entity, list and count, and some single edges, nearly all absent; of no two kinds that could answer for each other. */
function itemsOf(random: () => number): Item[] {
  const items: Item[] = [];
  const scale = new GraphCache({ bytesMax: Number.MAX_SAFE_INTEGER, declarations, horizon });
  const add = (key: CacheKey, value: CacheValue): void => {
    const before = scale.stats().bytes;
    scale.fill(key, value, horizon);
    items.push({ key, value, bytes: scale.stats().bytes - before });
  };
  for (let number = 1; number <= people; number++) {
    const from = number as EntityId;
    // Few have many friends; a page shows 20, and stretches are as long as somebody once asked for.
    const length = Math.min(200, Math.ceil(10 / (random() + 0.02)));
    const edges = Array.from({ length }, (_, place) => ({
      from,
      type: 'friend',
      to: (1 + Math.floor(random() * people)) as EntityId,
      time: 1_700_000_000_000 - place,
      properties: {},
      version: 1 as LogIndex,
    }));
    add({ kind: 'list', from, type: 'friend', length }, { kind: 'list', stretch: { edges, complete: false } });
    const properties = {
      handle: `person${number}`,
      name: `Person ${number}`,
      bio: 'x'.repeat(Math.floor(random() * 200)),
    };
    const times = { createdAt: 1_700_000_000_000, updatedAt: 1_700_000_000_000, version: 1 as LogIndex };
    const entity = { id: from, type: 'User', properties, ...times, deletingKey: null };
    add({ kind: 'entity', id: from }, { kind: 'entity', entity });
    for (let other = 1; other <= othersPerPerson; other++) {
      const to = (people + other) as EntityId;
      add({ kind: 'association', from, type: 'likes', to }, { kind: 'association', association: null });
    }
    add({ kind: 'count', from, type: 'follows' }, { kind: 'count', count: length });
  }
  return items;
}

const itemsPerPerson = 3 + othersPerPerson;
const placeOfKind = { list: 0, entity: 1, association: 2, count: 2 + othersPerPerson };

/** Items in the order in which they are read. */
function traceOf(random: () => number): Uint32Array {
  const ranks = new ZipfRanks(people, exponent);
  const total = mix.reduce((percent, row) => percent + row.percent, 0);
  return Uint32Array.from({ length: reads }, () => {
    const person = ranks.draw(random);
    let left = random() * total;
    const kind = mix.find((row) => (left -= row.percent) < 0)?.kind ?? 'list';
    const other = kind === 'association' ? Math.floor(random() * othersPerPerson) : 0;
    return person * itemsPerPerson + placeOfKind[kind] + other;
  });
}

function ownHitRate(items: readonly Item[], trace: Uint32Array, bytesMax: number): number {
  const cache = new GraphCache({ bytesMax, declarations, horizon });
  return hitRate(trace, (number) => {
    const item = items[number];
    if (item === undefined) throw new Error(`no item ${number}`);
    if (isHit(cache, item.key)) return true;
    cache.fill(item.key, item.value, horizon);
    return false;
  });
}

function isHit(cache: GraphCache, key: CacheKey): boolean {
  switch (key.kind) {
    case 'entity':
      return cache.entity(key.id) !== undefined;
    case 'unique':
      return cache.unique(key.type, key.key) !== undefined;
    case 'association':
      return cache.association(key.from, key.type, key.to) !== undefined;
    case 'count':
      return cache.count(key.from, key.type) !== undefined;
    case 'list':
      return cache.list(key.from, key.type, 1) !== undefined;
  }
}

function lruHitRate(items: readonly Item[], trace: Uint32Array, bytesMax: number): number {
  const held = new Map<number, number>();
  let bytes = 0;
  return hitRate(trace, (number) => {
    const present = held.get(number);
    if (present !== undefined) {
      held.delete(number);
      held.set(number, present);
      return true;
    }
    const size = items[number]?.bytes ?? 0;
    held.set(number, size);
    bytes += size;
    for (const [oldest, freed] of held) {
      if (bytes <= bytesMax) break;
      held.delete(oldest);
      bytes -= freed;
    }
    return false;
  });
}

/** Keeps what is read again soonest, what has just been read included (Belady 1966): the best there is for equal sizes, which these are not. */
function beladyHitRate(items: readonly Item[], trace: Uint32Array, bytesMax: number): number {
  const nextReads = nextReadsOf(trace, items.length);
  // Of each held item, where it is read next; of each place of the trace at most one item is held for it, so a place names its item.
  const heldFor = new Int32Array(items.length).fill(-1);
  const latest = new LatestFirst();
  let bytes = 0;
  let place = -1;
  return hitRate(trace, (item) => {
    place += 1;
    const isHeld = heldFor[item] === place;
    const next = nextReads[place] ?? never;
    if (!isHeld) bytes += items[item]?.bytes ?? 0;
    heldFor[item] = next;
    latest.push(next, item);
    while (bytes > bytesMax) {
      const victim = latest.pop();
      if (victim === null) throw new Error(`${bytes} bytes are held by nothing`);
      // What was read meanwhile is held for a later place now.
      if (heldFor[victim.item] !== victim.place) continue;
      heldFor[victim.item] = -1;
      bytes -= items[victim.item]?.bytes ?? 0;
    }
    return isHeld;
  });
}

const never = 2 ** 31 - 1;

/** For each place of the trace, where its item is read again. */
function nextReadsOf(trace: Uint32Array, items: number): Int32Array {
  const nexts = new Int32Array(trace.length);
  const seen = new Int32Array(items).fill(never);
  for (let place = trace.length - 1; place >= 0; place--) {
    const item = trace[place] ?? 0;
    nexts[place] = seen[item] ?? never;
    seen[item] = place;
  }
  return nexts;
}

/** A heap of items by the place at which they are read next. */
class LatestFirst {
  readonly #places: number[] = [];
  readonly #items: number[] = [];

  push(place: number, item: number): void {
    let at = this.#places.push(place) - 1;
    this.#items.push(item);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#at(above) >= place) break;
      this.#swap(at, above);
      at = above;
    }
  }

  pop(): { readonly place: number; readonly item: number } | null {
    const [place] = this.#places;
    const [item] = this.#items;
    if (place === undefined || item === undefined) return null;
    this.#swap(0, this.#places.length - 1);
    this.#places.pop();
    this.#items.pop();
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const below = this.#at(right) > this.#at(left) ? right : left;
      if (this.#at(below) <= this.#at(at)) return { place, item };
      this.#swap(at, below);
      at = below;
    }
  }

  #at(at: number): number {
    return this.#places[at] ?? -1;
  }

  #swap(one: number, other: number): void {
    const [place = 0, item = 0] = [this.#places[one], this.#items[one]];
    this.#places[one] = this.#places[other] ?? 0;
    this.#items[one] = this.#items[other] ?? 0;
    this.#places[other] = place;
    this.#items[other] = item;
  }
}

function perfectHitRate(
  items: readonly Item[],
  trace: Uint32Array,
  bytesMax: number,
  worth: (item: number) => number,
): number {
  const order = Uint32Array.from(items.keys()).sort((left, right) => worth(right) - worth(left));
  const held = new Set<number>();
  let bytes = 0;
  for (const item of order) {
    bytes += items[item]?.bytes ?? 0;
    if (bytes > bytesMax) break;
    held.add(item);
  }
  return hitRate(trace, (item) => held.has(item));
}

function frequenciesOf(trace: Uint32Array, items: number): Uint32Array {
  const frequencies = new Uint32Array(items);
  for (const item of trace) frequencies[item] = (frequencies[item] ?? 0) + 1;
  return frequencies;
}

/** Of the second half. */
function hitRate(trace: Uint32Array, read: (item: number) => boolean): number {
  let hits = 0;
  trace.forEach((item, place) => {
    if (read(item) && place >= trace.length / 2) hits += 1;
  });
  return hits / (trace.length / 2);
}

import { assert } from '#server/graph/errors.ts';

/** What a record is about, in the low bits of its code; the type's number is in the high bits. */
export const recordKinds = { entity: 0, unique: 1, association: 2, count: 3, list: 4 } as const;
const kindMask = 7;

const marksBits = 8;
const marksMask = 255;
/** The bits of a record's marks. The lowest three count uses, for eviction. */
export const usesMask = 7;
export const marks = {
  /** Of a list: nothing follows. Of an association: it is there. */
  yes: 8,
  /** True at a label that this node has not reached yet. */
  ahead: 16,
  /** No longer found; its place is given back when eviction comes across it. */
  dead: 32,
  main: 64,
} as const;

const recordsAtFirst = 64;
/** Memory is the point of this table, so it grows by a tenth, not twofold. */
const growth = 1.1;
const indexLoadMax = 0.75;
const indexLoadAfterGrowth = 0.65;
/** Of an entry of the index: the record is above, a tag of its hash below. The tag is odd, so an entry is never 0. */
const tagBits = 8;
const tagMask = 255;
/** How many records there can be; the owner evicts before. */
export const recordNumbers = 2 ** (32 - tagBits);
const twoToMinus32 = 2 ** -32;

/** Of a record's columns and its share of the index and of a queue, with what growth leaves unused on average. */
export const recordBytes = 32;

/**
 * Small records in columns of typed arrays, found by an open-addressing index: an object and a Map entry for each would take six times
 * the memory and give the garbage collector something to walk through. A record is a number: its place in the columns.
 *
 * `first` and `second` by kind: entity: id, place of its value; unique: the id or 0, place of its text; association: from, to; count:
 * from, count; list: from, place of its edges. A place of -1 is none.
 */
export class RecordTable {
  /** First and second by turns: a record's lie in one line of the processor's cache. */
  #keys = new Float64Array(2 * recordsAtFirst);
  /** The code above, the marks below. */
  #states = new Uint32Array(recordsAtFirst);
  readonly #textOf: (place: number) => string;
  /** A record and seven bits of its hash, or 0; linear probing, in the order of the hashes. Most others are told by the bits alone. */
  #index = new Uint32Array(128);
  #found = 0;
  /** Records given out so far; those above were never used. */
  #used = 0;
  /** The first of a chain of free records through `first`, or -1. */
  #free = -1;

  constructor(textOf: (place: number) => string) {
    this.#textOf = textOf;
  }

  /** How many can be found. */
  get size(): number {
    return this.#found;
  }

  codeOf(record: number): number {
    return (this.#states[record] ?? 0) >>> marksBits;
  }

  firstOf(record: number): number {
    return this.#keys[2 * record] ?? 0;
  }

  secondOf(record: number): number {
    return this.#keys[2 * record + 1] ?? 0;
  }

  marksOf(record: number): number {
    return (this.#states[record] ?? 0) & marksMask;
  }

  /** Only of a unique key, which is found by its text. */
  setFirst(record: number, first: number): void {
    this.#keys[2 * record] = first;
  }

  /** Of anything but an association, which is found by it. */
  setSecond(record: number, second: number): void {
    this.#keys[2 * record + 1] = second;
  }

  setMarks(record: number, marks: number): void {
    this.#states[record] = ((this.#states[record] ?? 0) & ~marksMask) | marks;
  }

  /** An entity, a count or a list; -1: none. */
  find(code: number, first: number): number {
    const index = this.#index;
    const hash = hashOf(code, first, 0);
    const tag = hash & tagMask;
    let slot = homeOf(hash, index.length);
    for (;;) {
      const entry = index[slot] ?? 0;
      if (entry === 0) return -1;
      if ((entry & tagMask) === tag) {
        const record = entry >>> tagBits;
        if (this.#keys[2 * record] === first && (this.#states[record] ?? 0) >>> marksBits === code) return record;
      }
      slot = slot + 1 === index.length ? 0 : slot + 1;
    }
  }

  /** An association; -1: none. */
  findPair(code: number, first: number, second: number): number {
    const index = this.#index;
    const hash = hashOf(code, first, second);
    const tag = hash & tagMask;
    let slot = homeOf(hash, index.length);
    for (;;) {
      const entry = index[slot] ?? 0;
      if (entry === 0) return -1;
      if ((entry & tagMask) === tag) {
        const record = entry >>> tagBits;
        if (
          this.#keys[2 * record] === first &&
          this.#keys[2 * record + 1] === second &&
          (this.#states[record] ?? 0) >>> marksBits === code
        ) {
          return record;
        }
      }
      slot = slot + 1 === index.length ? 0 : slot + 1;
    }
  }

  /** A unique key; -1: none. */
  findText(code: number, text: string): number {
    const index = this.#index;
    const hash = hashOfText(code, text);
    let slot = homeOf(hash, index.length);
    for (;;) {
      const entry = index[slot] ?? 0;
      if (entry === 0) return -1;
      const record = entry >>> tagBits;
      const isCandidate = (entry & tagMask) === (hash & tagMask) && this.codeOf(record) === code;
      if (isCandidate && this.#textOf(this.secondOf(record)) === text) return record;
      slot = slot + 1 === index.length ? 0 : slot + 1;
    }
  }

  /** A new record that can be found from now on. It must not be there yet. */
  add(code: number, first: number, second: number): number {
    if (this.#found + 1 > this.#index.length * indexLoadMax) this.#rebuildIndex();
    const record = this.#take();
    this.#states[record] = code << marksBits;
    this.#keys[2 * record] = first;
    this.#keys[2 * record + 1] = second;
    this.#place(record);
    this.#found += 1;
    return record;
  }

  /** It is found no more, and its number stays taken until it is freed. */
  hide(record: number): void {
    const index = this.#index;
    let slot = homeOf(this.hash(record), index.length);
    while ((index[slot] ?? 0) >>> tagBits !== record) {
      assert(index[slot] !== 0, `record ${record} is not in the index`);
      slot = slot + 1 === index.length ? 0 : slot + 1;
    }
    this.#closeGap(slot);
    this.#found -= 1;
  }

  free(record: number): void {
    this.#keys[2 * record] = this.#free;
    this.#free = record;
  }

  /** 32 bits, signed, that depend on the key alone. */
  hash(record: number): number {
    const code = this.codeOf(record);
    const first = this.firstOf(record);
    const second = this.secondOf(record);
    switch (code & kindMask) {
      case recordKinds.unique:
        return hashOfText(code, this.#textOf(second));
      case recordKinds.association:
        return hashOf(code, first, second);
      default:
        return hashOf(code, first, 0);
    }
  }

  /** Every record that can be found. */
  *records(): Generator<number> {
    for (const entry of this.#index) if (entry > 0) yield entry >>> tagBits;
  }

  clear(): void {
    this.#used = 0;
    this.#free = -1;
    this.#found = 0;
    this.#index.fill(0);
  }

  #take(): number {
    if (this.#free >= 0) {
      const record = this.#free;
      this.#free = this.firstOf(record);
      return record;
    }
    assert(this.#used < recordNumbers, `${this.#used} records are in use`);
    if (this.#used === this.#states.length) this.#grow();
    this.#used += 1;
    return this.#used - 1;
  }

  #grow(): void {
    const length = Math.ceil(this.#states.length * growth);
    const states = new Uint32Array(length);
    states.set(this.#states);
    this.#states = states;
    const keys = new Float64Array(2 * length);
    keys.set(this.#keys);
    this.#keys = keys;
  }

  #rebuildIndex(): void {
    const before = this.#index;
    this.#index = new Uint32Array(Math.ceil((this.#found + 1) / indexLoadAfterGrowth) + 1);
    for (const entry of before) if (entry > 0) this.#place(entry >>> tagBits);
  }

  #place(record: number): void {
    const index = this.#index;
    const hash = this.hash(record);
    let slot = homeOf(hash, index.length);
    while (index[slot] !== 0) slot = slot + 1 === index.length ? 0 : slot + 1;
    index[slot] = ((record << tagBits) | (hash & tagMask)) >>> 0;
  }

  /** Moves later entries of the run into the gap, so that no search ends too early and no tombstones pile up. */
  #closeGap(start: number): void {
    const index = this.#index;
    let gap = start;
    let slot = start;
    for (;;) {
      slot = slot + 1 === index.length ? 0 : slot + 1;
      const entry = index[slot] ?? 0;
      if (entry === 0) break;
      const home = homeOf(this.hash(entry >>> tagBits), index.length);
      // It may move only if its home is not between the gap (exclusive) and where it is now, going round.
      const stays = gap < slot ? home > gap && home <= slot : home > gap || home <= slot;
      if (stays) continue;
      index[gap] = entry;
      gap = slot;
    }
    index[gap] = 0;
  }
}

export function codeOf(kind: number, typeNumber: number): number {
  return typeNumber * 8 + kind;
}

export function kindOf(code: number): number {
  return code & kindMask;
}

export function typeNumberOf(code: number): number {
  return code >>> 3;
}

function homeOf(hash: number, length: number): number {
  return ((hash >>> 0) * twoToMinus32 * length) | 0;
}

/** Murmur-like: ids follow each other closely, their hashes must not. */
function hashOf(code: number, first: number, second: number): number {
  let hash = Math.imul(
    first ^ Math.imul((first * twoToMinus32) ^ Math.imul(code, 0x9e37_79b1), 0x85eb_ca77),
    0xc2b2_ae3d,
  );
  hash ^= hash >>> 15;
  if (second !== 0) hash = Math.imul(hash ^ second ^ Math.imul(second * twoToMinus32, 0x85eb_ca77), 0x27d4_eb2f);
  return mix(hash);
}

/** The finalizer of MurmurHash3, with the lowest bit set: an entry of the index is never 0 then. Signed, so that V8 need not box it. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) | 1;
}

function hashOfText(code: number, text: string): number {
  let hash = Math.imul(code ^ 0x811c_9dc5, 0x0100_0193);
  for (let place = 0; place < text.length; place++) hash = Math.imul(hash ^ text.charCodeAt(place), 0x0100_0193);
  return mix(hash);
}

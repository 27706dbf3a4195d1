import type { CacheKey } from '#server/graph/cache-key.ts';
import type { CacheRecords } from './cache-records.ts';
import { marks } from './record-table.ts';

interface Pinned {
  sessions: number;
  readonly bytes: number;
}

/** The values that one read session fetched. They are rolled forward like all others, and not evicted before `close`. */
export class Pins {
  readonly #pinKey: (pins: Pins, key: CacheKey) => boolean;
  readonly #pinned: PinnedRecords;
  /** Of the records numbers of this generation of the cache; an emptied cache gives the same numbers to others. */
  readonly records = new Set<number>();
  generation: number;

  constructor(pinKey: (pins: Pins, key: CacheKey) => boolean, pinned: PinnedRecords) {
    this.#pinKey = pinKey;
    this.#pinned = pinned;
    this.generation = pinned.generation;
  }

  /** Pins what is cached of a key. False when nothing is, or when too much is pinned already. */
  add(key: CacheKey): boolean {
    return this.#pinKey(this, key);
  }

  close(): void {
    this.#pinned.unpinAll(this);
  }
}

/** All records that are pinned by any session, bounded in bytes, so that eviction always finds something else. */
export class PinnedRecords {
  readonly #records: CacheRecords;
  readonly #bytesMax: number;
  readonly #pinned = new Map<number, Pinned>();
  #bytes = 0;
  #generation = 0;

  constructor(options: { readonly records: CacheRecords; readonly bytesMax: number }) {
    this.#records = options.records;
    this.#bytesMax = options.bytesMax;
  }

  /** Moves on when the cache is emptied. */
  get generation(): number {
    return this.#generation;
  }

  /** False when too much is pinned already. */
  pin(pins: Pins, record: number): boolean {
    if (pins.generation !== this.#generation) {
      pins.records.clear();
      pins.generation = this.#generation;
    }
    if (pins.records.has(record)) return true;
    const pinned = this.#pinned.get(record);
    if (pinned === undefined) {
      const bytes = this.#records.bytesOf(record);
      if (this.#bytes + bytes > this.#bytesMax) return false;
      this.#bytes += bytes;
      this.#pinned.set(record, { sessions: 1, bytes });
      this.#records.mark(record, marks.pinned, true);
    } else {
      pinned.sessions += 1;
    }
    pins.records.add(record);
    return true;
  }

  unpinAll(pins: Pins): void {
    if (pins.generation === this.#generation) for (const record of pins.records) this.#unpin(record);
    pins.records.clear();
  }

  clear(): void {
    this.#generation += 1;
    this.#pinned.clear();
    this.#bytes = 0;
  }

  #unpin(record: number): void {
    const pinned = this.#pinned.get(record);
    if (pinned === undefined) return;
    pinned.sessions -= 1;
    if (pinned.sessions > 0) return;
    this.#pinned.delete(record);
    this.#bytes -= pinned.bytes;
    this.#records.mark(record, marks.pinned, false);
  }
}

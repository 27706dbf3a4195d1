import type { CacheKey } from '#server/graph/cache-key.ts';
import type { Effect } from '#server/graph/effect.ts';
import { assert } from '#server/graph/errors.ts';
import type { LogIndex, TimeMs } from '#server/graph/identifiers.ts';
import type { AppliedEntry, RecordedMutation } from '#server/graph/log-payload.ts';
import { TouchedIndex } from './touched-index.ts';

interface TailEntry {
  readonly entry: AppliedEntry;
  readonly bytes: number;
}

/** What `trim` may take away: the oldest entries beyond these bounds, and none after `keepAfter` whatever they take. */
export interface TailBounds {
  /** Entries after this index are not in the database yet. */
  readonly keepAfter: LogIndex;
  readonly bytesMax: number;
  readonly entriesMax: number;
}

/**
 * The applied entries after the horizon, decoded: what fills are rolled forward with, where idempotency keys are looked up, and what
 * subscriptions are served from. Invariant: it holds every entry in (horizon, lastIndex], without a gap.
 */
export class Tail {
  #entries: (TailEntry | null)[] = [];
  /** Places before this one are trimmed and null; they are cut off now and then instead of every time. */
  #start = 0;
  #horizon: LogIndex;
  #bytes = 0;
  readonly #outcomes = new Map<string, RecordedMutation>();
  readonly #touched = new TouchedIndex();

  constructor(horizon: LogIndex) {
    this.#horizon = horizon;
  }

  /** The index before the first entry that is held. */
  get horizon(): LogIndex {
    return this.#horizon;
  }

  get lastIndex(): LogIndex {
    return (this.#horizon + this.size) as LogIndex;
  }

  get size(): number {
    return this.#entries.length - this.#start;
  }

  /** How many effects the entries hold. */
  get effects(): number {
    return this.#touched.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Log time of the oldest entry held that has one; null when there is none. */
  get oldestTime(): TimeMs | null {
    for (let place = this.#start; place < this.#entries.length; place++) {
      const payload = this.#entries[place]?.entry.payload;
      if (payload !== null && payload !== undefined) return payload.time;
    }
    return null;
  }

  /** `bytes`: of the entry's data in the log. */
  append(entry: AppliedEntry, bytes: number): void {
    assert(entry.index === this.lastIndex + 1, `entry ${entry.index} after ${this.lastIndex} in the tail`);
    this.#entries.push({ entry, bytes });
    this.#bytes += bytes;
    const { payload } = entry;
    if (payload === null) return;
    if (payload.kind === 'expiry') return this.#forgetBefore(payload.before);
    for (const { key, hash, outcome, effects } of payload.records) {
      const { index, term } = entry;
      const { leader, time } = payload;
      this.#outcomes.set(key, { key, hash, index, term, leader, time, outcome });
      for (const effect of effects) this.#touched.add(effect, index);
    }
  }

  /** Entries after this index, in order; undefined when they are no longer all here. */
  since(index: LogIndex): readonly AppliedEntry[] | undefined {
    if (index < this.#horizon) return undefined;
    return this.#entries.slice(this.#start + (index - this.#horizon)).flatMap((held) => held?.entry ?? []);
  }

  /** One entry; undefined when it is not held. */
  at(index: LogIndex): AppliedEntry | undefined {
    return index <= this.#horizon ? undefined : this.#entries[this.#start + (index - this.#horizon) - 1]?.entry;
  }

  /** The effects of entries after this index that concern a key, in order. `after` must not be before the horizon. */
  touched(key: CacheKey, after: LogIndex): readonly Effect[] {
    assert(
      after >= this.#horizon,
      `what was touched after ${after} is asked, and the tail starts after ${this.#horizon}`,
    );
    return this.#touched.since(key, after);
  }

  /** What became of a mutation, if an entry held here says so. A later entry of the same key (a large deletion's end) counts. */
  outcome(idempotencyKey: string): RecordedMutation | undefined {
    return this.#outcomes.get(idempotencyKey);
  }

  /** Raises the horizon. */
  trim(bounds: TailBounds): void {
    while (this.size > 0 && (this.size > bounds.entriesMax || this.#bytes > bounds.bytesMax)) {
      const oldest = this.#entries[this.#start];
      if (oldest === undefined || oldest === null || oldest.entry.index > bounds.keepAfter) break;
      this.#entries[this.#start] = null;
      this.#start += 1;
      this.#bytes -= oldest.bytes;
      this.#horizon = oldest.entry.index;
      this.#forget(oldest.entry);
    }
    if (this.#start > 1024 && this.#start > this.#entries.length / 2) {
      this.#entries = this.#entries.slice(this.#start);
      this.#start = 0;
    }
  }

  clear(horizon: LogIndex): void {
    this.#entries = [];
    this.#start = 0;
    this.#bytes = 0;
    this.#horizon = horizon;
    this.#outcomes.clear();
    this.#touched.clear();
  }

  #forget(entry: AppliedEntry): void {
    if (entry.payload?.kind !== 'mutations') return;
    for (const { key, effects } of entry.payload.records) {
      if (this.#outcomes.get(key)?.index === entry.index) this.#outcomes.delete(key);
      for (const effect of effects) this.#touched.removeOldest(effect, entry.index);
    }
  }

  /** Log time never runs backwards and keys are in the order of their entries, but a key may have been recorded again since. */
  #forgetBefore(time: TimeMs): void {
    for (const [key, recorded] of this.#outcomes) if (recorded.time < time) this.#outcomes.delete(key);
  }
}

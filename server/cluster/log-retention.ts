import { assert } from '#server/graph/errors.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';

export interface RetentionLimits {
  /** Applied and not yet in the database: at either bound new writes are refused. */
  readonly behindEntriesMax: number;
  readonly behindBytesMax: number;
  /** How much of the log is kept behind the materialized index. */
  readonly retainedEntries: number;
  readonly retainedBytes: number;
}

/**
 * How much of the applied log the database lacks, and up to where the log may be dropped. Every node keeps one, from what the
 * leader announces, so that the next leader counts from the same place.
 *
 * Invariant: compactTo <= materialized, unless the database went back; compactTo never does.
 */
export class LogRetention {
  readonly #limits: RetentionLimits;
  /** Bytes of the entries `#base` + 1 … applied. */
  #sizes: number[] = [];
  #base: LogIndex;
  #applied: LogIndex;
  #materialized: LogIndex;
  #compactTo: LogIndex;
  /** The last applied entry that has a time; null: none since the start. */
  #dated: LogIndex | null = null;
  #behindBytes = 0;
  /** Of the entries `#compactTo` + 1 … materialized. */
  #retainedBytes = 0;

  /** `start`: the index before the log's first entry. The log is only ever dropped up to what is materialized. */
  constructor(limits: RetentionLimits, start: LogIndex) {
    this.#limits = limits;
    this.#base = start;
    this.#applied = start;
    this.#materialized = start;
    this.#compactTo = start;
  }

  get materialized(): LogIndex {
    return this.#materialized;
  }

  get compactTo(): LogIndex {
    return this.#compactTo;
  }

  get behindEntries(): number {
    return Math.max(0, this.#applied - this.#materialized);
  }

  /** Whether new writes must wait for the database. */
  get isFull(): boolean {
    return this.behindEntries >= this.#limits.behindEntriesMax || this.#behindBytes >= this.#limits.behindBytesMax;
  }

  onApplied(index: LogIndex, bytes: number): void {
    assert(index === this.#applied + 1, `entry ${index} was applied after ${this.#applied}`);
    this.#sizes.push(bytes);
    this.#applied = index;
    if (index > this.#materialized) this.#behindBytes += bytes;
    else this.#retainedBytes += bytes;
  }

  /** Starts of leaders and configurations have no time, all others have. */
  onDated(index: LogIndex): void {
    this.#dated = index;
  }

  onRestart(mark: LogIndex): void {
    this.#dated = null;
    this.#sizes = [];
    this.#base = mark;
    this.#applied = mark;
    this.#compactTo = mark;
    this.#materialized = Math.max(this.#materialized, mark) as LogIndex;
    this.#behindBytes = 0;
    this.#retainedBytes = 0;
  }

  /** From the database itself on the leader, else as announced. A smaller index than before: the database went back. */
  onMaterialized(index: LogIndex): void {
    if (index === this.#materialized) return;
    const [low, high] = index < this.#materialized ? [index, this.#materialized] : [this.#materialized, index];
    let between = 0;
    for (let i = Math.max(low, this.#base); i < Math.min(high, this.#applied); i++) between += this.#size(i + 1);
    const sign = index > this.#materialized ? 1 : -1;
    this.#behindBytes -= sign * between;
    this.#retainedBytes += sign * between;
    this.#materialized = index;
  }

  /**
   * The leader's own decision: moves on while more is retained than wanted. The last entry with a time stays, whatever is wanted: a node
   * that starts again knows the time of the log from nowhere else, and would date its next entry by its own clock alone.
   */
  moveCompactTo(): LogIndex {
    const { retainedEntries, retainedBytes } = this.#limits;
    const end = Math.min(this.#materialized, this.#applied);
    const last = Math.min(end, (this.#dated ?? 0) - 1);
    let to: number = this.#compactTo;
    let bytes = this.#retainedBytes;
    while (to < last && (end - to > retainedEntries || bytes > retainedBytes)) {
      bytes -= this.#size(to + 1);
      to += 1;
    }
    this.onCompact(to as LogIndex);
    return this.#compactTo;
  }

  /** Entries up to `to` may go; never back, and never beyond what is applied. Answers whether it moved. */
  onCompact(to: LogIndex): boolean {
    const target = Math.min(to, this.#applied) as LogIndex;
    if (target <= this.#compactTo) return false;
    for (let i: number = this.#compactTo; i < Math.min(target, this.#materialized); i++)
      this.#retainedBytes -= this.#size(i + 1);
    this.#compactTo = target;
    this.#dropSizes();
    return true;
  }

  #size(index: number): number {
    return this.#sizes[index - this.#base - 1] ?? 0;
  }

  /** Copies only now and then: what is dropped is at least as much as what is kept. */
  #dropSizes(): void {
    const dropped = Math.min(this.#compactTo, this.#materialized) - this.#base;
    if (dropped < 1_024 || dropped * 2 < this.#sizes.length) return;
    this.#sizes = this.#sizes.slice(dropped);
    this.#base = (this.#base + dropped) as LogIndex;
  }
}

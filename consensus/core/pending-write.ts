import { lesser, plus } from './log-index.ts';
import type { Durability } from './durability.ts';
import { entryBytes } from './log.ts';
import type { Log } from './log.ts';
import type { HardState, LogIndex, LogPlace, Persist, SnapshotMark } from './types.ts';

/** What has changed since the disk was last asked to write, put together into one Persist. */
export class PendingWrite {
  readonly #log: Log;
  readonly #durability: Durability;
  // Invariant: entries of the log from here on are in no Persist yet.
  #unsubmittedFrom: LogIndex;
  #hasHardState = false;
  #reset: SnapshotMark | null = null;
  #truncateFrom: LogIndex | null = null;
  #compactTo: SnapshotMark | null = null;
  #hasRepair = false;

  constructor(log: Log, durability: Durability) {
    this.#log = log;
    this.#durability = durability;
    this.#unsubmittedFrom = plus(log.lastIndex, 1);
  }

  /** The last entry that the disk has been asked to write. */
  get submittedIndex(): LogIndex {
    return plus(this.#unsubmittedFrom, -1);
  }

  /** Whether term and vote are durable, with nothing about them waiting or under way. */
  get isHardStateDurable(): boolean {
    return !this.#hasHardState && this.#durability.isHardStateSettled;
  }

  hardStateChanged(): void {
    this.#hasHardState = true;
  }

  /** The log was cut before `index`. */
  truncated(index: LogIndex): void {
    this.#durability.truncateFrom(index);
    if (index < this.#unsubmittedFrom) {
      this.#truncateFrom = lesser(this.#truncateFrom ?? index, index);
      this.#unsubmittedFrom = index;
    }
  }

  /** The log was replaced by a mark. */
  replaced(mark: SnapshotMark): void {
    this.#durability.reset();
    this.#reset = mark;
    this.#truncateFrom = null;
    this.#compactTo = null;
    this.#unsubmittedFrom = plus(mark.index, 1);
  }

  compacted(mark: SnapshotMark): void {
    this.#compactTo = mark;
  }

  /** The log was found to lack something, or is whole again. */
  repairChanged(): void {
    this.#hasRepair = true;
  }

  /** Null when there is nothing to write. */
  take({ term, votedFor, lost }: HardState & { readonly lost: LogPlace | null }): Persist | null {
    const lastIndex = this.#log.lastIndex;
    const hasEntries = this.#unsubmittedFrom <= lastIndex;
    const hasLogChange =
      this.#reset !== null || this.#truncateFrom !== null || this.#compactTo !== null || this.#hasRepair;
    if (!this.#hasHardState && !hasEntries && !hasLogChange) return null;
    const entries = hasEntries ? this.#log.between(this.#unsubmittedFrom, lastIndex) : [];
    let bytes = 0;
    for (const entry of entries) bytes += entryBytes(entry);
    const persist: Persist = {
      sequence: this.#durability.submit({ lastIndex, hasHardState: this.#hasHardState, bytes }),
      hardState: this.#hasHardState ? { term, votedFor } : null,
      reset: this.#reset,
      truncateFrom: this.#truncateFrom,
      entries,
      compactTo: this.#compactTo,
      ...(this.#hasRepair ? { lost } : {}),
    };
    this.#hasRepair = false;
    this.#hasHardState = false;
    this.#reset = null;
    this.#truncateFrom = null;
    this.#compactTo = null;
    this.#unsubmittedFrom = plus(lastIndex, 1);
    return persist;
  }
}

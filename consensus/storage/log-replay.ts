import type { Entry, HardState, SnapshotMark, Term, LogIndex } from '../core/types.ts';
import type { LogRecord } from './record.ts';

/** A log whose records are applied one by one, as they were written. */
export class LogReplay {
  #hardState: HardState = { term: 0 as Term, votedFor: null };
  #mark: SnapshotMark = { index: 0 as LogIndex, term: 0 as Term, configuration: { voters: [], learners: [] } };
  #entries: Entry[] = [];

  get hardState(): HardState {
    return this.#hardState;
  }

  get mark(): SnapshotMark {
    return this.#mark;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Null, or what is wrong with a record that cannot follow those before it. */
  apply(record: LogRecord): string | null {
    switch (record.kind) {
      case 'entry':
        return this.#append(record.entry);
      case 'hard-state':
        if (record.hardState.term < this.#hardState.term)
          return `term ${record.hardState.term} follows term ${this.#hardState.term}`;
        this.#hardState = record.hardState;
        return null;
      case 'truncate':
        if (record.from <= this.#mark.index)
          return `entries from ${record.from} are dropped, but the log begins after ${this.#mark.index}`;
        this.#keep((entry) => entry.index < record.from);
        return null;
      case 'reset':
        this.#mark = record.mark;
        this.#entries = [];
        return null;
      case 'compact':
        // A segment begins with the mark of its time, so an old one may come again.
        if (record.mark.index >= this.#mark.index) this.#mark = record.mark;
        this.#keep((entry) => entry.index > this.#mark.index);
        return null;
      case 'synced':
        return null;
    }
  }

  /**
   * Null, or what is missing. Asked at the end only: when the oldest segments are gone, the entries that are left begin
   * with a hole, until the mark that made the segments superfluous is read.
   */
  finish(): string | null {
    const [first] = this.#entries;
    if (first === undefined || first.index === this.#mark.index + 1) return null;
    return `the log begins after entry ${this.#mark.index}, but its first entry is ${first.index}`;
  }

  #append(entry: Entry): string | null {
    const last = this.#entries.at(-1);
    if (last !== undefined && entry.index !== last.index + 1) return `entry ${entry.index} follows entry ${last.index}`;
    if (entry.index <= this.#mark.index) return `entry ${entry.index} follows the mark ${this.#mark.index}`;
    this.#entries.push(entry);
    return null;
  }

  #keep(needed: (entry: Entry) => boolean): void {
    // Compaction and truncation mostly touch nothing while a log is replayed: looking at both ends is enough to know.
    const first = this.#entries[0];
    const last = this.#entries.at(-1);
    if (first === undefined || last === undefined || (needed(first) && needed(last))) return;
    this.#entries = this.#entries.filter(needed);
  }
}

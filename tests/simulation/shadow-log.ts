import { Buffer } from 'node:buffer';
import type { Entry, HardState, Persist, SnapshotMark, Term } from '#consensus/core/types.ts';

/** What a log holds after some writes; kept apart from the code under test, so that judges need not believe it. */
export class ShadowLog {
  hardState: HardState;
  mark: SnapshotMark;
  #entries: Entry[];

  constructor(start: {
    readonly hardState: HardState;
    readonly mark: SnapshotMark;
    readonly entries: readonly Entry[];
  }) {
    this.hardState = start.hardState;
    this.mark = start.mark;
    this.#entries = [...start.entries];
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get lastIndex(): number {
    return this.mark.index + this.#entries.length;
  }

  at(index: number): Entry | undefined {
    return this.#entries[index - this.mark.index - 1];
  }

  /** Undefined for what is compacted away or not there. */
  termAt(index: number): Term | undefined {
    return index === this.mark.index ? this.mark.term : this.at(index)?.term;
  }

  /** The writes' own parts, one after the other: a crash may keep any number of them. */
  static partsOf(write: Persist): readonly Persist[] {
    const nothing: Persist = {
      sequence: write.sequence,
      hardState: null,
      reset: null,
      truncateFrom: null,
      entries: [],
      compactTo: null,
    };
    const parts: Persist[] = [];
    if (write.hardState !== null) parts.push({ ...nothing, hardState: write.hardState });
    if (write.reset !== null) parts.push({ ...nothing, reset: write.reset });
    if (write.truncateFrom !== null) parts.push({ ...nothing, truncateFrom: write.truncateFrom });
    for (const entry of write.entries) parts.push({ ...nothing, entries: [entry] });
    if (write.compactTo !== null) parts.push({ ...nothing, compactTo: write.compactTo });
    return parts;
  }

  apply(write: Persist): void {
    if (write.hardState !== null) this.hardState = write.hardState;
    if (write.reset !== null) {
      this.mark = write.reset;
      this.#entries = [];
    }
    if (write.truncateFrom !== null) this.#entries.length = Math.max(0, write.truncateFrom - this.mark.index - 1);
    for (const entry of write.entries) this.#entries.push(entry);
    if (write.compactTo !== null) {
      this.#entries.splice(0, write.compactTo.index - this.mark.index);
      this.mark = write.compactTo;
    }
  }

  equals(other: {
    readonly hardState: HardState;
    readonly mark: SnapshotMark;
    readonly entries: readonly Entry[];
  }): boolean {
    return (
      this.hardState.term === other.hardState.term &&
      this.hardState.votedFor === other.hardState.votedFor &&
      this.mark.index === other.mark.index &&
      this.mark.term === other.mark.term &&
      this.#entries.length === other.entries.length &&
      this.#entries.every((entry, at) => isSameEntry(entry, other.entries[at]))
    );
  }
}

export function isSameEntry(a: Entry, b: Entry | undefined): boolean {
  return (
    a === b ||
    (b !== undefined && a.index === b.index && a.term === b.term && a.kind === b.kind && isSameData(a.data, b.data))
  );
}

function isSameData(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || Buffer.compare(a, b) === 0;
}

import { impossible } from './assert.ts';
import { decodeConfiguration, isVoter } from './configuration.ts';
import { plus } from './log-index.ts';
import type { Configuration, Entry, LogIndex, NodeId, SnapshotMark, Term } from './types.ts';

/** What an entry costs beside its data in a message, in memory and on disk; a round figure, for bounds only. */
const entryOverheadBytes = 32;

export function entryBytes(entry: Entry): number {
  return entry.data.length + entryOverheadBytes;
}

interface PlacedConfiguration {
  readonly index: LogIndex;
  readonly configuration: Configuration;
}

/**
 * The part of the replicated log that this node still holds, in memory. Whoever changes it tells the disk; the log itself knows
 * nothing of durability. Configurations count from their append (thesis 4.1), so the log also knows the one in force.
 */
export class Log {
  #mark: SnapshotMark;
  #entries: Entry[];
  // Invariant: never empty; ascending by index; the first is the mark's, the others are entries that the log holds.
  #configurations: PlacedConfiguration[];

  constructor(mark: SnapshotMark, entries: readonly Entry[]) {
    this.#mark = mark;
    this.#entries = [];
    this.#configurations = [{ index: mark.index, configuration: mark.configuration }];
    for (const entry of entries) this.append(entry);
  }

  get mark(): SnapshotMark {
    return this.#mark;
  }

  get firstIndex(): LogIndex {
    return plus(this.#mark.index, 1);
  }

  get lastIndex(): LogIndex {
    return plus(this.#mark.index, this.#entries.length);
  }

  get lastTerm(): Term {
    return this.#entries.at(-1)?.term ?? this.#mark.term;
  }

  get configuration(): Configuration {
    return this.#latest().configuration;
  }

  /** Where the configuration in force was appended. */
  get configurationIndex(): LogIndex {
    return this.#latest().index;
  }

  /** Whether the configuration in force at `index`, or a later one, lets this node vote. */
  isVoterSince(index: LogIndex, id: NodeId): boolean {
    for (let place = this.#configurations.length - 1; place >= 0; place--) {
      const placed = this.#configurations[place];
      if (placed === undefined) break;
      if (isVoter(placed.configuration, id)) return true;
      if (placed.index <= index) break;
    }
    return false;
  }

  /** Null for what is compacted away or not there yet. */
  termAt(index: LogIndex): Term | null {
    if (index === this.#mark.index) return this.#mark.term;
    return this.#entries[index - this.#mark.index - 1]?.term ?? null;
  }

  at(index: LogIndex): Entry | undefined {
    return this.#entries[index - this.#mark.index - 1];
  }

  /** From `from` up to and with `to`; both must be held. */
  between(from: LogIndex, to: LogIndex): readonly Entry[] {
    if (from < this.firstIndex || to > this.lastIndex) {
      impossible(`entries ${from}..${to} wanted, ${this.firstIndex}..${this.lastIndex} held`);
    }
    const offset = this.#mark.index + 1;
    return this.#entries.slice(from - offset, to - offset + 1);
  }

  append(entry: Entry): void {
    const expected = this.#mark.index + this.#entries.length + 1;
    if (entry.index !== expected) impossible(`entry ${entry.index} appended where ${expected} belongs`);
    if (entry.term < this.lastTerm)
      impossible(`entry ${entry.index} of term ${entry.term} after term ${this.lastTerm}`);
    this.#entries.push(entry);
    if (entry.kind === 'configuration') {
      this.#configurations.push({ index: entry.index, configuration: decodeConfiguration(entry.data) });
    }
  }

  truncateFrom(index: LogIndex): void {
    if (index < this.firstIndex) impossible(`truncation from ${index}, but ${this.#mark.index} is compacted`);
    this.#entries.length = Math.min(this.#entries.length, index - this.#mark.index - 1);
    while (this.configurationIndex >= index) this.#configurations.pop();
  }

  /** Forgets entries up to and with `index`, and answers with what stands in their place. */
  compactTo(index: LogIndex): SnapshotMark {
    const term = this.termAt(index);
    if (term === null) impossible(`compaction to ${index}, ${this.firstIndex}..${this.lastIndex} held`);
    const inForce = this.#configurations.findLast((placed) => placed.index <= index);
    if (inForce === undefined) impossible(`no configuration in force at ${index}`);
    this.#entries.splice(0, index - this.#mark.index);
    this.#configurations = [inForce, ...this.#configurations.filter((placed) => placed.index > index)];
    this.#mark = { index, term, configuration: inForce.configuration };
    return this.#mark;
  }

  resetTo(mark: SnapshotMark): void {
    this.#mark = mark;
    this.#entries = [];
    this.#configurations = [{ index: mark.index, configuration: mark.configuration }];
  }

  /**
   * The last place up to `index` whose term is at most `term`: where two logs that differ may still agree, so that a search for
   * that point skips a whole term at a time (Raft paper 5.3). Terms only grow along a log, so it is found by halving. Where
   * even the mark's term is greater, the place before it, of which this log knows no more.
   */
  lastAtMostTerm(index: LogIndex, term: Term): LogIndex {
    const { index: markIndex, term: markTerm } = this.#mark;
    if (index < markIndex) return index;
    if (markTerm > term) return plus(markIndex, -1);
    let low = 0; // So many entries are known to have a term that is small enough.
    let high = Math.min(index - markIndex, this.#entries.length);
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const middleTerm = this.#entries[middle - 1]?.term ?? impossible(`no entry at place ${middle}`);
      if (middleTerm <= term) low = middle;
      else high = middle - 1;
    }
    return plus(markIndex, low);
  }

  #latest(): PlacedConfiguration {
    return this.#configurations.at(-1) ?? impossible('no configuration at all');
  }
}

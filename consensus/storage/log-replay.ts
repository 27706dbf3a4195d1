import type { Entry, HardState, LogIndex, LogPlace, SnapshotMark, Term } from '../core/types.ts';
import { isAtLeast } from '../core/log-place.ts';
import type { LogRecord } from './record.ts';

/** Further than any log reaches: where it ended is unknown. The greatest number that a record can hold. */
const unknownIndex = (2 ** 48 - 1) as LogIndex;

interface AfterGap {
  /** Since the gap. */
  entries: Entry[];
  /** Where the log ends, as far as records since the gap tell. */
  end: LogPlace | null;
}

/**
 * A log whose records are applied one by one, as they were written. Where records are unreadable (`gap`), what came before stays as it is
 * known to have begun, and what comes after is collected apart until it is certain again how the two go together:
 *
 * - a mark or a reset says that everything before it is superfluous;
 * - a `standing` names the last entry, and if that is held, so is all before it (log matching, Raft paper 5.3).
 *
 * If neither comes, entries are lost, and the log is to be repaired up to where it once ended.
 */
export class LogReplay {
  #hardState: HardState = { term: 0 as Term, votedFor: null };
  #isVoteKnown = true;
  #mark: SnapshotMark = { index: 0 as LogIndex, term: 0 as Term, configuration: { voters: [], learners: [] } };
  #entries: Entry[] = [];
  #lost: LogPlace | null = null;
  #after: AfterGap | null = null;

  get hardState(): HardState {
    return this.#hardState;
  }

  get mark(): SnapshotMark {
    return this.#mark;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** What the log ended with before entries of it were lost; null when it is whole. */
  get lost(): LogPlace | null {
    return this.#lost;
  }

  /** False: term and vote may be newer than the ones that could be read. */
  get isVoteKnown(): boolean {
    return this.#isVoteKnown;
  }

  /** What others may count on: where the log ends, or ended before it lost entries. */
  get promised(): LogPlace {
    return this.#lost ?? this.#after?.end ?? this.#last;
  }

  /** Records of unknown number and kind stood here. */
  gap(): void {
    this.#isVoteKnown = false;
    this.#after = { entries: [], end: null };
  }

  /** Null, or what is wrong with a record that cannot follow those before it. */
  apply(record: LogRecord): string | null {
    switch (record.kind) {
      case 'entry':
        return this.#append(record.entry);
      case 'hard-state':
        return this.#vote(record.hardState);
      case 'standing':
        this.#stand(record);
        return this.#vote(record.hardState);
      case 'truncate':
        return this.#truncate(record.from);
      case 'reset':
        this.#mark = record.mark;
        this.#entries = [];
        this.#after = null;
        return null;
      case 'compact':
        this.#compact(record.mark);
        return null;
      case 'repair':
        if (this.#lost === null || isAtLeast(record.lost, this.#lost)) this.#lost = record.lost;
        return null;
      case 'repaired':
        this.#lost = null;
        return null;
      case 'synced':
        return null;
    }
  }

  /** After the last record: what could not be put together again is lost. */
  finish(): void {
    const end = this.#after?.end ?? null;
    if (end !== null) this.#healAt(end);
    if (this.#after !== null) this.#lose(end ?? { index: unknownIndex, term: this.#hardState.term });
    this.#after = null;
    const [first] = this.#entries;
    // When the oldest segments are gone, the entries begin with a hole until the mark that made the segments superfluous is read.
    if (first === undefined || first.index === this.#mark.index + 1) return;
    const last = this.#last;
    this.#entries = [];
    this.#lose(last);
  }

  get #last(): LogPlace {
    return this.#entries.at(-1) ?? this.#mark;
  }

  #lose(place: LogPlace): void {
    if (this.#lost === null || !isAtLeast(this.#lost, place)) this.#lost = { index: place.index, term: place.term };
  }

  /** Where nothing was unreadable and yet the log ends elsewhere, files before it are missing: needed, or made superfluous later. */
  #stand({ promised, isWhole }: Extract<LogRecord, { kind: 'standing' }>): void {
    this.#lost = isWhole ? null : promised;
    // Under repair the log itself ends before that; it never promised more.
    if (!isWhole) return this.#endAt(promised);
    const { index, term } = this.#last;
    if (this.#after === null && (promised.index !== index || promised.term !== term))
      this.#after = { entries: [], end: null };
    this.#endAt(promised);
    this.#healAt(promised);
  }

  #vote(hardState: HardState): string | null {
    if (hardState.term < this.#hardState.term) return `term ${hardState.term} follows term ${this.#hardState.term}`;
    this.#hardState = hardState;
    this.#isVoteKnown = true;
    return null;
  }

  #append(entry: Entry): string | null {
    const held = this.#after?.entries ?? this.#entries;
    const last = held.at(-1);
    if (last !== undefined && entry.index !== last.index + 1) return `entry ${entry.index} follows entry ${last.index}`;
    if (this.#after === null && entry.index <= this.#mark.index)
      return `entry ${entry.index} follows the mark ${this.#mark.index}`;
    held.push(entry);
    this.#endAt(entry);
    this.#join();
    return null;
  }

  #truncate(from: LogIndex): string | null {
    if (this.#after === null && from <= this.#mark.index)
      return `entries from ${from} are dropped, but the log begins after ${this.#mark.index}`;
    this.#entries = kept(this.#entries, (entry) => entry.index < from);
    if (this.#after === null) return null;
    this.#after.entries = kept(this.#after.entries, (entry) => entry.index < from);
    // Of which term the entry before it is, is unknown; of a later one than the node's it cannot be.
    this.#endAt({ index: (from - 1) as LogIndex, term: this.#hardState.term });
    return null;
  }

  #compact(mark: SnapshotMark): void {
    // A segment begins with the mark of its time, so an old one may come again.
    if (mark.index < this.#mark.index) return;
    // What the mark stands for is committed: entries that contradict it were dropped in a gap, or end before it.
    if (this.#after !== null && this.#termAt(mark.index) !== mark.term) this.#entries = [];
    this.#mark = mark;
    this.#entries = kept(this.#entries, (entry) => entry.index > mark.index);
    this.#join();
  }

  /** The entries after the gap follow the mark: nothing between them is missing. */
  #join(): void {
    const first = this.#after?.entries[0];
    if (this.#after === null || first === undefined || first.index > this.#mark.index + 1) return;
    this.#entries = this.#after.entries.filter((entry) => entry.index > this.#mark.index);
    this.#after = null;
  }

  /** If the entry that the log reached is held, so is all before it, and nothing is after it. */
  #healAt(place: LogPlace): void {
    if (this.#after === null || this.#after.entries.length > 0 || this.#termAt(place.index) !== place.term) return;
    this.#entries = kept(this.#entries, (entry) => entry.index <= place.index);
    this.#after = null;
  }

  #endAt({ index, term }: LogPlace): void {
    if (this.#after !== null) this.#after.end = { index, term };
  }

  #termAt(index: LogIndex): Term | null {
    if (index === this.#mark.index) return this.#mark.term;
    return this.#entries[index - this.#mark.index - 1]?.term ?? null;
  }
}

/** Compaction and truncation mostly touch nothing while a log is replayed: looking at both ends is enough to know. */
function kept(entries: Entry[], needed: (entry: Entry) => boolean): Entry[] {
  const first = entries[0];
  const last = entries.at(-1);
  return first === undefined || last === undefined || (needed(first) && needed(last))
    ? entries
    : entries.filter(needed);
}

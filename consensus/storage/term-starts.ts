import type { Entry, LogIndex, LogPlace, SnapshotMark, Term } from '../core/types.ts';
import type { LogRecord } from './record.ts';

/** Where a log ends, and of which term its last entry is, also after a truncation; without a copy of the log. One line a term. */
export class TermStarts {
  // Invariant: ascending by index and term, never empty.
  #starts: { readonly index: LogIndex; readonly term: Term }[];
  #lastIndex: LogIndex;

  constructor(log: { readonly mark: SnapshotMark; readonly entries: readonly Entry[] }) {
    const { index, term } = log.mark;
    this.#starts = [{ index, term }];
    this.#lastIndex = index;
    for (const entry of log.entries) this.#append(entry);
  }

  get last(): LogPlace {
    return { index: this.#lastIndex, term: this.#lastTerm };
  }

  /** Keeps up with a record that is durable. */
  note(record: LogRecord): void {
    if (record.kind === 'entry') this.#append(record.entry);
    if (record.kind === 'truncate') this.#truncate(record.from);
    if (record.kind === 'reset') {
      this.#starts = [{ index: record.mark.index, term: record.mark.term }];
      this.#lastIndex = record.mark.index;
    }
  }

  get #lastTerm(): Term {
    return this.#starts.at(-1)?.term ?? (0 as Term);
  }

  #append({ index, term }: Entry): void {
    if (term !== this.#lastTerm) this.#starts.push({ index, term });
    this.#lastIndex = index;
  }

  #truncate(from: LogIndex): void {
    const lastIndex = (from - 1) as LogIndex;
    const [oldest] = this.#starts;
    const kept = this.#starts.filter(({ index }) => index <= lastIndex);
    this.#starts = kept.length > 0 || oldest === undefined ? kept : [{ index: lastIndex, term: oldest.term }];
    this.#lastIndex = lastIndex;
  }
}

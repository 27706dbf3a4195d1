import type { LogIndex } from '../core/types.ts';
import type { LogRecord } from './record.ts';

interface LedgerLine {
  readonly name: string;
  /** The highest index of an entry in the segment that the log still holds; 0 when there is none. */
  lastIndex: number;
}

/**
 * Which segments still hold something that the log needs. Only the oldest ones are ever given up, and never the one that is
 * written to: it holds the mark, the vote and the term that make those before it superfluous.
 */
export class SegmentLedger {
  readonly #lines: LedgerLine[] = [];

  /** From here on records go to this segment. */
  begin(name: string): void {
    this.#lines.push({ name, lastIndex: 0 });
  }

  /** Keeps up with a record that is durable in the newest segment. */
  note(record: LogRecord): void {
    const newest = this.#lines.at(-1);
    if (record.kind === 'entry' && newest !== undefined) newest.lastIndex = record.entry.index;
    if (record.kind === 'truncate') this.#dropFrom(record.from);
    if (record.kind === 'reset') this.#dropFrom(0);
  }

  /** The oldest segment if nothing in it is beyond the mark; forgets it. Null when there is none to give up. */
  takeRemovable(markIndex: LogIndex): string | null {
    const [oldest] = this.#lines;
    if (oldest === undefined || this.#lines.length < 2 || oldest.lastIndex > markIndex) return null;
    this.#lines.shift();
    return oldest.name;
  }

  #dropFrom(index: number): void {
    for (const line of this.#lines) line.lastIndex = Math.min(line.lastIndex, Math.max(0, index - 1));
  }
}

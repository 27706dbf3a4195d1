import type { Entry } from '#consensus/core/types.ts';
import { Violation } from '../evidence.ts';
import type { Hearing, Judge } from '../evidence.ts';
import { isSameEntry } from '../shadow-log.ts';

interface Seen {
  readonly entry: Entry;
  readonly previousTerm: number;
}

/**
 * Two logs that hold an entry of the same index and term are equal up to it (Raft paper 5.3). Shown step by step: whoever
 * holds such an entry must hold the same data there and the same term before it, and so on down to the beginning.
 */
export class LogMatching implements Judge {
  readonly property = 'log matching';
  readonly #seen = new Map<number, Map<number, Seen>>();

  hear({ witness }: Hearing): void {
    const { turn, log, id } = witness;
    if (turn.recovered !== null)
      for (const entry of turn.recovered.entries) this.#compare(id, entry, log.termAt(entry.index - 1));
    for (const write of turn.writes) {
      let previousTerm: number | undefined;
      for (const entry of write.entries) {
        previousTerm ??= log.termAt(entry.index - 1);
        this.#compare(id, entry, previousTerm);
        previousTerm = entry.term;
      }
    }
  }

  #compare(id: string, entry: Entry, previousTerm: number | undefined): void {
    // Compacted away in the same turn: what was there was compared when it came.
    if (previousTerm === undefined) return;
    const terms = this.#seen.get(entry.index) ?? new Map<number, Seen>();
    this.#seen.set(entry.index, terms);
    const other = terms.get(entry.term);
    if (other === undefined) {
      terms.set(entry.term, { entry, previousTerm });
      return;
    }
    if (!isSameEntry(entry, other.entry))
      throw new Violation(this.property, `${id} holds another entry ${entry.index} of term ${entry.term} than others`);
    if (other.previousTerm !== previousTerm)
      throw new Violation(
        this.property,
        `${id} holds entry ${entry.index} of term ${entry.term} after term ${previousTerm}, others after ${other.previousTerm}`,
      );
  }
}

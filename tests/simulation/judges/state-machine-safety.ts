import { Violation } from '../evidence.ts';
import type { Hearing, Judge } from '../evidence.ts';
import { isSameEntry } from '../shadow-log.ts';

/** All nodes commit and apply the same entries in the same order, none left out, none twice (Raft paper, figure 3). */
export class StateMachineSafety implements Judge {
  readonly property = 'state machine safety';

  hear({ witness, evidence, claims }: Hearing): void {
    const { id, turn } = witness;
    for (const entry of claims) this.#compare(`${id} commits`, entry, evidence.committedAt(entry.index)?.entry);
    let last: number = witness.appliedIndex;
    for (const mark of turn.restarts) {
      const committed = evidence.committedAt(mark.index)?.entry;
      if (mark.index <= last)
        throw new Violation(this.property, `${id} applied up to ${last} and restarts after ${mark.index}`);
      if (committed === undefined || committed.term !== mark.term)
        throw new Violation(
          this.property,
          `${id} restarts after ${mark.index} of term ${mark.term}, committed is ${committed?.term}`,
        );
      last = mark.index;
    }
    for (const entry of turn.applied) {
      if (entry.index !== last + 1) throw new Violation(this.property, `${id} applies ${entry.index} after ${last}`);
      this.#compare(`${id} applies`, entry, evidence.committedAt(entry.index)?.entry);
      last = entry.index;
    }
  }

  #compare(what: string, entry: Parameters<typeof isSameEntry>[0], committed: Parameters<typeof isSameEntry>[1]): void {
    if (isSameEntry(entry, committed)) return;
    const known = committed === undefined ? 'nothing there' : `term ${committed.term} there`;
    throw new Violation(this.property, `${what} entry ${entry.index} of term ${entry.term}, but ${known} is committed`);
  }
}

import { Violation } from '../evidence.ts';
import type { Hearing, Judge } from '../evidence.ts';

/**
 * No node gives up what it knows to be committed, and a snapshot never takes its commit index back. Nor, in the term in which an entry was
 * committed or a later one, does it give up that entry. In an earlier term it may: a leader of that term, whom nobody follows any more,
 * can still replace what was not committed then, on a node that the commit did not need.
 */
export class CommittedStays implements Judge {
  readonly property = 'committed stays committed';

  hear({ witness, evidence }: Hearing): void {
    const { id, turn, before, log, status } = witness;
    const commitBefore = turn.recovered === null && before !== null ? before.commitIndex : 0;
    for (const { truncateFrom, reset } of turn.writes) {
      if (truncateFrom !== null && truncateFrom <= commitBefore)
        throw new Violation(this.property, `${id} drops ${truncateFrom} and on, but committed ${commitBefore}`);
      if (reset !== null && reset.index < commitBefore)
        throw new Violation(this.property, `${id} goes back to ${reset.index}, but committed ${commitBefore}`);
    }
    if (turn.writes.every((write) => write.truncateFrom === null)) return;
    // What was there before the truncation is on the way to the disk or on it.
    for (const { truncateFrom } of turn.writes) {
      if (truncateFrom === null) continue;
      const committed = evidence.committedAt(truncateFrom);
      if (committed === undefined || status === null || status.term < committed.inTerm) continue;
      const { term } = committed.entry;
      if (this.#heldBefore(witness, truncateFrom) === term && log.termAt(truncateFrom) !== term)
        throw new Violation(
          this.property,
          `${id} drops entry ${truncateFrom} of term ${term} in term ${status.term}, committed in term ${committed.inTerm}`,
        );
    }
  }

  /** The term at an index as of the writes before this turn's. */
  #heldBefore(witness: Hearing['witness'], index: number): number | undefined {
    let held = witness.durable.termAt(index);
    const { turn, unacknowledged } = witness;
    for (const write of unacknowledged) {
      if (turn.writes.includes(write)) break;
      if (write.truncateFrom !== null && write.truncateFrom <= index) held = undefined;
      if (write.reset !== null) held = undefined;
      held = write.entries.find((entry) => entry.index === index)?.term ?? held;
    }
    return held;
  }
}

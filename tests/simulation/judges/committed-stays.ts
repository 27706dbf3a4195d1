import { Violation } from '../evidence.ts';
import type { Hearing, Judge } from '../evidence.ts';

/** No node gives up an entry that was committed, whether it knew so or not; and a snapshot never takes its commit index back. */
export class CommittedStays implements Judge {
  readonly property = 'committed stays committed';

  hear({ witness, evidence }: Hearing): void {
    const { id, turn, before, log } = witness;
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
      const committed = evidence.committedAt(truncateFrom)?.entry;
      const wasHeld = this.#heldBefore(witness, truncateFrom);
      if (committed !== undefined && wasHeld === committed.term && log.termAt(truncateFrom) !== committed.term)
        throw new Violation(
          this.property,
          `${id} drops entry ${truncateFrom} of term ${committed.term}, which was committed`,
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

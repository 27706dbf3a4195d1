import { Violation } from '#tests/simulation/evidence.ts';
import type { NodeId, Term } from '#server/graph/identifiers.ts';
import type { ClusterHearing, ClusterJudge } from './cluster-hearing.ts';

/**
 * One node writes in an epoch; after a newer epoch has claimed the database no older one writes; and a transaction begins where the last
 * ended. So the session of a deposed leader that is still alive changes nothing.
 */
export class OneWriterAnEpoch implements ClusterJudge {
  readonly property = 'one writer an epoch';
  readonly #writers = new Map<Term, NodeId>();
  #epoch = 0;

  hear({ database, databaseWrites }: ClusterHearing): void {
    for (const { by, epoch } of databaseWrites) {
      const writer = this.#writers.get(epoch) ?? by;
      this.#writers.set(epoch, writer);
      if (writer !== by) throw new Violation(this.property, `${by} writes in epoch ${epoch}, which is of ${writer}`);
      if (epoch < this.#epoch)
        throw new Violation(
          this.property,
          `${by} writes in epoch ${epoch}, and ${this.#epoch} has claimed the database`,
        );
    }
    // A database that went back to an old backup forgets newer claims: it belongs to whoever it says.
    this.#epoch = database.mark?.epoch ?? 0;
    for (const { by, after, entries } of databaseWrites) {
      entries.forEach(({ index }, place) => {
        if (index !== after + 1 + place)
          throw new Violation(this.property, `${by} writes entry ${index} at the place of ${after + 1 + place}`);
      });
    }
  }
}

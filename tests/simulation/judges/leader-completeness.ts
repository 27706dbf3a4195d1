import { Violation } from '../evidence.ts';
import type { CommittedEntry, Hearing, Judge } from '../evidence.ts';
import type { Witness } from '../witness.ts';

/** Whoever leads a later term than one in which an entry was committed holds that entry (Raft paper 5.4). */
export class LeaderCompleteness implements Judge {
  readonly property = 'leader completeness';

  hear({ witness, everyone, evidence, claims }: Hearing): void {
    const { status, before } = witness;
    const isNewLeader = status?.role === 'leader' && (before?.role !== 'leader' || before.term !== status.term);
    if (isNewLeader)
      for (let index = evidence.committedIndex; index > 0; index--) {
        const committed = evidence.committedAt(index);
        if (committed === undefined || index <= witness.log.mark.index) break;
        this.#check(witness, committed);
      }
    for (const claim of claims) {
      const committed = evidence.committedAt(claim.index);
      if (committed !== undefined) for (const other of everyone) this.#check(other, committed);
    }
  }

  #check(leader: Witness, committed: CommittedEntry): void {
    if (leader.status?.role !== 'leader' || leader.status.term <= committed.inTerm) return;
    const { index, term } = committed.entry;
    if (index <= leader.log.mark.index || leader.log.termAt(index) === term) return;
    throw new Violation(
      this.property,
      `${leader.id} leads term ${leader.status.term} without entry ${index} of term ${term}, committed in term ${committed.inTerm}`,
    );
  }
}

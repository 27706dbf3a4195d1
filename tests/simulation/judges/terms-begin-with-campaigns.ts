import { Violation } from '../evidence.ts';
import type { Hearing, Judge } from '../evidence.ts';

/** Nobody is in a term that no node ever campaigned in: a pre-vote only asks, and raises nobody's term (thesis 9.6). */
export class TermsBeginWithCampaigns implements Judge {
  readonly property = 'a term begins with a campaign';
  readonly #campaigned = new Set<number>([0]);

  hear({ witness }: Hearing): void {
    const { id, status, before, turn } = witness;
    if (status === null || status.term === before?.term) return;
    // Whoever campaigns votes for itself first; a vote for itself in an older term than this one says nothing of this one.
    if (status.votedFor === id && turn.recovered === null) this.#campaigned.add(status.term);
    if (!this.#campaigned.has(status.term))
      throw new Violation(this.property, `${id} is in term ${status.term}, in which nobody campaigned`);
  }
}

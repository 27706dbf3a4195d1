import { Violation } from '#tests/simulation/evidence.ts';
import type { NodeId, Term } from '#server/graph/identifiers.ts';
import type { ClusterHearing, ClusterJudge } from './cluster-hearing.ts';

/**
 * The database is claimed under a term by the node that leads it, and by no other: else its leader is locked out for as long as it leads.
 * Who led a term is told by what was committed of it.
 */
export class OwnerLeads implements ClusterJudge {
  readonly property = 'the owner of the database leads';
  readonly #leaders = new Map<Term, NodeId>();

  hear({ committed, database: { mark } }: ClusterHearing): void {
    for (const { term, payload } of committed) if (payload !== null) this.#leaders.set(term, payload.leader);
    if (mark === null || mark.owner === null) return;
    const leader = this.#leaders.get(mark.epoch);
    if (leader !== undefined && leader !== mark.owner)
      throw new Violation(this.property, `${mark.owner} has claimed epoch ${mark.epoch}, a term of ${leader}`);
  }
}

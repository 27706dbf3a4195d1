import type { PeerProgress, RaftStatus } from '#consensus/core/types.ts';
import type { NodeId } from '#server/graph/identifiers.ts';

/** Whoever could take over from this leader: the other voters that it hears, who holds most of the log first. */
export function successors({ configuration, id: self, progress }: RaftStatus): readonly PeerProgress[] {
  return progress
    .filter(({ id, active }) => id !== self && active && configuration.voters.includes(id))
    .toSorted((left, right) => right.matchIndex - left.matchIndex);
}

/** Who would take over soonest. Null when there is none. */
export function bestSuccessor(status: RaftStatus): NodeId | null {
  return status.role === 'leader' ? (successors(status)[0]?.id ?? null) : null;
}

import type { RaftStatus } from '#consensus/core/types.ts';
import type { NodeId } from '#server/graph/identifiers.ts';

/** Who would take over soonest: the voter that is heard and holds most of the log. Null when there is none. */
export function bestSuccessor({ configuration, id: self, progress, role }: RaftStatus): NodeId | null {
  if (role !== 'leader') return null;
  const [next] = progress
    .filter(({ id, active }) => id !== self && active && configuration.voters.includes(id))
    .sort((left, right) => right.matchIndex - left.matchIndex);
  return next?.id ?? null;
}

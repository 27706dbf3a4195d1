import type { Progress } from './progress.ts';
import type { RaftState } from './raft-state.ts';

/** On a leader: the other voters that it hears, who has most of the log first. */
export function successors(raft: RaftState): readonly Progress[] {
  return raft.configuration.voters
    .map((id) => raft.progress.get(id))
    .filter((peer) => peer !== undefined)
    .filter((peer) => raft.isActive(peer))
    .toSorted((a, b) => b.matchIndex - a.matchIndex);
}

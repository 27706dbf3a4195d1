import { hearsLeader } from './elections.ts';
import type { RaftState } from './raft-state.ts';
import type { PeerProgress, RaftStatus } from './types.ts';

export function statusOf(raft: RaftState): RaftStatus {
  const { id, role, term, votedFor, leader, commitIndex, configuration, log } = raft;
  const ticksSinceLeader = raft.isLeader ? 0 : raft.nowTick - raft.leaderHeardTick;
  const progress: PeerProgress[] = [];
  for (const peer of raft.progress.values()) {
    if (peer.leftAtIndex !== null) continue;
    const { matchIndex, nextIndex, state } = peer;
    progress.push({ id: peer.id, matchIndex, nextIndex, state, active: raft.isActive(peer) });
  }
  return {
    id,
    role,
    term,
    votedFor,
    leader,
    firstIndex: log.firstIndex,
    lastIndex: log.lastIndex,
    commitIndex,
    ticksSinceLeader,
    ownTermCommitted: raft.isOwnTermCommitted,
    hasQuorum: raft.isLeader ? raft.hearsQuorum() : hearsLeader(raft),
    transferringTo: raft.transfer?.to ?? null,
    configuration,
    ...(raft.lost === null ? {} : { lost: raft.lost }),
    progress,
  };
}

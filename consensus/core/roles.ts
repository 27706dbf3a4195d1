import { impossible } from './assert.ts';
import { entryBytes } from './log.ts';
import { plus } from './log-index.ts';
import type { RaftState } from './raft-state.ts';
import { failReads } from './reads.ts';
import type { NodeId, Term } from './types.ts';

/** Falls back to following: in a new term, behind a leader of this one, or because a campaign or a quorum was lost. */
export function becomeFollower(raft: RaftState, term: Term, leader: NodeId | null): void {
  if (term < raft.term) impossible(`term ${raft.term} would fall to ${term}`);
  if (term > raft.term) raft.advanceTerm(term);
  leaveOffice(raft);
  raft.settleRole();
  raft.leader = leader;
  raft.resetElectionTimer();
}

/** Asks whether a campaign would be won, without raising the term (thesis 9.6). */
export function becomePreCandidate(raft: RaftState): void {
  leaveOffice(raft);
  raft.role = 'pre-candidate';
  raft.leader = null;
  raft.resetElectionTimer();
}

/** Its own vote counts only once it is on disk, see `countOwnVote`. */
export function becomeCandidate(raft: RaftState): void {
  leaveOffice(raft);
  raft.advanceTerm((raft.term + 1) as Term);
  raft.vote(raft.id);
  raft.role = 'candidate';
  raft.leader = null;
  raft.resetElectionTimer();
}

export function becomeLeader(raft: RaftState): void {
  // What a leader sends leaves at once, so its term must be on disk before.
  if (!raft.write.isHardStateDurable) impossible(`leads term ${raft.term}, which is not on disk`);
  leaveOffice(raft);
  raft.role = 'leader';
  raft.leader = raft.id;
  raft.heartbeatAtTick = raft.nowTick + raft.options.heartbeatTicks;
  const { voters, learners } = raft.configuration;
  for (const id of [...voters, ...learners]) if (id !== raft.id) raft.progress.set(id, raft.newProgress(id));
  raft.uncommittedBytes = 0;
  for (let index = plus(raft.commitIndex, 1); index <= raft.log.lastIndex; index = plus(index, 1)) {
    const entry = raft.log.at(index) ?? impossible(`uncommitted entry ${index} is not held`);
    raft.uncommittedBytes += entryBytes(entry);
  }
  // An entry of its own term is what lets it find out what is committed (Raft paper 8, 5.4.2).
  raft.termStartIndex = raft.appendOwn('leader-start', new Uint8Array(0)).index;
}

function leaveOffice(raft: RaftState): void {
  failReads(raft);
  raft.votes.clear();
  raft.progress.clear();
  raft.transfer = null;
  raft.leaveByTick = null;
  raft.isReplicationDue = false;
}

import { impossible } from './assert.ts';
import { isVoter } from './configuration.ts';
import type { RaftState } from './raft-state.ts';
import type { LogIndex, NodeId, Role, Term } from './types.ts';

/** What `assertInvariants` compares, copied field by field so that a check allocates nothing. */
export interface Checkpoint {
  term: Term;
  votedFor: NodeId | null;
  role: Role;
  leader: NodeId | null;
  markIndex: LogIndex;
  lastIndex: LogIndex;
  lastTerm: Term;
  commitIndex: LogIndex;
  appliedIndex: LogIndex;
  durableIndex: LogIndex;
  acknowledgedSequence: number;
}

export function checkpointOf(raft: RaftState): Checkpoint {
  const { term, votedFor, role, leader, commitIndex, appliedIndex, log, durability } = raft;
  const { lastIndex, lastTerm } = log;
  const { durableIndex, acknowledgedSequence } = durability;
  const markIndex = log.mark.index;
  return {
    term,
    votedFor,
    role,
    leader,
    markIndex,
    lastIndex,
    lastTerm,
    commitIndex,
    appliedIndex,
    durableIndex,
    acknowledgedSequence,
  };
}

export function copyCheckpoint(raft: RaftState, into: Checkpoint): void {
  into.term = raft.term;
  into.votedFor = raft.votedFor;
  into.role = raft.role;
  into.leader = raft.leader;
  into.markIndex = raft.log.mark.index;
  into.lastIndex = raft.log.lastIndex;
  into.lastTerm = raft.log.lastTerm;
  into.commitIndex = raft.commitIndex;
  into.appliedIndex = raft.appliedIndex;
  into.durableIndex = raft.durability.durableIndex;
  into.acknowledgedSequence = raft.durability.acknowledgedSequence;
}

/** After every call, in production too: what no sequence of messages may bring about. */
export function assertInvariants(before: Checkpoint, after: Checkpoint): void {
  const changed = (what: string): never =>
    impossible(`${what}: ${JSON.stringify(before)} became ${JSON.stringify(after)}`);
  // What never goes back.
  if (after.term < before.term) changed('the term fell');
  if (after.term === before.term && before.votedFor !== null && after.votedFor !== before.votedFor)
    changed('a second vote');
  if (after.commitIndex < before.commitIndex) changed('the commit index fell');
  if (after.appliedIndex < before.appliedIndex) changed('the applied index fell');
  if (after.markIndex < before.markIndex) changed('the mark fell');
  if (after.acknowledgedSequence < before.acknowledgedSequence) changed('an acknowledgement was taken back');
  // What is ordered at any time.
  if (after.markIndex > after.appliedIndex) changed('compacted beyond the applied index');
  if (after.appliedIndex > after.commitIndex) changed('applied beyond the commit index');
  if (after.commitIndex > after.lastIndex) changed('committed beyond the log');
  if (after.durableIndex > after.lastIndex) changed('durable beyond the log');
  if (after.lastTerm > after.term) changed('an entry of a later term');
  // What a role means.
  if (
    after.role === 'leader' &&
    after.term === before.term &&
    before.role === 'leader' &&
    after.lastIndex < before.lastIndex
  ) {
    changed('a leader cut its log');
  }
  if (after.role === 'leader' && before.role !== 'leader' && before.role !== 'candidate')
    changed('leader without an election');
  if (after.role === 'leader' && after.leader !== null && after.votedFor === null)
    changed('a leader without its own vote');
  if ((after.role === 'pre-candidate' || after.role === 'candidate') && after.leader !== null)
    changed('a campaign against a leader');
}

/** The rest of it: what ties the parts of one state together. Cheap enough for every call. */
export function assertConsistent(raft: RaftState): void {
  const mayVote = isVoter(raft.configuration, raft.id);
  if (raft.role === 'learner' && mayVote) impossible('a learner that is a voter');
  if (raft.role === 'follower' && !mayVote) impossible('a follower that is no voter');
  if ((raft.role === 'leader') !== (raft.leader === raft.id)) impossible(`${raft.role} with leader ${raft.leader}`);
  if (raft.role === 'candidate' && raft.votedFor !== raft.id) impossible(`candidate that voted for ${raft.votedFor}`);
  if (raft.isLeader && raft.votedFor !== raft.id) impossible(`leader that voted for ${raft.votedFor}`);
  if (!raft.isLeader && (raft.progress.size > 0 || raft.transfer !== null))
    impossible(`${raft.role} with a leader's notes`);
  const isRunning = raft.isLeader || raft.role === 'candidate' || raft.role === 'pre-candidate';
  if (raft.lost !== null && isRunning) impossible(`${raft.role} with a log that lost entries up to ${raft.lost.index}`);
  if (raft.isLeader && raft.uncommittedBytes < 0) impossible(`uncommitted bytes fell to ${raft.uncommittedBytes}`);
}

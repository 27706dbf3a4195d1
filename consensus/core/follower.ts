import { impossible } from './assert.ts';
import { commitAsTold } from './commit.ts';
import { greater, lesser, plus } from './log-index.ts';
import { configurationChanged } from './membership.ts';
import type { RaftState } from './raft-state.ts';
import { endRepair, noteForgottenCommit, remember } from './repair.ts';
import { becomeFollower } from './roles.ts';
import type { LogIndex, Message, NodeId } from './types.ts';

/** The follower's side of replication: figure 2 of the Raft paper, "Receiver implementation", and snapshots. */

type AppendRequest = Extract<Message, { readonly kind: 'append-request' }>;
type HeartbeatRequest = Extract<Message, { readonly kind: 'heartbeat-request' }>;
type Reminder = Extract<Message, { readonly kind: 'reminder' }>;
type SnapshotRequest = Extract<Message, { readonly kind: 'snapshot-request' }>;

/** Whoever sends these in our term leads it (Raft paper 5.2). */
function hearLeader(raft: RaftState, leader: NodeId): void {
  if (raft.isLeader) impossible(`${leader} leads term ${raft.term} beside this node`);
  if (raft.leader !== null && raft.leader !== leader)
    impossible(`${leader} leads term ${raft.term} beside ${raft.leader}`);
  if (raft.role === 'follower' || raft.role === 'learner') raft.leader = leader;
  else becomeFollower(raft, raft.term, leader);
  raft.leaderHeardTick = raft.nowTick;
  raft.resetElectionTimer();
}

export function onAppendRequest(raft: RaftState, message: AppendRequest): void {
  hearLeader(raft, message.from);
  const { previousIndex, previousTerm, entries } = message;
  // What is committed here is equal at every leader, so it needs no comparison, even where it is compacted away.
  const isEqualBefore = previousIndex <= raft.commitIndex || raft.log.termAt(previousIndex) === previousTerm;
  if (!isEqualBefore) {
    refuse(raft, message);
    return;
  }
  appendMissing(raft, message);
  const provedIndex = plus(previousIndex, entries.length);
  commitAsTold(raft, message.commit, provedIndex);
  endRepair(raft, provedIndex);
  raft.sendAfterPersist.push({
    kind: 'append-response',
    from: raft.id,
    to: message.from,
    term: raft.term,
    success: true,
    index: greater(provedIndex, raft.commitIndex),
    hintIndex: previousIndex,
    hintTerm: previousTerm,
  });
}

/** Leaves alone what is there already: an old message may be a prefix of what a newer one has brought (Raft paper 5.3). */
function appendMissing(raft: RaftState, message: AppendRequest): void {
  const { entries } = message;
  let place = 0;
  for (; place < entries.length; place++) {
    const entry = entries[place];
    if (entry === undefined || entry.index > raft.log.lastIndex) break;
    if (entry.index > raft.commitIndex && raft.log.termAt(entry.index) !== entry.term) {
      truncate(raft, entry.index);
      break;
    }
  }
  let hasConfiguration = false;
  for (; place < entries.length; place++) {
    const entry = entries[place];
    if (entry === undefined) break;
    raft.log.append(entry);
    if (entry.kind === 'configuration') hasConfiguration = true;
  }
  if (hasConfiguration) configurationChanged(raft);
}

function truncate(raft: RaftState, from: LogIndex): void {
  if (from <= raft.commitIndex) impossible(`truncation from ${from}, but ${raft.commitIndex} is committed`);
  raft.log.truncateFrom(from);
  raft.write.truncated(from);
  configurationChanged(raft);
}

/** The hint is where the logs may agree at most: skips all of a term that the leader cannot have there. */
function refuse(raft: RaftState, message: AppendRequest): void {
  const hintIndex = raft.log.lastAtMostTerm(lesser(message.previousIndex, raft.log.lastIndex), message.previousTerm);
  const hintTerm = raft.log.termAt(hintIndex) ?? impossible(`no term for the hint ${hintIndex}`);
  raft.reply({
    kind: 'append-response',
    from: raft.id,
    to: message.from,
    term: raft.term,
    success: false,
    index: message.previousIndex,
    hintIndex,
    hintTerm,
    ...(raft.lost === null ? {} : { lost: raft.lost }),
  });
}

/** See `repair.ts`. */
export function onReminder(raft: RaftState, message: Reminder): void {
  hearLeader(raft, message.from);
  remember(raft, message);
}

/** Not held back by the disk: it shows that this node follows, and nothing of what it holds. */
export function onHeartbeatRequest(raft: RaftState, message: HeartbeatRequest): void {
  hearLeader(raft, message.from);
  // The leader sends no more than this node has acknowledged to it in this term, so it is proved equal; unless that was lost.
  if (message.commit > raft.log.lastIndex) noteForgottenCommit(raft, message.commit);
  if (raft.lost === null) commitAsTold(raft, message.commit, message.commit);
  const { readNumber } = message;
  const { lastIndex } = raft.log;
  const answer = { from: raft.id, to: message.from, term: raft.term, readNumber, lastIndex } as const;
  raft.reply({ kind: 'heartbeat-response', ...answer, ...(raft.lost === null ? {} : { lost: true }) });
}

export function onSnapshotRequest(raft: RaftState, message: SnapshotRequest): void {
  hearLeader(raft, message.from);
  const { mark } = message;
  if (mark.index > raft.commitIndex) {
    if (raft.log.termAt(mark.index) === mark.term) commitAsTold(raft, mark.index, mark.index);
    else restartFrom(raft, message);
  }
  const index = raft.commitIndex;
  endRepair(raft, index);
  raft.sendAfterPersist.push({ kind: 'snapshot-response', from: raft.id, to: message.from, term: raft.term, index });
}

function restartFrom(raft: RaftState, message: SnapshotRequest): void {
  const { mark } = message;
  raft.log.resetTo(mark);
  raft.write.replaced(mark);
  raft.commitIndex = mark.index;
  raft.appliedIndex = mark.index;
  raft.restart = mark;
  configurationChanged(raft);
}

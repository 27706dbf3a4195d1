import { isVoter } from './configuration.ts';
import { campaign, mayCampaign } from './elections.ts';
import type { Progress } from './progress.ts';
import type { RaftState } from './raft-state.ts';
import { becomeFollower } from './roles.ts';
import { successors } from './successors.ts';
import type { Message, NodeId } from './types.ts';

/**
 * Leadership transfer (thesis 3.10): proposals stop, the target is brought up to date and told to campaign at once. If it does
 * not lead within an election timeout, the leader goes on as before. A second request replaces the first.
 */
export function beginTransfer(raft: RaftState, to: NodeId): boolean {
  if (!raft.isLeader || to === raft.id || !isVoter(raft.configuration, to)) return false;
  if (raft.transfer?.to === to) return true;
  raft.transfer = { to, abortAtTick: raft.nowTick + raft.options.electionTimeoutTicks };
  const target = raft.progress.get(to);
  if (target !== undefined) continueTransfer(raft, target);
  return true;
}

/** With the last entry on its disk the target wins against any log, since nothing is appended meanwhile. */
export function continueTransfer(raft: RaftState, peer: Progress): void {
  if (raft.transfer?.to === peer.id && peer.matchIndex === raft.log.lastIndex) tellToCampaign(raft, peer);
}

export function abortOverdueTransfer(raft: RaftState): void {
  if (raft.transfer !== null && raft.nowTick >= raft.transfer.abortAtTick) raft.transfer = null;
}

/**
 * A leader that is no voter any more leads until that is committed, without counting itself (thesis 4.2.2). Then the voter that
 * has most is told to campaign, so that the cluster need not sleep out a timeout. What the leader took behind its removal would
 * be lost with it: so it takes no more and waits, as a transfer does, for a voter to have everything.
 */
export function leaveIfRemoved(raft: RaftState): void {
  if (isVoter(raft.configuration, raft.id) || raft.commitIndex < raft.log.configurationIndex) return;
  raft.leaveByTick ??= raft.nowTick + raft.options.electionTimeoutTicks;
  const [successor] = successors(raft);
  const isComplete = successor !== undefined && successor.matchIndex === raft.log.lastIndex;
  if (!isComplete && raft.nowTick < raft.leaveByTick) return;
  if (successor !== undefined) tellToCampaign(raft, successor);
  becomeFollower(raft, raft.term, null);
}

/** The target's side: campaign at once, without a pre-vote, and past all who still hear the leader. */
export function onTimeoutNow(raft: RaftState, message: Extract<Message, { readonly kind: 'timeout-now' }>): void {
  const isLeaders = raft.leader === null || raft.leader === message.from;
  if (isLeaders && !raft.isLeader && mayCampaign(raft)) campaign(raft, { transfer: true });
}

function tellToCampaign(raft: RaftState, peer: Progress): void {
  raft.sendNow.push({ kind: 'timeout-now', from: raft.id, to: peer.id, term: raft.term });
}

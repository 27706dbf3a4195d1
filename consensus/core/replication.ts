import { impossible } from './assert.ts';
import { commitByCounting } from './commit.ts';
import { broadcastHeartbeat } from './heartbeat.ts';
import { successorForDisk } from './hung-disk.ts';
import { entryBytes } from './log.ts';
import { lesser, plus } from './log-index.ts';
import { isAtLeast } from './log-place.ts';
import { forgetThoseWhoLeft } from './membership.ts';
import type { Progress } from './progress.ts';
import type { RaftState } from './raft-state.ts';
import { confirmReads } from './reads.ts';
import { becomeFollower } from './roles.ts';
import { abortOverdueTransfer, beginTransfer, continueTransfer } from './transfer.ts';
import type { Entry, LogIndex, LogPlace, Message, Term } from './types.ts';

/** The leader's side of replication (Raft paper 5.3), pipelined as in the thesis 10.2.1: it sends while its own disk writes. */

type AppendResponse = Extract<Message, { readonly kind: 'append-response' }>;
type HeartbeatResponse = Extract<Message, { readonly kind: 'heartbeat-response' }>;
type SnapshotResponse = Extract<Message, { readonly kind: 'snapshot-response' }>;

export function tickLeader(raft: RaftState): void {
  if (raft.checkQuorum && !raft.hearsQuorum()) {
    // Others may have elected another one; whoever asks here should look elsewhere (thesis 6.2).
    becomeFollower(raft, raft.term, null);
    return;
  }
  abortOverdueTransfer(raft);
  const successor = successorForDisk(raft);
  if (successor !== null) beginTransfer(raft, successor);
  forgetThoseWhoLeft(raft);
  if (raft.nowTick < raft.heartbeatAtTick) return;
  if (raft.reads.wantsRound) raft.reads.newestNumber++;
  broadcastHeartbeat(raft);
}

/** At the end of a turn: whatever the peers lack and their windows allow, so that all of a turn's entries share a message. */
export function replicate(raft: RaftState): void {
  if (!raft.isReplicationDue) return;
  raft.isReplicationDue = false;
  for (const peer of raft.progress.values()) sendWhatFits(raft, peer);
}

function sendWhatFits(raft: RaftState, peer: Progress): void {
  if (peer.state !== 'replicate') {
    if (!peer.isWaiting) sendAppend(raft, peer);
    return;
  }
  const hadEntries = peer.nextIndex <= raft.log.lastIndex;
  while (peer.state === 'replicate' && peer.nextIndex <= raft.log.lastIndex && !peer.inFlight.isFull)
    sendAppend(raft, peer);
  // News of a commit do not wait for the next heartbeat.
  if (!hadEntries && peer.state === 'replicate' && peer.commitSent < raft.commitIndex) sendEmptyAppend(raft, peer);
}

/** One message with what fits into it; or the snapshot, where the log no longer reaches back to what the peer needs. */
function sendAppend(raft: RaftState, peer: Progress): void {
  const previousIndex = plus(peer.nextIndex, -1);
  const previousTerm = raft.log.termAt(previousIndex);
  if (previousTerm === null) {
    sendSnapshot(raft, peer);
    return;
  }
  if (peer.state === 'snapshot') impossible(`append to ${peer.id}, which waits for a snapshot`);
  const lastIndex = lastThatFits(raft, peer.nextIndex);
  const entries = lastIndex < peer.nextIndex ? [] : raft.log.between(peer.nextIndex, lastIndex);
  const { commitIndex: commit, id: from, term } = raft;
  raft.sendNow.push({ kind: 'append-request', from, to: peer.id, term, previousIndex, previousTerm, entries, commit });
  peer.commitSent = commit;
  peer.sent(lastIndex, sizeOf(entries));
}

/** Tells of a commit, or asks whether everything has arrived; takes no place in the window. */
function sendEmptyAppend(raft: RaftState, peer: Progress): void {
  const previousIndex = plus(peer.nextIndex, -1);
  const previousTerm = raft.log.termAt(previousIndex);
  if (previousTerm === null) {
    sendSnapshot(raft, peer);
    return;
  }
  const { commitIndex: commit, id: from, term } = raft;
  raft.sendNow.push({
    kind: 'append-request',
    from,
    to: peer.id,
    term,
    previousIndex,
    previousTerm,
    entries: [],
    commit,
  });
  peer.commitSent = commit;
}

function sendSnapshot(raft: RaftState, peer: Progress): void {
  if (peer.state !== 'snapshot') peer.needSnapshot();
  raft.sendNow.push({ kind: 'snapshot-request', from: raft.id, to: peer.id, term: raft.term, mark: raft.log.mark });
  peer.isWaiting = true;
}

function lastThatFits(raft: RaftState, from: LogIndex): LogIndex {
  let bytes = 0;
  let index = from;
  for (; index <= raft.log.lastIndex; index = plus(index, 1)) {
    const entry = raft.log.at(index) ?? impossible(`entry ${index} to send is not held`);
    bytes += entryBytes(entry);
    if (index > from && bytes > raft.options.entriesBytesPerMessageMax) break;
  }
  return plus(index, -1);
}

function sizeOf(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entryBytes(entry);
  return bytes;
}

/** Any answer in the leader's own term shows that the peer follows it. */
export function onPeerResponse(
  raft: RaftState,
  peer: Progress,
  message: AppendResponse | HeartbeatResponse | SnapshotResponse,
): void {
  peer.lastHeardTick = raft.nowTick;
  raft.isReplicationDue = true;
  if (message.kind === 'append-response') onAppendResponse(raft, peer, message);
  else if (message.kind === 'heartbeat-response') onHeartbeatResponse(raft, peer, message);
  else onHeld(raft, peer, message.index);
  continueTransfer(raft, peer);
}

function onAppendResponse(raft: RaftState, peer: Progress, message: AppendResponse): void {
  if (message.success) {
    onHeld(raft, peer, message.index);
    return;
  }
  const mayAgreeAt = raft.log.lastAtMostTerm(lesser(message.hintIndex, raft.log.lastIndex), message.hintTerm);
  if (message.index > peer.matchIndex) peer.refuse(message.index, mayAgreeAt);
  else if (message.lost !== undefined && covers(raft, peer, message.lost)) peer.forget(mayAgreeAt);
  else sendReminder(raft, peer);
}

/** Whether a node that repairs its log up to `lost` will hold again what it acknowledged to this leader, see `repair.ts`. */
function covers(raft: RaftState, peer: Progress, lost: LogPlace): boolean {
  return isAtLeast(lost, { index: peer.matchIndex, term: termOfMatch(raft, peer) });
}

/** It refuses what it acknowledged: a late answer, or its log was replaced by an older one and it does not know. */
function sendReminder(raft: RaftState, peer: Progress): void {
  const { id: from, term } = raft;
  const entryTerm = termOfMatch(raft, peer);
  raft.sendNow.push({ kind: 'reminder', from, to: peer.id, term, index: peer.matchIndex, entryTerm });
}

/** Of a compacted entry only a bound is known. */
function termOfMatch({ log }: RaftState, { matchIndex }: Progress): Term {
  return log.termAt(matchIndex) ?? log.mark.term;
}

/** The peer's disk holds the leader's log up to `index`. */
function onHeld(raft: RaftState, peer: Progress, index: LogIndex): void {
  if (index > raft.log.lastIndex) impossible(`${peer.id} holds ${index}, beyond the leader's log`);
  peer.acknowledge(index);
  commitByCounting(raft);
}

/** A sign of life: what waited may be asked again, and what was under way for a whole heartbeat is asked after. */
function onHeartbeatResponse(raft: RaftState, peer: Progress, message: HeartbeatResponse): void {
  peer.readConfirmed = Math.max(peer.readConfirmed, message.readNumber);
  confirmReads(raft);
  if (peer.state !== 'replicate') {
    peer.isWaiting = false;
  } else if (message.lost === true || message.lastIndex < peer.matchIndex) {
    // Idle as the leader may be, the peer lacks what it acknowledged: it says so when it is asked.
    sendEmptyAppend(raft, peer);
  } else if (!peer.inFlight.isEmpty) {
    if (peer.isStalled) sendEmptyAppend(raft, peer);
    peer.isStalled = true;
  }
}

import { broadcastHeartbeat } from './heartbeat.ts';
import type { RaftState } from './raft-state.ts';
import type { AskedRead } from './reads-state.ts';
import type { LogIndex, Message } from './types.ts';

/**
 * Reads of the newest state without a log entry (thesis 6.4): the leader notes its commit index, numbers the read itself, has a
 * majority confirm with a heartbeat that carries that number that no other leader was elected before, and answers.
 *
 * One round is under way at a time; the reads that come meanwhile share the next one, so any number of them costs two rounds.
 */
const readsWaitingMax = 16_384;

type ReadIndexRequest = Extract<Message, { readonly kind: 'read-index-request' }>;
type ReadIndexResponse = Extract<Message, { readonly kind: 'read-index-response' }>;

/** A read of this node's own caller. */
export function askReadIndex(raft: RaftState, request: number): void {
  const { reads, leader } = raft;
  const read: AskedRead = { from: raft.id, request };
  if (raft.isLeader) {
    acceptRead(raft, read);
    return;
  }
  if (leader === null || reads.waitingCount >= readsWaitingMax) {
    answer(raft, read, null);
    return;
  }
  const number = ++reads.forwardNumber;
  reads.forwarded.set(number, { request, expiresAtTick: raft.nowTick + raft.options.electionTimeoutTicks });
  raft.sendNow.push({ kind: 'read-index-request', from: raft.id, to: leader, term: raft.term, request: number });
}

export function onReadIndexRequest(raft: RaftState, message: ReadIndexRequest): void {
  const read: AskedRead = { from: message.from, request: message.request };
  if (raft.isLeader) acceptRead(raft, read);
  else answer(raft, read, null);
}

export function onReadIndexResponse(raft: RaftState, message: ReadIndexResponse): void {
  const { reads } = raft;
  const forwarded = reads.forwarded.get(message.request);
  if (forwarded === undefined) return;
  reads.forwarded.delete(message.request);
  reads.ready.push({ request: forwarded.request, index: message.index });
}

function acceptRead(raft: RaftState, read: AskedRead): void {
  if (raft.reads.waitingCount >= readsWaitingMax) answer(raft, read, null);
  else if (!raft.isOwnTermCommitted) raft.reads.early.push(read);
  else numberRead(raft, read);
}

/** Before the first commit of its term a leader does not know what those before it have committed (Raft paper 8). */
function numberRead(raft: RaftState, read: AskedRead): void {
  raft.reads.numbered.push({ ...read, number: raft.reads.newestNumber + 1, index: raft.commitIndex });
}

/** The leader has committed in its term. */
export function numberEarlyReads(raft: RaftState): void {
  for (const read of raft.reads.early) numberRead(raft, read);
  raft.reads.early = [];
}

/** At the end of a turn, so that all reads of the turn share a round. */
export function startReadRound(raft: RaftState): void {
  const { reads } = raft;
  if (!reads.wantsRound || reads.confirmedNumber < reads.newestNumber) return;
  reads.newestNumber++;
  broadcastHeartbeat(raft);
  confirmReads(raft);
}

/** A majority has answered heartbeats sent after these reads came in: counted as a commit index is. */
export function confirmReads(raft: RaftState): void {
  const { reads } = raft;
  const confirmed = raft.quorumReached(reads.newestNumber, (peer) => peer.readConfirmed);
  if (confirmed <= reads.confirmedNumber) return;
  reads.confirmedNumber = confirmed;
  const waiting = reads.numbered.findIndex((read) => read.number > confirmed);
  const answered = reads.numbered.splice(0, waiting === -1 ? reads.numbered.length : waiting);
  for (const read of answered) answer(raft, read, read.index);
}

/** A request or its answer may have been lost on the way. */
export function expireReads(raft: RaftState): void {
  const { reads } = raft;
  for (const [number, forwarded] of reads.forwarded) {
    if (forwarded.expiresAtTick > raft.nowTick) break;
    reads.forwarded.delete(number);
    reads.ready.push({ request: forwarded.request, index: null });
  }
}

/** Leadership changed: nothing that waits can be confirmed any more. */
export function failReads(raft: RaftState): void {
  const { reads } = raft;
  if (reads.waitingCount > 0) {
    for (const read of [...reads.early, ...reads.numbered]) answer(raft, read, null);
    for (const { request } of reads.forwarded.values()) reads.ready.push({ request, index: null });
    reads.early = [];
    reads.numbered = [];
    reads.forwarded.clear();
  }
  reads.newestNumber = 0;
  reads.confirmedNumber = 0;
}

function answer(raft: RaftState, read: AskedRead, index: LogIndex | null): void {
  const { from, request } = read;
  if (from === raft.id) raft.reads.ready.push({ request, index });
  else raft.reply({ kind: 'read-index-response', from: raft.id, to: from, term: raft.term, request, index });
}

import { impossible } from './assert.ts';
import { commitByCounting } from './commit.ts';
import * as elections from './elections.ts';
import * as follower from './follower.ts';
import { assertConsistent, assertInvariants, checkpointOf, copyCheckpoint } from './invariants.ts';
import type { Checkpoint } from './invariants.ts';
import { lesser, plus } from './log-index.ts';
import { configurationChanged, configurationRefusal } from './membership.ts';
import { assertOptions } from './options.ts';
import type { RaftOptions } from './options.ts';
import { RaftState } from './raft-state.ts';
import * as reads from './reads.ts';
import * as replication from './replication.ts';
import { becomeFollower } from './roles.ts';
import { statusOf } from './status.ts';
import { beginTransfer, leaveIfRemoved, onTimeoutNow } from './transfer.ts';
import type {
  Entry,
  LogIndex,
  Message,
  NodeId,
  Outbox,
  Proposal,
  ProposalRefusal,
  RaftCore,
  RaftStatus,
  Term,
} from './types.ts';

export type { RaftOptions } from './options.ts';

const none: readonly never[] = [];

/**
 * Raft as a pure state machine. It never calls out: each public method changes the state and leaves what is to be done for
 * `takeOutbox`. After each of them the invariants are checked; a broken one throws AssertionFailed, and the node must stop.
 */
export class Raft implements RaftCore {
  readonly #raft: RaftState;
  #before: Checkpoint;
  #after: Checkpoint;
  #status: RaftStatus | null = null;

  constructor(options: RaftOptions) {
    assertOptions(options);
    this.#raft = new RaftState(options);
    this.#before = checkpointOf(this.#raft);
    this.#after = checkpointOf(this.#raft);
    this.#settle();
  }

  step(message: Message): void {
    const raft = this.#raft;
    if (message.to !== raft.id || message.from === raft.id) return;
    if (message.term > raft.term) {
      const isHeld = isDisturbance(raft, message);
      if (isHeld) return;
      if (bringsTerm(message)) becomeFollower(raft, message.term, null);
      dispatch(raft, message);
    } else if (message.term < raft.term) {
      answerStale(raft, message);
    } else {
      dispatch(raft, message);
    }
    this.#settle();
  }

  tick(): void {
    const raft = this.#raft;
    raft.nowTick++;
    reads.expireReads(raft);
    if (raft.isLeader) replication.tickLeader(raft);
    else elections.tickElection(raft);
    this.#settle();
  }

  propose(
    proposal: Proposal,
  ): { readonly index: LogIndex; readonly term: Term } | { readonly refused: ProposalRefusal } {
    const refused = this.#refusal(proposal);
    if (refused !== null) return { refused };
    const { index, term } = this.#raft.appendOwn(proposal.kind, proposal.data);
    if (proposal.kind === 'configuration') configurationChanged(this.#raft);
    this.#settle();
    return { index, term };
  }

  readIndex(request: number): void {
    reads.askReadIndex(this.#raft, request);
    this.#settle();
  }

  transferLeadership(to: NodeId): boolean {
    const begun = beginTransfer(this.#raft, to);
    this.#settle();
    return begun;
  }

  peerClosed(id: NodeId): void {
    const raft = this.#raft;
    if (raft.isLeader) raft.progress.get(id)?.disconnect();
    else if (raft.leader === id) elections.onLeaderLost(raft);
    this.#settle();
  }

  /** What was not handed out for applying, or not to the disk, stays; so a caller may name an index that is ahead of it. */
  compact(upTo: LogIndex): void {
    const raft = this.#raft;
    const index = lesser(upTo, lesser(raft.appliedIndex, raft.write.submittedIndex));
    if (index > raft.log.mark.index) raft.write.compacted(raft.log.compactTo(index));
    this.#settle();
  }

  persisted(sequence: number): void {
    const raft = this.#raft;
    raft.durability.acknowledge(sequence);
    raft.diskHeardTick = raft.nowTick;
    if (raft.isLeader) commitByCounting(raft);
    else elections.countOwnVote(raft);
    this.#settle();
  }

  takeOutbox(): Outbox {
    const raft = this.#raft;
    if (raft.isLeader) {
      reads.startReadRound(raft);
      replication.replicate(raft);
      leaveIfRemoved(raft);
    }
    const { term, votedFor, lost, sendNow, sendAfterPersist, restart } = raft;
    if (raft.durability.isIdle) raft.diskHeardTick = raft.nowTick;
    const persist = raft.write.take({ term, votedFor, lost });
    const apply =
      raft.appliedIndex < raft.commitIndex ? raft.log.between(plus(raft.appliedIndex, 1), raft.commitIndex) : none;
    const readsReady = raft.reads.ready;
    raft.appliedIndex = raft.commitIndex;
    raft.restart = null;
    if (sendNow.length > 0) raft.sendNow = [];
    if (sendAfterPersist.length > 0) raft.sendAfterPersist = [];
    if (readsReady.length > 0) raft.reads.ready = [];
    this.#settle();
    return {
      persist,
      sendNow: sendNow.length > 0 ? sendNow : none,
      sendAfterPersist: sendAfterPersist.length > 0 ? sendAfterPersist : none,
      restart,
      apply,
      readsReady: readsReady.length > 0 ? readsReady : none,
    };
  }

  status(): RaftStatus {
    this.#status ??= statusOf(this.#raft);
    return this.#status;
  }

  entries(from: LogIndex, count: number): readonly Entry[] {
    const { log } = this.#raft;
    const first = from < log.firstIndex ? log.firstIndex : from;
    const last = lesser(log.lastIndex, plus(first, Math.floor(count) - 1));
    return last < first ? none : log.between(first, last);
  }

  #refusal(proposal: Proposal): ProposalRefusal | null {
    const raft = this.#raft;
    if (!raft.isLeader) return 'not-leader';
    if (raft.isTransferring) return 'transferring';
    // Two fast followers commit what a slow disk here has not written: what waits for the disk is bounded apart.
    const { uncommittedBytesMax } = raft.options;
    const isFull = raft.uncommittedBytes >= uncommittedBytesMax || raft.durability.bytesUnderWay >= uncommittedBytesMax;
    if (isFull) return 'tail-full';
    return proposal.kind === 'configuration' ? configurationRefusal(raft, proposal.data) : null;
  }

  #settle(): void {
    const raft = this.#raft;
    const after = this.#after;
    copyCheckpoint(raft, after);
    assertInvariants(this.#before, after);
    assertConsistent(raft);
    this.#after = this.#before;
    this.#before = after;
    this.#status = null;
  }
}

/** A vote request that would depose a leader that is heard: not even its term is taken over (thesis 4.2.3). */
function isDisturbance(raft: RaftState, message: Message): boolean {
  return message.kind === 'vote-request' && elections.ignoreDisturbance(raft, message);
}

/** The term of a pre-vote request, and of a grant to one, is only that of a campaign that may never be. */
function bringsTerm(message: Message): boolean {
  if (message.kind === 'pre-vote-request') return false;
  return !(message.kind === 'pre-vote-response' && message.granted);
}

/** From an older term: whoever asks is told of the newer one, so that it catches up; late answers count for nothing. */
function answerStale(raft: RaftState, message: Message): void {
  const { id: from, term } = raft;
  const to = message.from;
  switch (message.kind) {
    case 'pre-vote-request':
      raft.reply({ kind: 'pre-vote-response', from, to, term, granted: false });
      break;
    case 'vote-request':
      raft.reply({ kind: 'vote-response', from, to, term, granted: false });
      break;
    case 'append-request':
    case 'heartbeat-request':
    case 'snapshot-request': {
      const { lastIndex: hintIndex, lastTerm: hintTerm } = raft.log;
      raft.reply({ kind: 'append-response', from, to, term, success: false, index: hintIndex, hintIndex, hintTerm });
      break;
    }
    case 'read-index-request':
      raft.reply({ kind: 'read-index-response', from, to, term, request: message.request, index: null });
      break;
    case 'pre-vote-response':
      // A voter that is behind refuses in its own, older term.
      if (!message.granted) elections.onPreVoteResponse(raft, message);
      break;
    case 'vote-response':
    case 'append-response':
    case 'heartbeat-response':
    case 'snapshot-response':
    case 'read-index-response':
    case 'timeout-now':
    case 'reminder':
      break;
    default:
      impossible(`message of an unknown kind: ${JSON.stringify(message satisfies never)}`);
  }
}

function dispatch(raft: RaftState, message: Message): void {
  switch (message.kind) {
    case 'pre-vote-request':
      return elections.onPreVoteRequest(raft, message);
    case 'vote-request':
      return elections.onVoteRequest(raft, message);
    case 'pre-vote-response':
      return elections.onPreVoteResponse(raft, message);
    case 'vote-response':
      return elections.onVoteResponse(raft, message);
    case 'append-request':
      return follower.onAppendRequest(raft, message);
    case 'heartbeat-request':
      return follower.onHeartbeatRequest(raft, message);
    case 'snapshot-request':
      return follower.onSnapshotRequest(raft, message);
    case 'read-index-request':
      return reads.onReadIndexRequest(raft, message);
    case 'read-index-response':
      return reads.onReadIndexResponse(raft, message);
    case 'timeout-now':
      return onTimeoutNow(raft, message);
    case 'reminder':
      return follower.onReminder(raft, message);
    case 'append-response':
    case 'heartbeat-response':
    case 'snapshot-response': {
      // From one that is no member any more, or to one that leads no more.
      const peer = raft.progress.get(message.from);
      return peer === undefined ? undefined : replication.onPeerResponse(raft, peer, message);
    }
    default:
      return impossible(`message of an unknown kind: ${JSON.stringify(message satisfies never)}`);
  }
}

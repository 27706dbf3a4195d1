import { impossible } from './assert.ts';
import { electionTicks } from './election-timer.ts';
import { isVoter } from './configuration.ts';
import { Durability } from './durability.ts';
import { entryBytes, Log } from './log.ts';
import { plus } from './log-index.ts';
import type { RaftOptions } from './options.ts';
import { PendingWrite } from './pending-write.ts';
import { Progress } from './progress.ts';
import { quorumReached, majorityOf } from './quorum.ts';
import { ReadsState } from './reads-state.ts';
import type {
  Configuration,
  Entry,
  EntryKind,
  LogIndex,
  LogPlace,
  Message,
  NodeId,
  Role,
  SnapshotMark,
  Term,
} from './types.ts';

/** Leaves 2^12 and more numbers above the highest first one before doubles lose count. */
const forwardNumbersMax = 2 ** 52;

/** Leadership on its way to another node (thesis 3.10). */
export interface Transfer {
  readonly to: NodeId;
  readonly abortAtTick: number;
}

/**
 * All that a node knows, and the few changes to it that more than one subject makes. What a message or a tick means is decided
 * in the files named after their subjects: elections, replication, follower, reads, transfer, membership.
 */
export class RaftState {
  readonly options: RaftOptions;
  readonly id: NodeId;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  readonly log: Log;
  readonly durability: Durability;
  readonly write: PendingWrite;
  readonly reads: ReadsState;

  // Invariant: never falls.
  term: Term;
  // Invariant: within a term it changes once, from null.
  votedFor: NodeId | null;
  role: Role = 'follower';
  // Invariant: sent something as the leader of `term`; at most one node ever does.
  leader: NodeId | null = null;
  // Invariant: applied <= committed <= last, and neither ever falls.
  commitIndex: LogIndex;
  appliedIndex: LogIndex;

  /** Null: the log is whole. Else it lost what it held up to here. Invariant: neither leader nor candidate meanwhile. */
  lost: LogPlace | null;

  nowTick = 0;
  leaderHeardTick = 0;
  campaignAtTick = 0;
  heartbeatAtTick = 0;

  votes = new Map<NodeId, boolean>();
  /** Empty unless this node leads. */
  progress = new Map<NodeId, Progress>();
  /** On a leader: the `leader-start` entry of its term. */
  termStartIndex: LogIndex;
  uncommittedBytes = 0;
  transfer: Transfer | null = null;
  /** When the disk last acknowledged a write, or was given one after it had none. */
  diskHeardTick = 0;
  /** On a leader whose disk hangs: who was last asked to take over. */
  askedToSucceed: NodeId | null = null;
  /** On a leader whose own removal is committed: it goes now, or at this tick at the latest. */
  leaveByTick: number | null = null;
  /** Something may have to be sent to the peers before the turn ends. */
  isReplicationDue = false;

  sendNow: Message[] = [];
  sendAfterPersist: Message[] = [];
  restart: SnapshotMark | null = null;

  constructor(options: RaftOptions) {
    this.options = options;
    this.id = options.id;
    this.preVote = options.preVote ?? true;
    this.checkQuorum = options.checkQuorum ?? true;
    this.log = new Log(options.mark, options.entries);
    this.durability = new Durability(this.log.lastIndex);
    this.write = new PendingWrite(this.log, this.durability);
    this.term = options.hardState.term;
    this.votedFor = options.hardState.votedFor;
    if (this.log.lastTerm > this.term) impossible(`log of term ${this.log.lastTerm} found with term ${this.term}`);
    this.commitIndex = options.mark.index;
    this.appliedIndex = options.mark.index;
    this.lost = options.lost ?? null;
    this.termStartIndex = this.log.lastIndex;
    this.reads = new ReadsState(Math.floor(options.random() * forwardNumbersMax));
    this.settleRole();
    this.resetElectionTimer();
  }

  get configuration(): Configuration {
    return this.log.configuration;
  }

  get isLeader(): boolean {
    return this.role === 'leader';
  }

  /** On a leader: before this it knows neither what is committed nor whether a configuration is pending (Raft paper 8). */
  get isOwnTermCommitted(): boolean {
    return this.isLeader && this.commitIndex >= this.termStartIndex;
  }

  /** Leadership is on its way to another node, so nothing more may be appended. */
  get isTransferring(): boolean {
    return this.transfer !== null || this.leaveByTick !== null;
  }

  /** Follower or learner, as the configuration in force says. */
  settleRole(): void {
    this.role = isVoter(this.configuration, this.id) ? 'follower' : 'learner';
  }

  advanceTerm(term: Term): void {
    if (term <= this.term) impossible(`term ${this.term} would become ${term}`);
    this.term = term;
    this.votedFor = null;
    this.write.hardStateChanged();
  }

  vote(candidate: NodeId): void {
    if (this.votedFor === candidate) return;
    if (this.votedFor !== null)
      impossible(`vote in term ${this.term} would move from ${this.votedFor} to ${candidate}`);
    this.votedFor = candidate;
    this.write.hardStateChanged();
  }

  resetElectionTimer(): void {
    this.campaignAtTick = this.nowTick + electionTicks(this);
  }

  /** Appends at the leader. */
  appendOwn(kind: EntryKind, data: Uint8Array): Entry {
    const entry: Entry = { index: plus(this.log.lastIndex, 1), term: this.term, kind, data };
    this.log.append(entry);
    this.uncommittedBytes += entryBytes(entry);
    this.isReplicationDue = true;
    return entry;
  }

  /** The term or vote behind a reply must not be forgotten once the reply has left (Raft paper, figure 2). */
  reply(message: Message): void {
    if (this.write.isHardStateDurable) this.sendNow.push(message);
    else this.sendAfterPersist.push(message);
  }

  newProgress(id: NodeId): Progress {
    const { inflightMessagesMax, inflightBytesMax } = this.options;
    const nextIndex = plus(this.log.lastIndex, 1);
    return new Progress({ id, nextIndex, nowTick: this.nowTick, inflightMessagesMax, inflightBytesMax });
  }

  isActive(peer: Progress): boolean {
    return this.nowTick - peer.lastHeardTick < this.options.electionTimeoutTicks;
  }

  /** On a leader: a majority of the voters was heard within the last election timeout; itself it hears if it votes. */
  hearsQuorum(): boolean {
    let heard = 0;
    for (const voter of this.configuration.voters) {
      const peer = this.progress.get(voter);
      if (voter === this.id || (peer !== undefined && this.isActive(peer))) heard++;
    }
    return heard >= majorityOf(this.configuration.voters.length);
  }

  /** The greatest number that a majority of the voters has reached; the leader counts itself only if it is one of them. */
  quorumReached(own: number, of: (peer: Progress) => number): number {
    return quorumReached(this.configuration.voters, (voter) => {
      if (voter === this.id) return own;
      const peer = this.progress.get(voter);
      return peer === undefined ? 0 : of(peer);
    });
  }
}

import type { Entry, LogIndex, NodeId, Proposal, ProposalRefusal, RaftStatus, SnapshotMark } from '../core/types.ts';

/** What the owner of a Raft node hears from it. Called in the driver's loop: they must not wait and must not throw. */
export interface RaftNodeEvents {
  /** Newly committed entries, in order, without gap and never twice. */
  onCommitted(entries: readonly Entry[]): void;
  /** The log was replaced by a snapshot: forget all state, go on after this mark. */
  onRestart(mark: SnapshotMark): void;
  /** Role, term, leader, commit index or membership changed. */
  onStatus(status: RaftStatus): void;
}

/** One member of the consensus, as the rest of the server sees it. */
export interface RaftNode {
  status(): RaftStatus;
  /**
   * Appends to the log if this node leads. Synchronous: no other entry can come between a look at `status().lastIndex` and
   * the append when there is no `await` between them.
   */
  propose(
    proposal: Proposal,
  ): { readonly index: LogIndex; readonly term: number } | { readonly refused: ProposalRefusal };
  /** An index that includes everything acknowledged before the call. Rejects with ReadIndexFailed after `timeoutMs`. */
  readIndex(options: { readonly timeoutMs: number }): Promise<LogIndex>;
  /** Resolves when the other node leads; rejects with TransferFailed after one election timeout, and writes go on here. */
  transferLeadership(to: NodeId): Promise<void>;
  compact(upTo: LogIndex): void;
  entries(from: LogIndex, count: number): readonly Entry[];
  stop(): Promise<void>;
}

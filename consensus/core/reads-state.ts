import type { LogIndex, NodeId, ReadReady } from './types.ts';

/** Who asked, and under which number of the asker's own. */
export interface AskedRead {
  readonly from: NodeId;
  readonly request: number;
}

/** A read at the leader. The number is the leader's own: a caller's tag may come twice, or from before a restart. */
export interface NumberedRead extends AskedRead {
  readonly number: number;
  readonly index: LogIndex;
}

/** A read of this node that was sent on to the leader. */
export interface ForwardedRead {
  readonly request: number;
  readonly expiresAtTick: number;
}

/** Reads on their way, at a leader or at a follower. */
export class ReadsState {
  /** At a leader that has not committed in its term yet. */
  early: AskedRead[] = [];
  // Invariant: numbers do not fall along the list.
  numbered: NumberedRead[] = [];
  /** The number that heartbeats carry; a round is under way while it is above `confirmedNumber`. */
  newestNumber = 0;
  confirmedNumber = 0;
  /** At a follower, by the number under which it was sent on; oldest first. */
  readonly forwarded = new Map<number, ForwardedRead>();
  forwardNumber: number;
  /** Answers for this node's own callers. */
  ready: ReadReady[] = [];

  /** The first forward number is drawn, so that an answer to the node's life before a restart finds no taker. */
  constructor(firstForwardNumber: number) {
    this.forwardNumber = firstForwardNumber;
  }

  get waitingCount(): number {
    return this.early.length + this.numbered.length + this.forwarded.size;
  }

  /** A read waits for a round that has not begun. */
  get wantsRound(): boolean {
    const last = this.numbered.at(-1);
    return last !== undefined && last.number > this.newestNumber;
  }
}

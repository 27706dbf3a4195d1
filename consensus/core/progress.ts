import { InFlight } from './in-flight.ts';
import { greater, lesser, plus, beforeFirst } from './log-index.ts';
import type { LogIndex, NodeId, PeerProgress } from './types.ts';

export interface ProgressOptions {
  readonly id: NodeId;
  readonly nextIndex: LogIndex;
  readonly nowTick: number;
  readonly inflightMessagesMax: number;
  readonly inflightBytesMax: number;
}

/**
 * What a leader knows of one peer, and how it sends to it.
 *
 * - probe: it is not known where the logs agree; one message, then wait for an answer or a sign of life.
 * - replicate: they agree up to `matchIndex`; messages follow each other without waiting, as far as the window allows.
 * - snapshot: what the peer needs next is compacted away; the mark was sent, and nothing else until it answers.
 */
export class Progress {
  readonly id: NodeId;
  state: PeerProgress['state'] = 'probe';
  // Invariant: the peer has told in this term that its disk holds the leader's log up to here. Falls in `forget` alone.
  matchIndex: LogIndex = beforeFirst;
  // Invariant: matchIndex < nextIndex.
  nextIndex: LogIndex;
  /** In probe and snapshot: something was sent, and nothing follows before an answer or a sign of life. */
  isWaiting = false;
  /** Appends were under way at the last heartbeat answer, and none was answered since: they may be lost. */
  isStalled = false;
  /** The greatest commit index sent with an append in `replicate`. */
  commitSent: LogIndex = beforeFirst;
  /** The newest numbered read that the peer has answered. */
  readConfirmed = 0;
  lastHeardTick: number;
  /** No member any more since the configuration at this index; it is still sent that, so that it knows. */
  leftAtIndex: LogIndex | null = null;
  readonly inFlight: InFlight;

  constructor(options: ProgressOptions) {
    this.id = options.id;
    this.nextIndex = options.nextIndex;
    this.lastHeardTick = options.nowTick;
    this.inFlight = new InFlight({ messagesMax: options.inflightMessagesMax, bytesMax: options.inflightBytesMax });
  }

  /** The peer's disk holds everything up to `index`. */
  acknowledge(index: LogIndex): void {
    if (index > this.matchIndex) {
      this.matchIndex = index;
      this.nextIndex = greater(this.nextIndex, plus(index, 1));
      this.inFlight.releaseUpTo(index);
      this.isStalled = false;
    }
    if (this.state !== 'replicate') this.#enter('replicate', plus(this.matchIndex, 1));
  }

  /**
   * The peer refused an append after `refusedIndex`; `mayAgreeAt` is where the leader, having looked at the peer's hint, would
   * look next. False when this answers a message that is no longer the question.
   */
  refuse(refusedIndex: LogIndex, mayAgreeAt: LogIndex): boolean {
    if (this.state === 'snapshot' || refusedIndex <= this.matchIndex) return false;
    const isAsked =
      refusedIndex === this.nextIndex - 1 || (this.state === 'replicate' && this.inFlight.follows(refusedIndex));
    if (!isAsked) return false;
    const next = greater(plus(this.matchIndex, 1), lesser(refusedIndex, plus(mayAgreeAt, 1)));
    this.#enter('probe', next);
    return true;
  }

  /** The peer's log lost what it acknowledged; the leader looks anew for where they agree. */
  forget(mayAgreeAt: LogIndex): void {
    this.matchIndex = beforeFirst;
    this.#enter('probe', plus(mayAgreeAt, 1));
  }

  /** What was under way is lost with the link; a sign of life starts it again. */
  disconnect(): void {
    if (this.state === 'replicate') this.#enter('probe', plus(this.matchIndex, 1));
    this.isWaiting = true;
  }

  /** It holds the configuration that it is not in, and was told that this is committed. */
  get knowsItLeft(): boolean {
    return this.leftAtIndex !== null && this.matchIndex >= this.leftAtIndex && this.commitSent >= this.leftAtIndex;
  }

  needSnapshot(): void {
    this.#enter('snapshot', this.nextIndex);
  }

  /** Entries from `nextIndex` up to `lastIndex`, or none, are on their way. */
  sent(lastIndex: LogIndex, bytes: number): void {
    if (this.state !== 'replicate') {
      this.isWaiting = true;
      return;
    }
    this.inFlight.add({ previousIndex: plus(this.nextIndex, -1), lastIndex, bytes });
    this.nextIndex = plus(lastIndex, 1);
  }

  #enter(state: PeerProgress['state'], nextIndex: LogIndex): void {
    this.state = state;
    this.nextIndex = nextIndex;
    this.isWaiting = false;
    this.isStalled = false;
    this.commitSent = beforeFirst;
    this.inFlight.clear();
  }
}

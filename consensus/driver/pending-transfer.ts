import type { NodeId, RaftStatus } from '../core/types.ts';
import { TransferFailed } from './failures.ts';

/** A hand-over under way, as the node sees it that gives leadership away. */
export class PendingTransfer {
  readonly #to: NodeId;
  readonly #deadlineTick: number;
  readonly #resolve: () => void;
  readonly #reject: (error: TransferFailed) => void;

  constructor(options: {
    readonly to: NodeId;
    readonly deadlineTick: number;
    readonly resolve: () => void;
    readonly reject: (error: TransferFailed) => void;
  }) {
    this.#to = options.to;
    this.#deadlineTick = options.deadlineTick;
    this.#resolve = options.resolve;
    this.#reject = options.reject;
  }

  /** Whether it is settled. */
  onStatus(status: RaftStatus): boolean {
    if (status.leader === this.#to) {
      this.#resolve();
      return true;
    }
    // The core gives up after an election timeout, and at once when another transfer replaces this one.
    if (status.role === 'leader' && status.transferringTo !== this.#to)
      return this.fail(`${this.#to} did not take over in time`);
    if (status.role !== 'leader' && status.leader !== null)
      return this.fail(`${status.leader} leads instead of ${this.#to}`);
    return false;
  }

  /** Whether it is settled. */
  tick(nowTick: number): boolean {
    return nowTick >= this.#deadlineTick && this.fail('no leader is known since');
  }

  fail(reason: string): true {
    this.#reject(new TransferFailed(reason));
    return true;
  }
}

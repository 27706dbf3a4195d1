import { randomInt } from 'node:crypto';
import type { NodeId } from '../core/types.ts';
import type { LinkError } from './link-error.ts';
import { requestFailed } from './link-error.ts';
import type { Payload } from './links.ts';

interface Pending {
  readonly to: NodeId;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (payload: Payload) => void;
  readonly reject: (error: LinkError) => void;
}

const correlationBits = 2 ** 47;

/** The requests of this node that wait for an answer, by their correlation number. */
export class PendingRequests {
  readonly #countMax: number;
  readonly #pending = new Map<number, Pending>();
  /**
   * Starts anywhere: an answer meant for the process that had this node id before must not meet a request of this one.
   * Invariant: below 2^48, the room a frame has for it.
   */
  #next = randomInt(correlationBits);

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  get isFull(): boolean {
    return this.#pending.size >= this.#countMax;
  }

  nextCorrelation(): number {
    this.#next = (this.#next + 1) % correlationBits;
    return this.#next;
  }

  /** Waits for the answer to a request that has been handed to the connection. */
  wait(to: NodeId, correlation: number, timeoutMs: number): Promise<Payload> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(correlation);
        reject(requestFailed('timeout', to, `no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#pending.set(correlation, { to, timer, resolve, reject });
    });
  }

  /** An answer from another node than the one asked is none. Late and unknown answers are dropped. */
  resolve(from: NodeId, correlation: number, payload: Payload): void {
    this.#take(from, correlation)?.resolve(payload);
  }

  reject(from: NodeId, correlation: number, error: LinkError): void {
    this.#take(from, correlation)?.reject(error);
  }

  /** A connection to or from this peer closed: requests may or may not have reached it, and answers may be lost. */
  closeAll(peer: NodeId | null, reason: string): void {
    for (const [correlation, pending] of this.#pending) {
      if (peer !== null && pending.to !== peer) continue;
      this.#pending.delete(correlation);
      clearTimeout(pending.timer);
      pending.reject(requestFailed('closed', pending.to, reason));
    }
  }

  #take(from: NodeId, correlation: number): Pending | undefined {
    const pending = this.#pending.get(correlation);
    if (pending === undefined || pending.to !== from) return undefined;
    this.#pending.delete(correlation);
    clearTimeout(pending.timer);
    return pending;
  }
}

import type { LogIndex, NodeId, TimeMs } from '#server/graph/identifiers.ts';
import type { AppliedEntry } from '#server/graph/log-payload.ts';
import type { KeyMemory } from './key-memory.ts';
import type { OwnEntries } from './leader-queue.ts';
import { encodePayload } from './payload-codec.ts';

/** Idempotency keys are forgotten in strides of this much log time, by one entry each. */
const strideMs = 3_600_000;

/**
 * Proposes that old idempotency keys are forgotten. Nothing is proposed while nothing new is written: what an idle cluster remembers costs
 * nothing, and log time stands still for it.
 */
export class Expiry implements OwnEntries {
  readonly #self: NodeId;
  readonly #keys: KeyMemory;
  readonly #idempotencyKeyMs: number;
  /** Log time of the first mutation seen since the start. */
  #firstTime: TimeMs | null = null;
  #lastTime: TimeMs = 0;

  constructor(options: { readonly self: NodeId; readonly keys: KeyMemory; readonly idempotencyKeyMs: number }) {
    this.#self = options.self;
    this.#keys = options.keys;
    this.#idempotencyKeyMs = options.idempotencyKeyMs;
  }

  onApplied({ payload }: AppliedEntry): void {
    if (payload?.kind !== 'mutations') return;
    this.#firstTime ??= payload.time;
    this.#lastTime = payload.time;
  }

  next(entry: { readonly index: LogIndex; readonly time: TimeMs }): Uint8Array | null {
    const before = this.#lastTime - this.#idempotencyKeyMs;
    // Keys from before the start may wait in the table: a node that does not know of the last expiry makes one after a stride.
    const since = Math.max(this.#keys.expiredBefore, (this.#firstTime ?? 0) - this.#idempotencyKeyMs);
    if (this.#firstTime === null || before < since + strideMs) return null;
    return encodePayload({ kind: 'expiry', time: entry.time, leader: this.#self, before }, entry.index);
  }
}

/** Who gets pushed to. */
export interface Consumer {
  /** What was written is still not taken. */
  isBehind(): boolean;
  cutOff(): void;
}

/** How long a consumer may take nothing before it is cut off. */
export const behindMsMax = 15_000;
const sweepMs = 1_000;

/**
 * Cuts off clients that stopped reading: what is pushed to them would fill this process's memory. Each stream makes its next result only
 * when the last was taken, so what a consumer can hold until then is a few results.
 */
export class SlowConsumers {
  readonly #behindSince = new Map<Consumer, number | null>();
  readonly #nowMs: () => number;
  #timer: NodeJS.Timeout | null = null;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  watch(consumer: Consumer): void {
    this.#behindSince.set(consumer, null);
    this.#timer ??= setInterval(() => this.sweep(), sweepMs).unref();
  }

  forget(consumer: Consumer): void {
    this.#behindSince.delete(consumer);
    if (this.#behindSince.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  sweep(): void {
    const now = this.#nowMs();
    for (const [consumer, since] of this.#behindSince) {
      if (!consumer.isBehind()) {
        this.#behindSince.set(consumer, null);
      } else if (since === null) {
        this.#behindSince.set(consumer, now);
      } else if (now - since >= behindMsMax) {
        this.forget(consumer);
        consumer.cutOff();
      }
    }
  }
}

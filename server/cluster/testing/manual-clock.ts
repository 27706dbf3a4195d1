import type { Clock } from '../clock.ts';

/** Time that passes when a test says so. What is due runs in the order of its time. */
export class ManualClock implements Clock {
  #now = 1_790_000_000_000;
  readonly #start = this.#now;
  #timers: { readonly at: number; readonly run: () => void }[] = [];
  #soon: (() => void)[] = [];

  nowMs(): number {
    return this.#now;
  }

  monotonicMs(): number {
    return this.#now - this.#start;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#now + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  soon(run: () => void): void {
    this.#soon.push(run);
  }

  /** Runs what was asked for soon, and the promises it woke, until nothing is left; a bound catches what never ends. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 200; turn++) {
      await new Promise(setImmediate);
      const run = this.#soon.shift();
      if (run !== undefined) run();
      else if (turn > 3) return;
    }
    throw new Error('something asks for another turn without end');
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
      await this.settle();
    }
    this.#now = end;
  }
}

import type { LogIndex, ReadReady } from '../core/types.ts';
import { ReadIndexFailed } from './failures.ts';

interface WaitingRead {
  readonly resolve: (index: LogIndex) => void;
  readonly reject: (error: ReadIndexFailed) => void;
  readonly deadlineTick: number;
  askAgainTick: number;
  /** Every number it was asked under: an answer to any of them was begun after the call, so it will do. */
  readonly requests: number[];
}

/** More callers than this at once are told to come back. */
export const waitingReadsMax = 10_000;
/** A question may be lost with its link or its leader: it is put again this often, until the deadline. */
const askAgainTicks = 8;

/** The callers of `readIndex` that have no answer yet. Time is ticks. */
export class WaitingReads {
  readonly #ask: (request: number) => void;
  readonly #waiting = new Set<WaitingRead>();
  readonly #byRequest = new Map<number, WaitingRead>();
  #lastRequest = 0;

  constructor(ask: (request: number) => void) {
    this.#ask = ask;
  }

  add(options: { readonly nowTick: number; readonly timeoutTicks: number }): Promise<LogIndex> {
    const { nowTick, timeoutTicks } = options;
    if (this.#waiting.size >= waitingReadsMax)
      return Promise.reject(new ReadIndexFailed(`${waitingReadsMax} reads wait for one already`));
    return new Promise((resolve, reject) => {
      const deadlineTick = nowTick + timeoutTicks;
      const read: WaitingRead = { resolve, reject, deadlineTick, askAgainTick: nowTick + askAgainTicks, requests: [] };
      this.#waiting.add(read);
      this.#put(read);
    });
  }

  /** Takes the core's answer. An answer without an index means that leadership changed: the next tick asks again. */
  answer(ready: ReadReady, nowTick: number): void {
    const read = this.#byRequest.get(ready.request);
    if (read === undefined) return;
    if (ready.index === null) {
      read.askAgainTick = Math.min(read.askAgainTick, nowTick + 1);
      return;
    }
    this.#forget(read);
    read.resolve(ready.index);
  }

  tick(nowTick: number): void {
    for (const read of this.#waiting) {
      if (read.deadlineTick <= nowTick) {
        this.#forget(read);
        read.reject(new ReadIndexFailed('no leader confirmed one in time'));
      } else if (read.askAgainTick <= nowTick) {
        read.askAgainTick = nowTick + askAgainTicks;
        this.#put(read);
      }
    }
  }

  stop(): void {
    for (const read of this.#waiting) {
      this.#forget(read);
      read.reject(new ReadIndexFailed('the node stops'));
    }
  }

  #put(read: WaitingRead): void {
    const request = ++this.#lastRequest;
    read.requests.push(request);
    this.#byRequest.set(request, read);
    this.#ask(request);
  }

  #forget(read: WaitingRead): void {
    this.#waiting.delete(read);
    for (const request of read.requests) this.#byRequest.delete(request);
  }
}

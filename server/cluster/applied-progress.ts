import { GraphError } from '#server/graph/errors.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { Clock } from './clock.ts';

/** More than this many waiting at once are refused: a node so far behind should be left alone. */
const appliedWaitersMax = 65_536;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: GraphError) => void;
  readonly callOff: () => void;
}

/** The applied index P of this node, and who waits for it. */
export class AppliedProgress {
  readonly #clock: Clock;
  #applied: LogIndex;
  /** Invariant: every index in it is above `#applied`. */
  readonly #waiting = new Map<LogIndex, Set<Waiter>>();
  #waiters = 0;

  constructor(clock: Clock, applied: LogIndex) {
    this.#clock = clock;
    this.#applied = applied;
  }

  get applied(): LogIndex {
    return this.#applied;
  }

  /** Null when `index` is applied already. Rejects with DEADLINE_EXCEEDED at `deadline` (monotonic milliseconds). */
  whenApplied(index: LogIndex, deadline: number): Promise<void> | null {
    if (index <= this.#applied) return null;
    if (this.#waiters >= appliedWaitersMax)
      return Promise.reject(new GraphError('OVERLOADED', `${this.#waiters} operations wait for this node's log`));
    return new Promise((resolve, reject) => {
      const callOff = this.#clock.after(Math.max(0, deadline - this.#clock.monotonicMs()), () => {
        this.#remove(index, waiter);
        reject(
          new GraphError('DEADLINE_EXCEEDED', `commit ${index} was wanted, this node has applied ${this.#applied}`, {
            wantedIndex: index,
            appliedIndex: this.#applied,
          }),
        );
      });
      const waiter = { resolve, reject, callOff };
      const waiters = this.#waiting.get(index);
      if (waiters === undefined) this.#waiting.set(index, new Set([waiter]));
      else waiters.add(waiter);
      this.#waiters += 1;
    });
  }

  /** P has moved: the caches hold everything up to `index`. */
  advance(index: LogIndex): void {
    this.#applied = index;
    for (const [wanted, waiters] of this.#waiting) {
      if (wanted > index) continue;
      this.#waiting.delete(wanted);
      this.#waiters -= waiters.size;
      for (const waiter of waiters) {
        waiter.callOff();
        waiter.resolve();
      }
    }
  }

  /** The node ends: nobody is left waiting. */
  stop(): void {
    for (const [index, waiters] of this.#waiting) {
      this.#waiting.delete(index);
      for (const waiter of waiters) {
        waiter.callOff();
        waiter.reject(new GraphError('NO_LEADER', 'this node stops'));
      }
    }
    this.#waiters = 0;
  }

  #remove(index: LogIndex, waiter: Waiter): void {
    const waiters = this.#waiting.get(index);
    if (waiters?.delete(waiter) !== true) return;
    this.#waiters -= 1;
    if (waiters.size === 0) this.#waiting.delete(index);
  }
}

import { GraphError } from '#server/graph/errors.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { Clock } from './clock.ts';
import type { DatabaseState } from './materializer.ts';

/** How far the database is, at the leader, and who waits for it to get further. */
export class MaterializedProgress {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #materialized: LogIndex;
  #state: DatabaseState = { kind: 'not-leading' };

  constructor(clock: Clock, materialized: LogIndex) {
    this.#clock = clock;
    this.#materialized = materialized;
  }

  onMaterialized(index: LogIndex): void {
    this.#materialized = index;
    this.#wake();
  }

  onState(state: DatabaseState): void {
    this.#state = state;
    this.#wake();
  }

  /** Rejects with DATABASE_BEHIND at the deadline, with DATABASE_UNAVAILABLE or NO_LEADER as soon as there is nothing to wait for. */
  async reached(index: LogIndex, deadline: number): Promise<void> {
    for (;;) {
      if (this.#state.kind === 'not-leading') throw new GraphError('NO_LEADER', 'this node does not lead any more');
      if (this.#state.kind === 'unavailable' || this.#state.kind === 'refused')
        throw new GraphError('DATABASE_UNAVAILABLE', `the database cannot be used now: ${this.#state.reason}`);
      if (this.#state.kind === 'ready' && this.#materialized >= index) return;
      const leftMs = deadline - this.#clock.monotonicMs();
      if (leftMs <= 0)
        throw new GraphError('DATABASE_BEHIND', `commit ${index} was wanted, the database has ${this.#materialized}`);
      await this.#changed(leftMs);
    }
  }

  #changed(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        callOff();
        resolve();
      };
      const callOff = this.#clock.after(delayMs, wake);
      this.#waiting.add(wake);
    });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}

import type { RaftNode } from '#consensus/driver/raft-node.ts';
import { assert } from '#server/graph/errors.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { Clock } from './clock.ts';

/** Usually an answer takes a millisecond or two; one that takes longer, or that never comes, keeps nobody else waiting. */
const patienceMs = 20;

interface ReadIndexRoundsOptions {
  readonly raft: Pick<RaftNode, 'readIndex'>;
  readonly clock: Clock;
  /** Of one index. */
  readonly timeoutMs: number;
}

/**
 * Read indexes that many reads share: one is asked for at a time, and those who come meanwhile share the next one. So under load the leader
 * hears of a node once a round trip and not once for each turn in which somebody reads.
 */
export class ReadIndexRounds {
  readonly #options: ReadIndexRoundsOptions;
  #next: PromiseWithResolvers<LogIndex> | null = null;
  /** Asked for, not answered, and not longer ago than `patienceMs`. */
  #isUnderWay = false;

  constructor(options: ReadIndexRoundsOptions) {
    this.#options = options;
  }

  /** An index that includes everything acknowledged before this call. Rejects with ReadIndexFailed. */
  next(): Promise<LogIndex> {
    if (this.#next === null) {
      this.#next = Promise.withResolvers();
      if (!this.#isUnderWay) this.#startSoon();
    }
    return this.#next.promise;
  }

  /** Reads of one turn ask together. */
  #startSoon(): void {
    this.#isUnderWay = true;
    this.#options.clock.soon(() => {
      const round = this.#next;
      assert(round !== null, 'a round is started for somebody');
      this.#next = null;
      this.#ask(round);
    });
  }

  #ask(round: PromiseWithResolvers<LogIndex>): void {
    const { raft, clock, timeoutMs } = this.#options;
    let isAwaited = true;
    const goOn = (): void => {
      if (!isAwaited) return;
      isAwaited = false;
      this.#goOn();
    };
    const callOff = clock.after(patienceMs, goOn);
    const settled = (): void => {
      callOff();
      goOn();
    };
    raft.readIndex({ timeoutMs }).then(round.resolve, round.reject).then(settled, settled);
  }

  #goOn(): void {
    this.#isUnderWay = false;
    if (this.#next !== null) this.#startSoon();
  }
}

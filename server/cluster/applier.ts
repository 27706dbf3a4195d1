import type { Entry, SnapshotMark } from '#consensus/core/types.ts';
import { assert } from '#server/graph/errors.ts';
import type { LogIndex, TimeMs } from '#server/graph/identifiers.ts';
import type { AppliedEntry } from '#server/graph/log-payload.ts';
import type { GraphCache } from '#server/cache/graph-cache.ts';
import { AppliedProgress } from './applied-progress.ts';
import type { Clock } from './clock.ts';
import { decodePayload } from './payload-codec.ts';

/** One macrotask of catching up may take so long; with nothing waiting behind it an entry has one of its own. */
const macrotaskMsMax = 2;

export interface ApplierOptions {
  readonly cache: GraphCache;
  readonly clock: Clock;
  /** Called in the macrotask of the entry, after P has moved and before anybody who waited for it runs. Must not throw. */
  readonly onApplied: (entry: AppliedEntry, bytes: number) => void;
  /** The node was behind by more than the log holds and forgot all it had. */
  readonly onRestart: (mark: LogIndex) => void;
  /** An entry that cannot be applied ends the node: going on without it would make its answers lies. */
  readonly ended: (reason: Error) => void;
}

/**
 * Takes committed entries and makes them true here: caches first, then the applied index, then whoever waited. Never in the
 * macrotask that heard of the commit, so a query that does not wait runs at one index from its first look to its last.
 */
export class Applier {
  readonly progress: AppliedProgress;
  readonly #options: ApplierOptions;
  /** Committed, not yet applied. Bounded by the log itself. */
  #pending: Entry[] = [];
  #next = 0;
  #scheduled = false;
  #stopped = false;
  #logTime: TimeMs = 0;

  constructor(options: ApplierOptions) {
    this.#options = options;
    this.progress = new AppliedProgress(options.clock, options.cache.appliedIndex);
  }

  /** The time of the last dated entry: no later entry may be dated before it. */
  get logTime(): TimeMs {
    return this.#logTime;
  }

  onCommitted(entries: readonly Entry[]): void {
    for (const entry of entries) this.#pending.push(entry);
    this.#schedule();
  }

  onRestart(mark: SnapshotMark): void {
    // What was committed before the mark is in the snapshot; what comes after it is not here yet.
    this.#pending = [];
    this.#next = 0;
    this.#options.cache.clear(mark.index);
    this.#options.onRestart(mark.index);
    this.progress.advance(mark.index);
  }

  stop(): void {
    this.#stopped = true;
    this.#pending = [];
    this.#next = 0;
    this.progress.stop();
  }

  #schedule(): void {
    if (this.#scheduled || this.#stopped || this.#next === this.#pending.length) return;
    this.#scheduled = true;
    this.#options.clock.soon(() => {
      this.#scheduled = false;
      try {
        this.#applySome();
      } catch (error) {
        this.stop();
        this.#options.ended(error instanceof Error ? error : new Error(String(error)));
      }
      this.#schedule();
    });
  }

  #applySome(): void {
    const { clock } = this.#options;
    const end = clock.monotonicMs() + macrotaskMsMax;
    do {
      const entry = this.#pending[this.#next];
      if (entry === undefined) break;
      this.#next += 1;
      this.#apply(entry);
    } while (clock.monotonicMs() < end);
    if (this.#next === this.#pending.length || this.#next > 1_024) {
      this.#pending = this.#pending.slice(this.#next);
      this.#next = 0;
    }
  }

  #apply(entry: Entry): void {
    const { cache, onApplied } = this.#options;
    assert(
      entry.index === cache.appliedIndex + 1,
      `entry ${entry.index} was committed, the caches are at ${cache.appliedIndex}`,
    );
    const payload = entry.kind === 'command' ? decodePayload(entry.data, entry.index) : null;
    const applied = { index: entry.index, term: entry.term, payload };
    if (payload !== null) {
      assert(
        payload.time >= this.#logTime,
        `entry ${entry.index} is dated ${payload.time}, the one before it ${this.#logTime}`,
      );
      this.#logTime = payload.time;
    }
    cache.apply(applied, entry.data.length);
    onApplied(applied, entry.data.length);
    this.progress.advance(entry.index);
  }
}

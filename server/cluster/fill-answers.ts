import type { GraphCache } from '#server/cache/graph-cache.ts';
import type { CacheKey } from '#server/graph/cache-key.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { AppliedProgress } from './applied-progress.ts';
import type { Clock } from './clock.ts';
import { readFillRequest } from './fill-protocol.ts';
import type { FillAnswer } from './fill-protocol.ts';
import { behind } from './fills.ts';
import type { FetchCost, Fills } from './fills.ts';
import { HeldValues } from './held-values.ts';
import type { StandingWatch } from './standing.ts';

export interface FillAnswersOptions {
  readonly cache: GraphCache;
  readonly fills: Fills;
  readonly standing: StandingWatch;
  readonly progress: AppliedProgress;
  readonly clock: Clock;
  readonly isMaterialized: (index: LogIndex, deadline: number) => Promise<void>;
}

/** Values that were fetched can be outrun by the log only if it jumps: once more is enough, thrice is a bound. */
const roundsMax = 3;

/** The leader's side of a fill: from its cache, and what is not there from the database, all true at one index. */
export class FillAnswers {
  readonly #options: FillAnswersOptions;

  constructor(options: FillAnswersOptions) {
    this.#options = options;
  }

  async answer(payload: unknown): Promise<FillAnswer> {
    const { standing, clock, progress, fills, cache, isMaterialized } = this.#options;
    const { keys, queries, min, waitMs } = readFillRequest(payload);
    if (standing.now.role !== 'leader') throw new GraphError('NO_LEADER', 'this node does not lead');
    const deadline = clock.monotonicMs() + waitMs;
    const cost: FetchCost = { leaderFetches: 0, databaseFetches: 0 };
    await progress.whenApplied(min, deadline);
    const held = new HeldValues(cache);
    const [asked] = await Promise.all([
      fills.query(queries, { min, deadline, cost, isMaterialized }),
      this.#loadMissing(held, keys, { min, deadline, cost }),
    ]);
    // From here to the return nothing waits: label and values are of one moment.
    const values = keys.map((key) => held.valueOf(key)).filter((value) => value !== undefined);
    if (values.length < keys.length) throw behind();
    return {
      values,
      label: cache.appliedIndex,
      results: asked.results,
      resultsLabel: asked.label,
      statements: cost.databaseFetches,
    };
  }

  async #loadMissing(
    held: HeldValues,
    keys: readonly CacheKey[],
    options: { readonly min: LogIndex; readonly deadline: number; readonly cost: FetchCost },
  ): Promise<void> {
    const { fills, cache } = this.#options;
    for (let round = 1; round <= roundsMax; round++) {
      const missing = keys.filter((key) => held.valueOf(key) === undefined);
      if (missing.length === 0) return;
      const min = Math.max(options.min, cache.tail.horizon) as LogIndex;
      await fills.load(held, missing, { ...options, min });
    }
  }
}

import type { GraphCache } from '#server/cache/graph-cache.ts';
import type { CacheKey, ListStretch, StoreQuery, StoreResult } from '#server/graph/cache-key.ts';
import type { Effect } from '#server/graph/effect.ts';
import type { Association, Entity } from '#server/graph/entity.ts';
import type { AssociationType, EntityId, EntityType, LogIndex } from '#server/graph/identifiers.ts';
import type { AppliedProgress } from './applied-progress.ts';
import type { Clock } from './clock.ts';
import type { FetchCost, Fills } from './fills.ts';
import { HeldValues } from './held-values.ts';
import type { ReadCost, ReadSession } from './node-service.ts';
import { rollPage } from './page-roll.ts';

export interface ReadSessionOptions {
  readonly cache: GraphCache;
  readonly fills: Fills;
  readonly progress: AppliedProgress;
  readonly clock: Clock;
  readonly isMaterialized: (index: LogIndex, deadline: number) => Promise<void>;
  /** The index that the answer must include; 0 for `LOCAL`, which takes whatever the leader knows. */
  readonly floor: LogIndex;
  readonly isLocal: boolean;
  /** Monotonic milliseconds. */
  readonly deadline: number;
  /** Time that was spent waiting before the session could begin. */
  readonly waitedMs: number;
}

interface HeldResult {
  readonly result: StoreResult;
  readonly label: LogIndex;
}

/** See ReadSession. All looks are at P; what was fetched is held until the session is closed. */
export class NodeReadSession implements ReadSession {
  readonly #options: ReadSessionOptions;
  readonly #held: HeldValues;
  readonly #results = new Map<string, HeldResult>();
  #floor: LogIndex;
  /** What was fetched is true from here on. */
  #latestLabel = 0 as LogIndex;
  #runIndex: LogIndex;
  #missedInRun = false;
  readonly #fetches: FetchCost = { leaderFetches: 0, databaseFetches: 0 };
  #hits = 0;
  #misses = 0;
  #waitMs: number;
  #fetchMs = 0;

  constructor(options: ReadSessionOptions) {
    this.#options = options;
    this.#held = new HeldValues(options.cache);
    this.#floor = options.floor;
    this.#runIndex = options.cache.appliedIndex;
    this.#waitMs = options.waitedMs;
  }

  entity(id: EntityId): Entity | null | undefined {
    return this.#seen(this.#held.entity(id));
  }

  unique(type: EntityType, key: string): EntityId | null | undefined {
    return this.#seen(this.#held.unique(type, key));
  }

  association(from: EntityId, type: AssociationType, to: EntityId): Association | null | undefined {
    return this.#seen(this.#held.association(from, type, to));
  }

  count(from: EntityId, type: AssociationType): number | undefined {
    return this.#seen(this.#held.count(from, type));
  }

  list(from: EntityId, type: AssociationType, length: number): ListStretch | undefined {
    return this.#seen(this.#held.list(from, type, length));
  }

  query(query: StoreQuery): StoreResult | undefined {
    return this.#seen(this.#resultAt(query));
  }

  async fetch(keys: readonly CacheKey[], queries: readonly StoreQuery[]): Promise<void> {
    const { cache, clock, deadline, fills, isLocal, isMaterialized } = this.#options;
    const started = clock.monotonicMs();
    // What is older than the tail reaches back could not be brought forward; only LOCAL tries without asking for more.
    const min = isLocal ? this.#floor : (Math.max(this.#floor, cache.tail.horizon) as LogIndex);
    const options = { min, deadline, cost: this.#fetches };
    try {
      const [label, answer] = await Promise.all([
        fills.load(this.#held, keys, options),
        fills.query(queries, { ...options, isMaterialized }),
      ]);
      queries.forEach((query, place) => {
        const result = answer.results[place];
        if (result !== undefined) this.#results.set(textOf(query), { result, label: answer.label });
      });
      this.#latestLabel = Math.max(this.#latestLabel, label, answer.label) as LogIndex;
    } finally {
      this.#fetchMs += clock.monotonicMs() - started;
    }
  }

  async advance(index: LogIndex): Promise<void> {
    this.#floor = Math.max(this.#floor, index) as LogIndex;
    await this.#waitFor(index);
  }

  beginRun(): void {
    this.#runIndex = this.#options.cache.appliedIndex;
    this.#missedInRun = false;
  }

  endRun(): Promise<boolean> | boolean {
    const { appliedIndex } = this.#options.cache;
    // A run that met no miss has no promise in it, so P stood still; a mutation among its fields is what else moves it.
    if (!this.#missedInRun && appliedIndex === this.#runIndex && appliedIndex >= this.#floor) return true;
    const wanted = Math.max(this.#latestLabel, this.#floor) as LogIndex;
    return this.#waitFor(wanted).then(() => false);
  }

  index(): LogIndex {
    return this.#runIndex;
  }

  cost(): ReadCost {
    return {
      cacheHits: this.#hits,
      cacheMisses: this.#misses,
      ...this.#fetches,
      waitMs: this.#waitMs,
      fetchMs: this.#fetchMs,
    };
  }

  close(): void {
    this.#results.clear();
    this.#held.clear();
  }

  async #waitFor(index: LogIndex): Promise<void> {
    const { clock, deadline, progress } = this.#options;
    const waiting = progress.whenApplied(index, deadline);
    if (waiting === null) return;
    const started = clock.monotonicMs();
    try {
      await waiting;
    } finally {
      this.#waitMs += clock.monotonicMs() - started;
    }
  }

  #seen<Value>(value: Value | undefined): Value | undefined {
    if (value === undefined) {
      this.#misses += 1;
      this.#missedInRun = true;
    } else this.#hits += 1;
    return value;
  }

  /**
   * A page of a list is brought forward to P like any cached value. The other queries have no key that effects could touch: their
   * answer stays what it was at its label, which is at least what the session must include.
   */
  #resultAt(query: StoreQuery): StoreResult | undefined {
    const { cache } = this.#options;
    const text = textOf(query);
    const held = this.#results.get(text);
    if (held === undefined || held.label > cache.appliedIndex || held.label < this.#floor) return undefined;
    if (query.kind !== 'page' || held.result.kind !== 'page' || held.label === cache.appliedIndex) return held.result;
    const result =
      held.label < cache.tail.horizon ? undefined : rollPage(query, held.result, effectsSince(cache, held.label));
    if (result === undefined) this.#results.delete(text);
    else this.#results.set(text, { result, label: cache.appliedIndex });
    return result;
  }
}

function* effectsSince(cache: GraphCache, index: LogIndex): Iterable<Effect> {
  for (let i = index + 1; i <= cache.appliedIndex; i++) {
    const payload = cache.tail.at(i as LogIndex)?.payload;
    if (payload?.kind === 'mutations') for (const record of payload.records) yield* record.effects;
  }
}

function textOf(query: StoreQuery): string {
  return JSON.stringify(query);
}

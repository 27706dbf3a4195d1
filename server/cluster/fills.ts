import { LinkError } from '#consensus/transport/link-error.ts';
import type { Links } from '#consensus/transport/links.ts';
import type { GraphCache } from '#server/cache/graph-cache.ts';
import { SingleFlight } from '#server/cache/single-flight.ts';
import type { CacheKey, CacheValue, StoreQuery, StoreResult } from '#server/graph/cache-key.ts';
import { assert, errorCodes, GraphError } from '#server/graph/errors.ts';
import type { LogIndex, NodeId } from '#server/graph/identifiers.ts';
import type { AppliedProgress } from './applied-progress.ts';
import type { Clock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { fillWeightMax, readFillAnswer, weightOf } from './fill-protocol.ts';
import type { FillAnswer, FillRequest } from './fill-protocol.ts';
import type { HeldValues } from './held-values.ts';
import type { StandingWatch } from './standing.ts';
import type { StoreReads } from './store-reads.ts';

/** What an operation has cost so far; the fills add to it. */
export interface FetchCost {
  leaderFetches: number;
  databaseFetches: number;
}

export interface FetchOptions {
  /** What is fetched must be true at this index or later. */
  readonly min: LogIndex;
  /** Monotonic milliseconds. */
  readonly deadline: number;
  readonly cost: FetchCost;
}

export interface FillsOptions {
  readonly self: NodeId;
  readonly links: Links;
  readonly cache: GraphCache;
  readonly standing: StandingWatch;
  readonly progress: AppliedProgress;
  readonly storeReads: StoreReads;
  readonly clock: Clock;
}

interface Fetched {
  readonly label: LogIndex;
  readonly values: readonly CacheValue[];
}

/** A flight that fell with its leader starts again, at the next one, this often. */
const attemptsMax = 3;
/** The longest that one fill waits for the leader; its callers have deadlines of their own. */
const flightMsMax = 5_000;

/**
 * Brings what this node does not know: a follower asks the leader, the leader its database. A key is asked for once at a time,
 * however many wait for it.
 */
export class Fills {
  readonly #options: FillsOptions;
  readonly #flights: SingleFlight;
  /** Who pays for the flights that start in this very call. */
  #paying: FetchCost | null = null;
  #leaderFetches = 0;
  #databaseFetches = 0;

  constructor(options: FillsOptions) {
    this.#options = options;
    this.#flights = new SingleFlight({ fetch: (keys, min) => this.#fetch(keys, min) });
    options.standing.onChange((now, before) => {
      if (now.leader === before.leader && now.term === before.term && now.role === before.role) return;
      this.#flights.failAll(new GraphError('NO_LEADER', 'the leader changed while it was asked'));
    });
  }

  /** All fills of this node so far. */
  get totals(): Readonly<FetchCost> {
    return { leaderFetches: this.#leaderFetches, databaseFetches: this.#databaseFetches };
  }

  /** Fetches the keys into `held` and the cache. Answers the latest label: what was fetched is true here once P reaches it. */
  async load(held: HeldValues, keys: readonly CacheKey[], options: FetchOptions): Promise<LogIndex> {
    if (keys.length === 0) return 0 as LogIndex;
    const { values, labels } = await this.#retrying(options, () => {
      const { cache, standing } = this.#options;
      this.#paying = options.cost;
      try {
        // The leader brings what its database says up to now by itself, so any label that its memory reaches back to will do.
        return this.#flights.load(keys, standing.now.role === 'leader' ? cache.tail.horizon : options.min);
      } finally {
        this.#paying = null;
      }
    });
    let latest = 0;
    keys.forEach((key, place) => {
      const value = values[place];
      const label = labels[place];
      assert(value !== undefined && label !== undefined, 'a flight brought less than it was sent for');
      held.hold(key, value, label);
      latest = Math.max(latest, label);
    });
    return latest as LogIndex;
  }

  /** What only the database can answer. Waits, at the leader, until the database has reached `min`. */
  async query(
    queries: readonly StoreQuery[],
    options: FetchOptions & { readonly isMaterialized: (index: LogIndex, deadline: number) => Promise<void> },
  ): Promise<{ readonly label: LogIndex; readonly results: readonly StoreResult[] }> {
    if (queries.length === 0) return { label: 0 as LogIndex, results: [] };
    return this.#retrying(options, async () => {
      if (this.#options.standing.now.role !== 'leader') {
        const answer = await this.#ask({ keys: [], queries, min: options.min }, options.cost, options.deadline);
        return { label: answer.resultsLabel, results: answer.results };
      }
      await options.isMaterialized(options.min, options.deadline);
      const answer = await this.#options.storeReads.read({ keys: [], queries, mutations: [] });
      this.#pay(options.cost, { leaderFetches: 0, databaseFetches: answer.statements });
      return answer;
    });
  }

  /** Retries live here and nowhere else in the read path: only when the leader changed under a flight, and another is known. */
  async #retrying<Value>(options: FetchOptions, fetch: () => Promise<Value>): Promise<Value> {
    const { clock, standing } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const { leader, term } = standing.now;
      try {
        return await withDeadline(fetch(), {
          clock,
          deadline: options.deadline,
          error: () => new GraphError('DEADLINE_EXCEEDED', 'what was missing here did not come in time'),
        });
      } catch (error) {
        const { now } = standing;
        const moved = now.leader !== null && (now.leader !== leader || now.term !== term);
        if (!(error instanceof GraphError) || error.code !== 'NO_LEADER' || !moved || attempt === attemptsMax)
          throw error;
      }
    }
  }

  async #fetch(keys: readonly CacheKey[], min: LogIndex): Promise<Fetched> {
    const { cache, clock, standing, storeReads } = this.#options;
    const cost = this.#paying;
    if (standing.now.role === 'leader') {
      const answer = await storeReads.read({ keys, queries: [], mutations: [] });
      this.#pay(cost, { leaderFetches: 0, databaseFetches: answer.statements });
      if (answer.label < cache.tail.horizon) throw behind();
      this.#remember(keys, answer);
      return answer;
    }
    const parts = splitByWeight(keys);
    const deadline = clock.monotonicMs() + flightMsMax;
    const answers = await Promise.all(parts.map((part) => this.#ask({ keys: part, queries: [], min }, cost, deadline)));
    answers.forEach((answer, place) => this.#remember(parts[place] ?? [], answer));
    const [first] = answers;
    if (answers.length === 1 && first !== undefined) return first;
    return this.#atOneLabel(parts, answers, deadline);
  }

  /** A fill that was split came back in parts of different moments: all are brought to the latest of them. */
  async #atOneLabel(
    parts: readonly (readonly CacheKey[])[],
    answers: readonly FillAnswer[],
    deadline: number,
  ): Promise<Fetched> {
    const { cache, progress } = this.#options;
    await progress.whenApplied(Math.max(...answers.map(({ label }) => label)) as LogIndex, deadline);
    const values = answers.flatMap((answer, part) =>
      answer.values.map((value, place) => {
        const key = parts[part]?.[place];
        const rolled = key === undefined ? undefined : cache.rollForward({ key, value, from: answer.label });
        if (rolled === undefined) throw new GraphError('BUSY', 'the answer came in parts that do not fit together');
        return rolled;
      }),
    );
    return { label: cache.appliedIndex, values };
  }

  #remember(keys: readonly CacheKey[], answer: Fetched): void {
    const { cache } = this.#options;
    keys.forEach((key, place) => {
      const value = answer.values[place];
      if (value !== undefined) cache.fill(key, value, answer.label);
    });
  }

  async #ask(what: Omit<FillRequest, 'waitMs'>, cost: FetchCost | null, deadline: number): Promise<FillAnswer> {
    const { self, links, standing, clock } = this.#options;
    const { leader } = standing.now;
    if (leader === null || leader === self || !links.isPlugged())
      throw new GraphError('NO_LEADER', 'this node has no leader to ask for what it does not know');
    const waitMs = Math.max(1, Math.min(flightMsMax, deadline - clock.monotonicMs()));
    const request = { ...what, waitMs };
    this.#pay(cost, { leaderFetches: 1, databaseFetches: 0 });
    let payload: unknown;
    try {
      payload = await links.request(leader, 'fill', request, { timeoutMs: waitMs + 50 });
    } catch (error) {
      throw fillFailure(error, leader);
    }
    const answer = readFillAnswer(payload, request);
    this.#pay(cost, { leaderFetches: 0, databaseFetches: answer.statements });
    return answer;
  }

  #pay(cost: FetchCost | null, amount: Readonly<FetchCost>): void {
    this.#leaderFetches += amount.leaderFetches;
    this.#databaseFetches += amount.databaseFetches;
    if (cost === null) return;
    cost.leaderFetches += amount.leaderFetches;
    cost.databaseFetches += amount.databaseFetches;
  }
}

function splitByWeight(keys: readonly CacheKey[]): readonly (readonly CacheKey[])[] {
  const parts: CacheKey[][] = [];
  let weight = Number.POSITIVE_INFINITY;
  for (const key of keys) {
    weight += weightOf(key);
    if (weight > fillWeightMax) {
      parts.push([]);
      weight = weightOf(key);
    }
    parts.at(-1)?.push(key);
  }
  return parts;
}

/** The database is further back than memory reaches: its values cannot be brought up to now. */
export function behind(): GraphError {
  return new GraphError('DATABASE_BEHIND', 'the database is catching up with the log and cannot answer this yet');
}

/** A link that failed and a leader that does not lead any more are the same to a reader; other answers keep their code. */
function fillFailure(error: unknown, leader: NodeId): Error {
  if (!(error instanceof LinkError)) return error instanceof Error ? error : new Error(String(error));
  if (error.kind === 'timeout') return new GraphError('DEADLINE_EXCEEDED', `${leader} did not answer in time`);
  if (error.kind !== 'answered') return new GraphError('NO_LEADER', `the link to ${leader} is down`);
  const code = errorCodes.find((known) => known === error.code);
  return code === undefined
    ? new Error(`${leader} failed to answer: ${error.message}`)
    : new GraphError(code, error.message);
}

import type { CacheKey, CacheValue, StoreQuery, StoreResult } from '#server/graph/cache-key.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { RecordedMutation } from '#server/graph/log-payload.ts';
import { StoreError } from '#server/graph/store-port.ts';
import type { GraphStore, StoreAnswer } from '#server/graph/store-port.ts';
import type { Clock } from './clock.ts';
import type { DatabaseState } from './materializer.ts';

/** Reads of a turn are put together; one read takes no more than this, the rest waits for the next. */
const lookupsPerReadMax = 2_000;
/** Lookups that wait for their turn; beyond it callers are refused. */
const lookupsWaitingMax = 100_000;

/** What is wanted from the database. */
export interface Lookups {
  readonly keys: readonly CacheKey[];
  readonly queries: readonly StoreQuery[];
  readonly mutations: readonly string[];
}

/** Its parts in the order they were asked for, true together at `label`. */
export interface LookedUp {
  readonly label: LogIndex;
  readonly values: readonly CacheValue[];
  readonly results: readonly StoreResult[];
  readonly mutations: readonly (RecordedMutation | null)[];
  /** Statements that this took, shared with whoever asked in the same turn. */
  readonly statements: number;
}

interface Waiting {
  readonly lookups: Lookups;
  readonly resolve: (answer: LookedUp) => void;
  readonly reject: (error: Error) => void;
}

export interface StoreReadsOptions {
  readonly store: GraphStore;
  readonly clock: Clock;
  readonly claimWaitMs: number;
  /** How far the database is known to be. */
  readonly materialized: () => LogIndex;
}

/**
 * The leader's way to the database: many callers, one read at a time in each lane. Quick look-ups (by key) do not wait behind
 * searches, which may take long.
 */
export class StoreReads {
  readonly #options: StoreReadsOptions;
  #state: DatabaseState = { kind: 'not-leading' };
  readonly #stateWaiting = new Set<() => void>();
  readonly #lanes = { quick: new Lane(), slow: new Lane() };
  #reads = 0;
  #onWentBack: () => void = () => undefined;

  constructor(options: StoreReadsOptions) {
    this.#options = options;
  }

  get reads(): number {
    return this.#reads;
  }

  /** Called when the database turns out to hold less than it did: it was replaced by a replica or a backup that lagged. */
  whenItWentBack(handler: () => void): void {
    this.#onWentBack = handler;
  }

  onState(state: DatabaseState): void {
    this.#state = state;
    if (state.kind !== 'claiming') for (const wake of this.#stateWaiting) wake();
    if (state.kind === 'not-leading') {
      for (const lane of Object.values(this.#lanes)) lane.failWaiting(notLeading());
    }
  }

  /** Rejects with DATABASE_UNAVAILABLE, OVERLOADED, or NO_LEADER when this node does not lead. */
  async read(lookups: Lookups): Promise<LookedUp> {
    if (this.#state.kind === 'claiming') await this.#claimed();
    switch (this.#state.kind) {
      case 'not-leading':
        throw notLeading();
      case 'claiming':
        throw new GraphError('DATABASE_UNAVAILABLE', 'the database has not answered the new leader yet');
      case 'unavailable':
      case 'refused':
        throw new GraphError('DATABASE_UNAVAILABLE', `the database cannot be used now: ${this.#state.reason}`);
      case 'ready':
        return this.#enqueue(lookups);
    }
  }

  #enqueue(lookups: Lookups): Promise<LookedUp> {
    const isSlow = lookups.queries.some((query) => query.kind !== 'page' && query.kind !== 'deleting');
    const lane = isSlow ? this.#lanes.slow : this.#lanes.quick;
    if (lane.size + sizeOf(lookups) > lookupsWaitingMax)
      return Promise.reject(new GraphError('OVERLOADED', `${lane.size} look-ups wait for the database`));
    return new Promise((resolve, reject) => {
      lane.add({ lookups, resolve, reject });
      this.#schedule(lane);
    });
  }

  #schedule(lane: Lane): void {
    if (lane.busy || lane.size === 0) return;
    lane.busy = true;
    // Whoever asks in this turn of the loop shares the statement.
    this.#options.clock.soon(() => {
      this.#readOnce(lane).then(
        () => {
          lane.busy = false;
          this.#schedule(lane);
        },
        () => undefined, // It never rejects.
      );
    });
  }

  async #readOnce(lane: Lane): Promise<void> {
    const { store, materialized } = this.#options;
    const asked = lane.take();
    if (asked.length === 0) return;
    const before = store.statements;
    const least = materialized();
    try {
      this.#reads += 1;
      const answer = await store.read({
        keys: asked.flatMap(({ lookups }) => lookups.keys),
        queries: asked.flatMap(({ lookups }) => lookups.queries),
        mutations: asked.flatMap(({ lookups }) => lookups.mutations),
      });
      if (answer.label < least && this.#state.kind === 'ready') this.#onWentBack();
      handOut(asked, answer, Math.max(1, store.statements - before));
    } catch (error) {
      const failure = readFailure(error);
      for (const { reject } of asked) reject(failure);
    }
  }

  /** A new leader claims the database within milliseconds: whoever comes before that waits for it, within a bound. */
  #claimed(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#stateWaiting.delete(wake);
        callOff();
        resolve();
      };
      const callOff = this.#options.clock.after(this.#options.claimWaitMs, wake);
      this.#stateWaiting.add(wake);
    });
  }
}

class Lane {
  busy = false;
  #waiting: Waiting[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#size += sizeOf(waiting.lookups);
  }

  /** As many as one read may hold, at least one. */
  take(): readonly Waiting[] {
    let size = 0;
    let count = 0;
    for (const { lookups } of this.#waiting) {
      size += sizeOf(lookups);
      if (count > 0 && size > lookupsPerReadMax) break;
      count += 1;
    }
    const taken = this.#waiting.splice(0, count);
    for (const { lookups } of taken) this.#size -= sizeOf(lookups);
    return taken;
  }

  failWaiting(error: Error): void {
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting = [];
    this.#size = 0;
  }
}

function sizeOf({ keys, queries, mutations }: Lookups): number {
  return keys.length + queries.length + mutations.length;
}

function handOut(asked: readonly Waiting[], answer: StoreAnswer, statements: number): void {
  let [key, query, mutation] = [0, 0, 0];
  for (const { lookups, resolve } of asked) {
    resolve({
      label: answer.label,
      values: answer.values.slice(key, (key += lookups.keys.length)),
      results: answer.results.slice(query, (query += lookups.queries.length)),
      mutations: answer.mutations.slice(mutation, (mutation += lookups.mutations.length)),
      statements,
    });
  }
}

function notLeading(): GraphError {
  return new GraphError('NO_LEADER', 'this node does not lead any more');
}

function readFailure(error: unknown): Error {
  if (error instanceof StoreError)
    return new GraphError('DATABASE_UNAVAILABLE', `the database did not answer: ${error.message}`);
  return error instanceof Error ? error : new Error(String(error));
}

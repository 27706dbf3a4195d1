import type { CacheKey, ListStretch, StoreQuery, StoreResult } from '#server/graph/cache-key.ts';
import { comparePositions } from '#server/graph/cursor.ts';
import type { Association, Entity } from '#server/graph/entity.ts';
import type { GraphError } from '#server/graph/errors.ts';
import type { EntityId, LogIndex } from '#server/graph/identifiers.ts';
import type { ReplayedGraph } from '#server/graph/testing/replayed-graph.ts';
import type { ReadCost, ReadSession } from '#server/cluster/node-service.ts';

/** What the sessions of one node share: the graph, and what of it the node remembers. */
export interface MemoryState {
  readonly graph: ReplayedGraph;
  appliedIndex: LogIndex;
  /** Texts of the keys the node remembers, lists by their length; null: everything, as after a long time. */
  known: Map<string, number> | null;
  /** The keys and queries of each fill. */
  readonly fills: { readonly keys: readonly CacheKey[]; readonly queries: readonly StoreQuery[] }[];
  /** Called before a fill answers: may throw, or change the graph under the reader. */
  beforeFill: (keys: readonly CacheKey[]) => void | Promise<void>;
}

/** Reads of the graph in memory that know only what was filled, and count what they cost. */
export class MemoryReadSession implements ReadSession {
  readonly #state: MemoryState;
  readonly #results = new Map<string, StoreResult>();
  #hits = 0;
  #misses = 0;
  #fetches = 0;
  #isMissed = false;
  #runIndex: LogIndex;
  closed = false;
  advanceError: GraphError | null = null;

  constructor(state: MemoryState) {
    this.#state = state;
    this.#runIndex = state.appliedIndex;
  }

  entity(id: EntityId): Entity | null | undefined {
    return this.#look(`entity ${id}`, 1, () => this.#state.graph.entity(id));
  }

  unique(type: string, key: string): EntityId | null | undefined {
    return this.#look(`unique ${type} ${key}`, 1, () => this.#state.graph.unique(type, key));
  }

  association(from: EntityId, type: string, to: EntityId): Association | null | undefined {
    return this.#look(`association ${from} ${type} ${to}`, 1, () => this.#state.graph.association(from, type, to));
  }

  count(from: EntityId, type: string): number | undefined {
    return this.#look(`count ${from} ${type}`, 1, () => this.#state.graph.count(from, type));
  }

  /** No more than was asked for, even where more is known. */
  list(from: EntityId, type: string, length: number): ListStretch | undefined {
    return this.#look(`list ${from} ${type}`, length, () => this.#state.graph.list(from, type, length));
  }

  query(query: StoreQuery): StoreResult | undefined {
    const result = this.#results.get(JSON.stringify(query));
    if (result === undefined) this.#isMissed = true;
    return result;
  }

  async fetch(keys: readonly CacheKey[], queries: readonly StoreQuery[]): Promise<void> {
    this.#state.fills.push({ keys, queries });
    this.#fetches++;
    await this.#state.beforeFill(keys);
    await new Promise((resolve) => setImmediate(resolve));
    for (const key of keys) this.#remember(key);
    for (const query of queries) this.#results.set(JSON.stringify(query), answer(this.#state.graph, query));
  }

  async advance(index: LogIndex): Promise<void> {
    if (this.advanceError !== null) throw this.advanceError;
    if (index > this.#state.appliedIndex) throw new Error(`${index} is not applied yet`);
  }

  beginRun(): void {
    this.#isMissed = false;
    this.#runIndex = this.#state.appliedIndex;
  }

  endRun(): Promise<boolean> | boolean {
    if (!this.#isMissed && this.#runIndex === this.#state.appliedIndex) return true;
    return Promise.resolve(false);
  }

  index(): LogIndex {
    return this.#runIndex;
  }

  cost(): ReadCost {
    const { fetches } = { fetches: this.#fetches };
    return {
      cacheHits: this.#hits,
      cacheMisses: this.#misses,
      leaderFetches: fetches,
      databaseFetches: 0,
      waitMs: 0,
      fetchMs: 0,
    };
  }

  close(): void {
    this.closed = true;
  }

  #look<Value>(text: string, length: number, find: () => Value): Value | undefined {
    const { known } = this.#state;
    if (known !== null && (known.get(text) ?? 0) < length) {
      this.#misses++;
      this.#isMissed = true;
      return undefined;
    }
    this.#hits++;
    return find();
  }

  #remember(key: CacheKey): void {
    const { known } = this.#state;
    if (known === null) return;
    switch (key.kind) {
      case 'entity':
        return void known.set(`entity ${key.id}`, 1);
      case 'unique':
        return void known.set(`unique ${key.type} ${key.key}`, 1);
      case 'association':
        return void known.set(`association ${key.from} ${key.type} ${key.to}`, 1);
      case 'count':
        return void known.set(`count ${key.from} ${key.type}`, 1);
      case 'list':
        return void known.set(
          `list ${key.from} ${key.type}`,
          Math.max(key.length, known.get(`list ${key.from} ${key.type}`) ?? 0),
        );
    }
  }
}

/** What a database would answer. */
function answer(graph: ReplayedGraph, query: StoreQuery): StoreResult {
  const ofType = (type: string): readonly EntityId[] =>
    [...graph.entities.values()]
      .filter((entity) => entity.type === type)
      .map((entity) => entity.id)
      .sort((left, right) => right - left);
  switch (query.kind) {
    case 'page': {
      const { after, since, until, length } = query;
      const edges = graph
        .list(query.from, query.type, Number.MAX_SAFE_INTEGER)
        .edges.filter((edge) => after === null || comparePositions(edge, after) > 0)
        .filter((edge) => (since === null || edge.time >= since) && (until === null || edge.time < until));
      return { kind: 'page', edges: edges.slice(0, length), complete: edges.length <= length };
    }
    case 'entities-of-type': {
      const { before } = query;
      return {
        kind: 'ids',
        ids: ofType(query.type)
          .filter((id) => before === null || id < before)
          .slice(0, query.length),
      };
    }
    case 'search':
      return {
        kind: 'ids',
        ids: ofType(query.type)
          .filter((id) => JSON.stringify(graph.entity(id)?.properties['name']).startsWith(`"${query.text}`))
          .slice(0, query.length),
      };
    case 'random': {
      const all = ofType(query.type);
      const start = Math.floor(query.seed * all.length);
      return { kind: 'ids', ids: [...all.slice(start), ...all.slice(0, start)].slice(0, query.length) };
    }
    case 'most-connected': {
      const all = ofType('User').toSorted(
        (left, right) => graph.count(right, query.type) - graph.count(left, query.type),
      );
      return { kind: 'ids', ids: all.slice(0, query.length) };
    }
    case 'count-of-type':
      return { kind: 'number', value: ofType(query.type).length };
    case 'deleting':
      return { kind: 'ids', ids: [] };
  }
}

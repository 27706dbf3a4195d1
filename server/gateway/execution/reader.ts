import DataLoader from 'dataloader';
import type { CacheKey, ListStretch, StoreQuery, StoreResult } from '#server/graph/cache-key.ts';
import type { Association, Entity } from '#server/graph/entity.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { AssociationType, EntityId, EntityType } from '#server/graph/identifiers.ts';
import type { ReadSession } from '#server/cluster/node-service.ts';
import { isPromise, type MaybePromise } from './maybe-promise.ts';

/** Look-ups of one run; beyond it the operation fails with LIMIT_EXCEEDED, since it would keep the node from everyone else. */
export const lookupsPerRunMax = 100_000;
/** Keys of one fill; more of them are several fills. */
const fillKeysMax = 10_000;

/** Made once: an error's stack is dear. */
const missed = new Error('not in memory');

type Need = { readonly key: CacheKey } | { readonly query: StoreQuery };

/**
 * The look-ups of one operation. A hit is answered without a promise; misses of one level go through a loader into one fill. What could
 * not be filled fails with its error, in this run and in every later one, without being asked for again.
 */
export class Reader {
  readonly #session: ReadSession | null;
  readonly #failures = new Map<string, unknown>();
  readonly #loader: DataLoader<Need, true, string>;
  #failure: GraphError | null = null;
  #memoryOnly = false;
  #lookups = 0;

  /** Null: the operation reads nothing of the graph. */
  constructor(session: ReadSession | null) {
    this.#session = session;
    this.#loader = new DataLoader((needs: readonly Need[]) => this.#fill(needs), {
      cacheKeyFn: needText,
      maxBatchSize: fillKeysMax,
    });
  }

  /** `memoryOnly`: a miss throws, and nothing is filled. */
  beginRun({ memoryOnly }: { readonly memoryOnly: boolean }): void {
    this.#memoryOnly = memoryOnly;
    this.#lookups = 0;
    this.#loader.clearAll();
    this.#session?.beginRun();
  }

  /** From here on every look-up fails with this error: what needs no look-up is still answered. */
  fail(error: GraphError): void {
    this.#failure = error;
  }

  entity(id: EntityId): MaybePromise<Entity | null> {
    return this.#look((session) => session.entity(id), { key: { kind: 'entity', id } });
  }

  unique(type: EntityType, key: string): MaybePromise<EntityId | null> {
    return this.#look((session) => session.unique(type, key), { key: { kind: 'unique', type, key } });
  }

  association(from: EntityId, type: AssociationType, to: EntityId): MaybePromise<Association | null> {
    return this.#look((session) => session.association(from, type, to), {
      key: { kind: 'association', from, type, to },
    });
  }

  count(from: EntityId, type: AssociationType): MaybePromise<number> {
    return this.#look((session) => session.count(from, type), { key: { kind: 'count', from, type } });
  }

  /** At least the newest `length` edges, or all. */
  list(from: EntityId, type: AssociationType, length: number): MaybePromise<ListStretch> {
    return this.#look((session) => session.list(from, type, length), { key: { kind: 'list', from, type, length } });
  }

  query(query: StoreQuery): MaybePromise<StoreResult> {
    return this.#look((session) => session.query(query), { query });
  }

  #look<Value>(find: (session: ReadSession) => Value | undefined, need: Need): MaybePromise<Value> {
    if (this.#failure !== null) throw this.#failure;
    const session = this.#session;
    if (session === null)
      throw new Error(`A look-up of ${needText(need)} in an operation that reads nothing of the graph`);
    if (++this.#lookups > lookupsPerRunMax) throw this.#tooMany();
    if (this.#failures.size > 0 && this.#failures.has(needText(need))) throw this.#failures.get(needText(need));
    const found = find(session);
    if (found !== undefined) return found;
    if (this.#memoryOnly) throw missed;
    return this.#loader.load(need).then(() => {
      const filled = find(session);
      // What was filled but is not readable in this run is in the next: a run with a miss is never the answer.
      if (filled === undefined) throw new GraphError('BUSY', 'the answer moved while it was read');
      return filled;
    });
  }

  /** Every look-up that still comes fails at once, so that the run ends soon; its result is the one error. */
  #tooMany(): GraphError {
    const error = new GraphError(
      'LIMIT_EXCEEDED',
      `the query reads more than ${lookupsPerRunMax} things; ask for fewer at once`,
    );
    this.#failure = error;
    return error;
  }

  /** Whether the run has looked anything up: one that has not is right at any index. */
  get hasLooked(): boolean {
    return this.#lookups > 0;
  }

  get failure(): GraphError | null {
    return this.#failure;
  }

  async #fill(needs: readonly Need[]): Promise<readonly (true | Error)[]> {
    const keys = needs.flatMap((need) => ('key' in need ? [need.key] : []));
    const queries = needs.flatMap((need) => ('query' in need ? [need.query] : []));
    try {
      await this.#session?.fetch(keys, queries);
      return needs.map(() => true as const);
    } catch (error) {
      for (const need of needs) this.#failures.set(needText(need), error);
      const failed = error instanceof Error ? error : new Error(String(error));
      return needs.map(() => failed);
    }
  }
}

/** Runs `look` for each; one that fails is an Error in its place, which GraphQL reports at its path without losing the others. */
export function eachApart<Item, Value>(
  items: readonly Item[],
  look: (item: Item) => MaybePromise<Value>,
): readonly MaybePromise<Value | Error>[] {
  return items.map((item) => {
    try {
      const value = look(item);
      return isPromise(value) ? value.catch(asError) : value;
    } catch (error) {
      return asError(error);
    }
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function needText(need: Need): string {
  if ('query' in need) return JSON.stringify(need.query);
  const { key } = need;
  switch (key.kind) {
    case 'entity':
      return `entity ${key.id}`;
    case 'unique':
      return `unique ${key.type} ${key.key}`;
    case 'association':
      return `association ${key.from} ${key.type} ${key.to}`;
    case 'count':
      return `count ${key.from} ${key.type}`;
    case 'list':
      return `list ${key.from} ${key.type} ${key.length}`;
  }
}

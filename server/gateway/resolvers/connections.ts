/** Connections and edges after the Relay specification, whatever they are of. */
import { encodeCursor } from '#server/graph/cursor.ts';
import type { Entity, ListPosition, Properties } from '#server/graph/entity.ts';
import { andThen, together, type MaybePromise } from '../execution/maybe-promise.ts';
import type { OperationContext } from '../execution/operation-context.ts';
import { eachApart } from '../execution/reader.ts';
import type { Page } from './association-page.ts';
import type { FieldResolvers } from './resolver.ts';

/** One place of a list, as clients see it. An Association is one. */
export interface Edge extends ListPosition {
  readonly properties: Properties;
}

/** A list of which a page is asked for. Each part is read only where it is selected. */
export class Connection<Item extends ListPosition = Edge> {
  readonly #read: () => MaybePromise<Page<Item>>;
  readonly #count: (() => MaybePromise<number>) | null;
  readonly #cursor: (edge: Item) => string;
  #page: MaybePromise<Page<Item>> | undefined;

  constructor(options: {
    readonly page: () => MaybePromise<Page<Item>>;
    readonly count?: () => MaybePromise<number>;
    readonly cursor?: (edge: Item) => string;
  }) {
    this.#read = options.page;
    this.#count = options.count ?? null;
    this.#cursor = options.cursor ?? encodeCursor;
  }

  page(): MaybePromise<Page<Item>> {
    this.#page ??= this.#read();
    return this.#page;
  }

  count(): MaybePromise<number | null> {
    return this.#count === null ? null : this.#count();
  }

  cursor(edge: Item): string {
    return this.#cursor(edge);
  }
}

export const connectionResolvers: FieldResolvers = {
  totalCount: (connection: Connection) => connection.count(),
  edges: (connection: Connection) => andThen(connection.page(), (page) => page.edges),
  nodes: (connection: Connection, _args: unknown, context: OperationContext) =>
    andThen(connection.page(), (page) => eachApart(page.edges, (edge) => context.reader.entity(edge.to))),
  pageInfo: (connection: Connection) =>
    andThen(connection.page(), (page) => {
      const first = page.edges[0];
      const last = page.edges.at(-1);
      return {
        hasNextPage: page.hasNextPage,
        hasPreviousPage: page.hasPreviousPage,
        startCursor: first === undefined ? null : connection.cursor(first),
        endCursor: last === undefined ? null : connection.cursor(last),
      };
    }),
};

export const edgeResolvers: FieldResolvers = {
  cursor: (edge: Edge) => encodeCursor(edge),
  node: (edge: Edge, _args: unknown, context: OperationContext) => context.reader.entity(edge.to),
  time: (edge: Edge) => edge.time,
  properties: (edge: Edge) => edge.properties,
};

/** Entities listed by themselves: an edge's time is the entity's creation, and its properties are empty. */
export function pageOfEntities(options: {
  readonly entities: MaybePromise<readonly (Entity | null)[]>;
  readonly first: number;
  readonly isContinued: boolean;
}): MaybePromise<Page<Edge>> {
  const { entities, first, isContinued } = options;
  return andThen(entities, (found) => ({
    edges: found
      .slice(0, first)
      .flatMap((entity) => (entity === null ? [] : [{ time: entity.createdAt, to: entity.id, properties: {} }])),
    hasNextPage: found.length > first,
    hasPreviousPage: isContinued,
  }));
}

/** The newest `first` of several pages that begin at the same place. */
export function mergedPage<Item>(options: {
  readonly pages: readonly Page<Item>[];
  readonly first: number;
  readonly compare: (left: Item, right: Item) => number;
}): Page<Item> {
  const { pages, first, compare } = options;
  const edges = pages.flatMap((page) => page.edges).sort(compare);
  return {
    edges: edges.slice(0, first),
    hasNextPage: edges.length > first || pages.some((page) => page.hasNextPage),
    hasPreviousPage: pages.some((page) => page.hasPreviousPage),
  };
}

/** Entities by id, in order; null where one is gone. */
export function entitiesOf(
  context: OperationContext,
  ids: readonly Entity['id'][],
): MaybePromise<readonly (Entity | null)[]> {
  return together(ids.map((id) => context.reader.entity(id)));
}

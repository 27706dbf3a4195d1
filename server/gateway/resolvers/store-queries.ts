import type {
  QueryMostConnectedArgs,
  QueryRandomStatusesArgs,
  QueryRandomUsersArgs,
  QuerySearchArgs,
  QueryStatusesArgs,
  QueryUsersArgs,
} from '#schema/generated/server.ts';
import type { GraphQLResolveInfo } from 'graphql';
import type { StoreQuery, StoreResult } from '#server/graph/cache-key.ts';
import type { Entity } from '#server/graph/entity.ts';
import type { EntityId } from '#server/graph/identifiers.ts';
import { andThen, type MaybePromise } from '../execution/maybe-promise.ts';
import type { OperationContext } from '../execution/operation-context.ts';
import { cursorOf, pageLength } from './arguments.ts';
import { Connection, entitiesOf, pageOfEntities } from './connections.ts';
import type { FieldResolvers } from './resolver.ts';

/** Queries that only the database can answer: which entities there are. What they hold comes from the caches again. */
export const storeQueries: FieldResolvers = {
  users: (_: unknown, args: QueryUsersArgs, context: OperationContext) => allOfType(context, 'User', args),
  statuses: (_: unknown, args: QueryStatusesArgs, context: OperationContext) => allOfType(context, 'Status', args),
  mostConnected: (_: unknown, args: QueryMostConnectedArgs, context: OperationContext) =>
    found(context, { kind: 'most-connected', type: 'friend', length: pageLength(args.first) }),
  search: (_: unknown, args: QuerySearchArgs, context: OperationContext) =>
    found(context, { kind: 'search', type: 'User', text: args.text, length: pageLength(args.first) }),
  randomUsers: (_: unknown, args: QueryRandomUsersArgs, context: OperationContext, info) =>
    random(context, info, { type: 'User', count: args.count }),
  randomStatuses: (_: unknown, args: QueryRandomStatusesArgs, context: OperationContext, info) =>
    random(context, info, { type: 'Status', count: args.count }),
};

function allOfType(
  context: OperationContext,
  type: string,
  args: { readonly first?: number | null; readonly after?: string | null },
): Connection {
  const first = pageLength(args.first);
  const before = cursorOf(args.after)?.to ?? null;
  const query: StoreQuery = { kind: 'entities-of-type', type, before, length: first + 1 };
  return new Connection({
    page: () =>
      pageOfEntities({
        entities: andThen(context.reader.query(query), (result) => entitiesOf(context, idsOf(result))),
        first,
        isContinued: before !== null,
      }),
    count: () =>
      andThen(context.reader.query({ kind: 'count-of-type', type }), (result) =>
        result.kind === 'number' ? result.value : 0,
      ),
  });
}

/** The entities of an answer that are still there. */
function found(context: OperationContext, query: StoreQuery): MaybePromise<readonly Entity[]> {
  const entities = andThen(context.reader.query(query), (result) => entitiesOf(context, idsOf(result)));
  return andThen(entities, (all) => all.filter((entity) => entity !== null));
}

/** The place to look at is drawn once an operation: else each run would ask something else, and none would be an answer. */
function random(
  context: OperationContext,
  info: GraphQLResolveInfo,
  wanted: { readonly type: string; readonly count: number },
): MaybePromise<readonly Entity[]> {
  const seed = context.remember(info, Math.random);
  return found(context, { kind: 'random', type: wanted.type, length: pageLength(wanted.count, 'count'), seed });
}

function idsOf(result: StoreResult): readonly EntityId[] {
  return result.kind === 'ids' ? result.ids : [];
}

import type {
  QueryAssociationArgs,
  QueryAssociationsArgs,
  QueryEntityArgs,
  QueryMutationStatusArgs,
  QueryNodeArgs,
  QueryNodesArgs,
  QueryStatusArgs,
  QueryUserArgs,
} from '#schema/generated/server.ts';
import { comparePositions } from '#server/graph/cursor.ts';
import type { Association, Entity } from '#server/graph/entity.ts';
import { GraphError } from '#server/graph/errors.ts';
import { decodeGlobalId } from '#server/graph/global-id.ts';
import type { EntityId } from '#server/graph/identifiers.ts';
import { andThen, together, type MaybePromise } from '../execution/maybe-promise.ts';
import type { OperationContext } from '../execution/operation-context.ts';
import { eachApart } from '../execution/reader.ts';
import { boundedList, cursorOf, declaredAssociation, idOfType, pageLength } from './arguments.ts';
import type { Page } from './association-page.ts';
import { Connection, type Edge } from './connections.ts';
import { associationConnection } from './entity-fields.ts';
import { mutationOutcome } from './mutation-outcome.ts';
import type { FieldResolvers } from './resolver.ts';

/** Queries that caches answer. */
export const graphQueries: FieldResolvers = {
  node: (_: unknown, args: QueryNodeArgs, context: OperationContext) => entityById(context, args.id),
  nodes: (_: unknown, args: QueryNodesArgs, context: OperationContext) =>
    eachApart(boundedList(args.ids, 'ids'), (id) => entityById(context, id)),
  user: (_: unknown, args: QueryUserArgs, context: OperationContext) => {
    const { id = null, handle = null } = args;
    if ((id === null) === (handle === null)) throw new GraphError('BAD_INPUT', 'user takes either an id or a handle');
    if (id !== null) return context.reader.entity(idOfType(id, 'User', 'id'));
    return entityByKey(context, 'User', handle ?? '');
  },
  status: (_: unknown, args: QueryStatusArgs, context: OperationContext) =>
    context.reader.entity(idOfType(args.id, 'Status', 'id')),
  entity: (_: unknown, args: QueryEntityArgs, context: OperationContext) => {
    const declaration = context.declarations.entities.get(args.type);
    if (declaration === undefined || declaration.key === null)
      throw new GraphError('BAD_INPUT', `${JSON.stringify(args.type.slice(0, 100))} is not an entity type with a key`);
    return entityByKey(context, args.type, args.key);
  },
  association: (_: unknown, args: QueryAssociationArgs, context: OperationContext) => {
    const { type, fromType, toType } = declaredAssociation(context.declarations, args.type);
    return context.reader.association(idOfType(args.from, fromType, 'from'), type, idOfType(args.to, toType, 'to'));
  },
  associations: (_: unknown, args: QueryAssociationsArgs, context: OperationContext) => {
    const { type, fromType, toType } = declaredAssociation(context.declarations, args.type);
    const from = idOfType(args.from, fromType, 'from');
    if (!args.to) return associationConnection(context, { from, type }, args);
    const ids = new Set(boundedList(args.to, 'to').map((id) => idOfType(id, toType, 'to')));
    return chosenAssociations(context, { from, type, ids: [...ids] }, args);
  },
  mutationStatus: (_: unknown, args: QueryMutationStatusArgs, context: OperationContext, info) =>
    context.once(info, async () => mutationOutcome(await context.service.mutationStatus(args.idempotencyKey))),
};

export const associationResolvers: FieldResolvers = {
  from: (association: Association, _args: unknown, context: OperationContext) =>
    context.reader.entity(association.from),
  to: (association: Association, _args: unknown, context: OperationContext) => context.reader.entity(association.to),
};

/** An id whose type the entity does not have was never given out: there is no such node. */
function entityById(context: OperationContext, text: string): MaybePromise<Entity | null> {
  const { id, type } = decodeGlobalId(text);
  return andThen(context.reader.entity(id), (entity) => (entity?.type === type ? entity : null));
}

function entityByKey(context: OperationContext, type: string, key: string): MaybePromise<Entity | null> {
  return andThen(context.reader.unique(type, key), (id) => (id === null ? null : context.reader.entity(id)));
}

/** Those of a list that lead to some given entities: single edges, looked up one by one and put in the list's order. */
function chosenAssociations(
  context: OperationContext,
  chosen: { readonly from: EntityId; readonly type: string; readonly ids: readonly EntityId[] },
  args: QueryAssociationsArgs,
): Connection {
  const { from, type, ids } = chosen;
  const first = pageLength(args.first);
  const after = cursorOf(args.after);
  const { since = null, until = null } = args;
  const isInTime = ({ time }: Association): boolean =>
    (since === null || time >= since) && (until === null || time < until);
  const page = (): MaybePromise<Page<Association>> =>
    andThen(together(ids.map((to) => context.reader.association(from, type, to))), (found) => {
      const all = found.filter((association) => association !== null && isInTime(association)) as Association[];
      const rest = all.sort(comparePositions).filter((edge) => after === null || comparePositions(edge, after) > 0);
      return {
        edges: rest.slice(0, first),
        hasNextPage: rest.length > first,
        hasPreviousPage: rest.length < all.length,
      };
    });
  return new Connection<Edge>({ page, count: () => context.reader.count(from, type) });
}

/** Subscriptions to changes of the graph, from the applied log of this node. */
import type {
  SubscriptionAssociationsChangedArgs,
  SubscriptionEntityChangedArgs,
  SubscriptionStatusPostedArgs,
} from '#schema/generated/server.ts';
import type { Effect } from '#server/graph/effect.ts';
import { decodeGlobalId, encodeGlobalId } from '#server/graph/global-id.ts';
import type { EntityId, EntityType, LogIndex } from '#server/graph/identifiers.ts';
import type { ChangeEvent, Commit } from '#server/cluster/node-service.ts';
import type { OperationContext } from '../execution/operation-context.ts';
import { StreamEnd, type StreamEvent } from '../execution/stream-event.ts';
import { boundedList, declaredAssociation } from './arguments.ts';
import type { FieldResolvers, SubscriptionResolver } from './resolver.ts';

type ChangeKind = 'ADDED' | 'CHANGED' | 'REMOVED';

interface EntityChange {
  readonly id: EntityId;
  readonly type: EntityType;
  readonly kind: ChangeKind;
  readonly commit: Commit;
}

interface AssociationChange {
  readonly from: EntityId;
  readonly type: string;
  readonly to: EntityId;
  readonly kind: ChangeKind;
  readonly commit: Commit;
}

/** Like a Resolver: which arguments it gets is the schema's to say. */
type ArgumentsSubscriber = { subscribe(args: unknown, context: OperationContext): AsyncIterable<unknown> }['subscribe'];

export const changeSubscriptions: FieldResolvers = {
  entityChanged: subscription((args: SubscriptionEntityChangedArgs, context: OperationContext) => {
    const ids = new Set(boundedList(args.ids, 'ids').map((id) => decodeGlobalId(id).id));
    return follow(context, args.fromCommit, (effect, commit) => {
      const change = entityChange(effect, commit);
      return change !== null && ids.has(change.id) ? change : null;
    });
  }),
  associationsChanged: subscription((args: SubscriptionAssociationsChangedArgs, context: OperationContext) => {
    const from = new Set(boundedList(args.from, 'from').map((id) => decodeGlobalId(id).id));
    const types = args.types?.map((type) => declaredAssociation(context.declarations, type).type);
    const chosen = types === undefined ? null : new Set(boundedList(types, 'types'));
    return follow(context, args.fromCommit, (effect, commit) => {
      const change = associationChange(effect, commit);
      return change !== null && from.has(change.from) && (chosen?.has(change.type) ?? true) ? change : null;
    });
  }),
  statusPosted: subscription((args: SubscriptionStatusPostedArgs, context: OperationContext) =>
    follow(context, args.fromCommit, (effect, commit) => {
      const change = entityChange(effect, commit);
      return change?.kind === 'ADDED' && change.type === 'Status' ? change : null;
    }),
  ),
};

export const entityChangeResolvers: FieldResolvers = {
  entityId: (change: EntityChange) => encodeGlobalId(change.type, change.id),
  entity: (change: EntityChange, _args: unknown, context: OperationContext) => context.reader.entity(change.id),
};

export const associationChangeResolvers: FieldResolvers = {
  from: (change: AssociationChange, _args: unknown, context: OperationContext) =>
    encodeGlobalId(declaredAssociation(context.declarations, change.type).fromType, change.from),
  to: (change: AssociationChange, _args: unknown, context: OperationContext) =>
    encodeGlobalId(declaredAssociation(context.declarations, change.type).toType, change.to),
  association: (change: AssociationChange, _args: unknown, context: OperationContext) =>
    context.reader.association(change.from, change.type, change.to),
  totalCount: (change: AssociationChange, _args: unknown, context: OperationContext) =>
    context.reader.count(change.from, change.type),
};

function subscription(subscribe: ArgumentsSubscriber): SubscriptionResolver {
  return {
    subscribe: (_parent: unknown, args: unknown, context: OperationContext) => subscribe(args, context),
    resolve: (event: StreamEvent<unknown>) => event.value,
  };
}

/** The changes that `choose` takes, in commit order, until the client leaves or the log does not reach. */
function follow<Change>(
  context: OperationContext,
  fromCommit: number | null | undefined,
  choose: (effect: Effect, commit: Commit) => Change | null,
): AsyncIterable<StreamEvent<Change>> {
  const from = (fromCommit ?? null) as LogIndex | null;
  return chosen(context.service.changes({ fromCommit: from, signal: context.signal }), choose);
}

async function* chosen<Change>(
  changes: AsyncIterable<ChangeEvent>,
  choose: (effect: Effect, commit: Commit) => Change | null,
): AsyncGenerator<StreamEvent<Change>> {
  for await (const event of changes) {
    if (event.kind === 'gone') {
      throw new StreamEnd(
        'HISTORY_GONE',
        `what changed after commit ${event.index} cannot be told any more: read again and subscribe from there`,
      );
    }
    for (const effect of event.effects) {
      const value = choose(effect, event.commit);
      if (value !== null) yield { value, atLeast: event.commit.index };
    }
  }
}

function entityChange(effect: Effect, commit: Commit): EntityChange | null {
  if (effect.kind === 'entity-put') {
    const { id, type } = effect.entity;
    return { id, type, kind: effect.created ? 'ADDED' : 'CHANGED', commit };
  }
  return effect.kind === 'entity-removed' ? { id: effect.id, type: effect.type, kind: 'REMOVED', commit } : null;
}

function associationChange(effect: Effect, commit: Commit): AssociationChange | null {
  if (effect.kind === 'association-put') {
    const { from, type, to } = effect.association;
    return { from, type, to, kind: effect.created === true ? 'ADDED' : 'CHANGED', commit };
  }
  if (effect.kind !== 'association-removed') return null;
  const { from, type, to } = effect;
  return { from, type, to, kind: 'REMOVED', commit };
}

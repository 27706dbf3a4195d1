/** What happens in the cluster, event by event. */
import type {
  CacheEvent,
  CommitEvent,
  DatabaseEvent,
  LinkEvent,
  MessageEvent,
  RoleEvent,
  SubscriptionClusterEventsArgs,
  VoteEvent,
} from '#schema/generated/server.ts';
import type { LogIndex, NodeId } from '#server/graph/identifiers.ts';
import type { ToldEvent } from '#server/cluster/cluster-event.ts';
import type { OperationContext } from '../execution/operation-context.ts';
import { StreamEnd, type StreamEvent } from '../execution/stream-event.ts';
import { boundedList } from './arguments.ts';
import type { FieldResolvers } from './resolver.ts';

/** An event as clients see it, with the name of its type. */
type ShownEvent =
  | ({ readonly type: 'RoleEvent' } & RoleEvent)
  | ({ readonly type: 'VoteEvent' } & VoteEvent)
  | ({ readonly type: 'MessageEvent' } & MessageEvent)
  | ({ readonly type: 'CommitEvent' } & CommitEvent)
  | ({ readonly type: 'CacheEvent' } & CacheEvent)
  | ({ readonly type: 'LinkEvent' } & LinkEvent)
  | ({ readonly type: 'DatabaseEvent' } & DatabaseEvent);

export const clusterEventSubscriptions: FieldResolvers = {
  clusterEvents: {
    subscribe: (_parent: unknown, args: SubscriptionClusterEventsArgs, { service, signal }: OperationContext) => {
      const after = args.after ? boundedList(args.after, 'after') : null;
      const positions = after?.map((position) => ({ ...position, source: position.source as NodeId })) ?? null;
      const kinds = args.kinds ? new Set(args.kinds) : null;
      return shown(service.clusterEvents({ after: positions, kinds, signal }));
    },
    resolve: (event: StreamEvent<ShownEvent>) => event.value,
  },
};

async function* shown(told: AsyncIterable<ToldEvent>): AsyncGenerator<StreamEvent<ShownEvent>> {
  for await (const each of told) {
    if (each.kind === 'gone')
      throw new StreamEnd(
        'HISTORY_GONE',
        `what happens next at ${each.source} is not remembered here: subscribe without its position`,
      );
    const value = shownEvent(each);
    if (value !== null) yield { value, atLeast: 0 as LogIndex };
  }
}

/** Null for what this version has no words for. */
function shownEvent({ event, previous }: ToldEvent & { readonly kind: 'event' }): ShownEvent | null {
  const { details, ...place } = event;
  const common = { ...place, previous };
  switch (details.kind) {
    case 'ROLE':
      return { type: 'RoleEvent', ...common, role: details.role, leader: details.leader, reason: details.reason };
    case 'VOTE': {
      const { candidate, granted, preVote } = details;
      return { type: 'VoteEvent', ...common, candidate, granted, preVote };
    }
    case 'MESSAGE': {
      const { message, to, messages, entries, sentAtMicros, dropped } = details;
      const sent = { kind: message, from: event.source, to, messages, entries, sentAtMicros, dropped };
      // Only its receiver knows when a message arrived.
      return { type: 'MessageEvent', ...common, ...sent, receivedAtMicros: null };
    }
    case 'COMMIT':
      return { type: 'CommitEvent', ...common, index: details.index, mutations: details.mutations };
    case 'CACHE':
      return { type: 'CacheEvent', ...common, hits: details.hits, misses: details.misses, key: null };
    case 'LINK':
      return { type: 'LinkEvent', ...common, from: event.source, to: details.to, connected: details.connected };
    case 'DATABASE': {
      const { available, materializedIndex } = details;
      return { type: 'DatabaseEvent', ...common, available, materializedIndex };
    }
    case 'UNKNOWN':
      return null;
  }
}

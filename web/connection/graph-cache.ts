import { cacheExchange } from '@urql/exchange-graphcache';
import type { Cache, DataField, OptimisticMutationResolver } from '@urql/exchange-graphcache';

/** Types that belong to the field they stand in, not to an id of their own. */
const EMBEDDED_TYPES = [
  'Association',
  'AssociationConnection',
  'AssociationEdge',
  'AssociationChange',
  'Cluster',
  'ClusterNode',
  'Commit',
  'EntityChange',
  'FeedConnection',
  'FriendshipPayload',
  'LikePayload',
  'MutualFriendConnection',
  'PageInfo',
  'StatusConnection',
  'StatusEdge',
  'StatusPayload',
  'TimelineConnection',
  'TimelineEdge',
  'TimelineItem',
  'UserConnection',
  'UserEdge',
  'UserPayload',
] as const;

/**
 * The normalised cache of graph data. Counts of a list are always read as `list(first: 1) { totalCount }`, so there is one place
 * for each, which the optimistic answers below change at once everywhere it is shown; a refused mutation takes its own change
 * back and nothing else.
 */
export const graphCache = cacheExchange({
  keys: Object.fromEntries(EMBEDDED_TYPES.map((type) => [type, () => null])),
  resolvers: {
    Query: {
      user: (_parent, args) =>
        'id' in args && typeof args['id'] === 'string' ? { __typename: 'User', id: args['id'] } : undefined,
      status: (_parent, args) => ({ __typename: 'Status', id: args['id'] as string }),
    },
  },
  optimistic: {
    likeStatus: likeAnswer(1),
    unlikeStatus: likeAnswer(-1),
    befriend: friendAnswer(1),
    unfriend: friendAnswer(-1),
    updateUser: updateAnswer,
  },
});

/** The person with the change in it; who reads properties shows them at once, and again the old ones when it is refused. */
function updateAnswer(args: Record<string, unknown>, cache: Cache) {
  const { id, properties } = args['input'] as { readonly id: string; readonly properties: Record<string, unknown> };
  const entity = { __typename: 'User', id };
  const known = (name: string): DataField => cache.resolve(entity, name) ?? null;
  const changed = (name: string): DataField => (name in properties ? (properties[name] as DataField) : known(name));
  const merged = Object.entries({ ...(known('properties') as object | null), ...properties });
  return {
    __typename: 'UserPayload',
    user: {
      ...entity,
      handle: changed('handle'),
      name: changed('name'),
      bio: changed('bio'),
      // Null removes a property.
      properties: Object.fromEntries(merged.filter(([, value]) => value !== null)) as DataField,
      updatedAt: known('updatedAt'),
      version: known('version'),
    },
    commit: null,
  };
}

function likeAnswer(step: number): OptimisticMutationResolver {
  return (args, cache) => {
    const { user, status } = inputOf(args);
    return {
      __typename: 'LikePayload',
      status: counted(cache, { __typename: 'Status', id: status }, { list: 'likedBy', step }),
      user: counted(cache, { __typename: 'User', id: user }, { list: 'likes', step }),
      commit: null,
    };
  };
}

function friendAnswer(step: number): OptimisticMutationResolver {
  return (args, cache) => {
    const { user, friend } = inputOf(args);
    return {
      __typename: 'FriendshipPayload',
      user: counted(cache, { __typename: 'User', id: user }, { list: 'friends', step }),
      friend: counted(cache, { __typename: 'User', id: friend }, { list: 'friends', step }),
      commit: null,
    };
  };
}

interface CountChange {
  readonly list: 'friends' | 'likes' | 'likedBy';
  readonly step: number;
}

/** The entity with the count of one list changed by a step; a count that is not known stays unknown. */
function counted(cache: Cache, entity: { __typename: 'User' | 'Status'; id: string }, change: CountChange) {
  const connection = cache.resolve(entity, change.list, { first: 1 });
  const known = typeof connection === 'string' ? cache.resolve(connection, 'totalCount') : null;
  return {
    ...entity,
    [change.list]: {
      __typename: change.list === 'likes' ? 'StatusConnection' : 'UserConnection',
      totalCount: typeof known === 'number' ? Math.max(known + change.step, 0) : null,
    },
  };
}

function inputOf(args: Record<string, unknown>): Record<'user' | 'status' | 'friend', string> {
  return args['input'] as Record<'user' | 'status' | 'friend', string>;
}

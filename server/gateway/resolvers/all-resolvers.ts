import { changeSubscriptions, associationChangeResolvers, entityChangeResolvers } from './changes.ts';
import {
  cacheStatsResolvers,
  clusterMutations,
  clusterNodeResolvers,
  clusterQueries,
  clusterResolvers,
} from './cluster.ts';
import { clusterEventSubscriptions } from './cluster-events.ts';
import { clusterSubscriptions } from './cluster-subscription.ts';
import {
  domainMutations,
  friendshipPayloadResolvers,
  likePayloadResolvers,
  statusPayloadResolvers,
  userPayloadResolvers,
} from './domain-mutations.ts';
import { friendPathQueries } from './friend-path.ts';
import { associationPayloadResolvers, entityPayloadResolvers, genericMutations } from './generic-mutations.ts';
import { commitResolvers } from './mutation-outcome.ts';
import { associationResolvers, graphQueries } from './queries.ts';
import type { ResolverMap } from './resolver.ts';
import { storeQueries } from './store-queries.ts';
import { timelineEdgeResolvers, timelineItemResolvers } from './timeline.ts';
import { userResolvers } from './user-fields.ts';

/** The fields that need code of their own, by type. */
export const resolvers: ResolverMap = {
  Query: { ...graphQueries, ...friendPathQueries, ...storeQueries, ...clusterQueries },
  Mutation: { ...domainMutations, ...genericMutations, ...clusterMutations },
  Subscription: { ...changeSubscriptions, ...clusterSubscriptions, ...clusterEventSubscriptions },
  User: userResolvers,
  Association: associationResolvers,
  TimelineEdge: timelineEdgeResolvers,
  TimelineItem: timelineItemResolvers,
  Commit: commitResolvers,
  UserPayload: userPayloadResolvers,
  StatusPayload: statusPayloadResolvers,
  FriendshipPayload: friendshipPayloadResolvers,
  LikePayload: likePayloadResolvers,
  EntityPayload: entityPayloadResolvers,
  AssociationPayload: associationPayloadResolvers,
  Cluster: clusterResolvers,
  ClusterNode: clusterNodeResolvers,
  CacheStats: cacheStatsResolvers,
  EntityChange: entityChangeResolvers,
  AssociationChange: associationChangeResolvers,
};

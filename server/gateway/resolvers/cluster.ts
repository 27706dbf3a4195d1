/** The cluster as the answering node sees it, and the mutations by which operators test it. None of this looks at the graph. */
import type { GraphQLResolveInfo } from 'graphql';
import type {
  ClusterNodeLogArgs,
  MutationAddNodeArgs,
  MutationPromoteNodeArgs,
  MutationRemoveNodeArgs,
  MutationSetLinkArgs,
  MutationSetPluggedArgs,
  MutationTransferLeadershipArgs,
} from '#schema/generated/server.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { NodeId } from '#server/graph/identifiers.ts';
import type { CacheReport, ClusterMember, ClusterState, NodeReport } from '#server/cluster/node-service.ts';
import type { MembershipChange } from '#server/cluster/membership.ts';
import type { MaybePromise } from '../execution/maybe-promise.ts';
import type { OperationContext } from '../execution/operation-context.ts';
import type { FieldResolvers, Resolver } from './resolver.ts';

/** Newest entries of a log that one answer may hold. */
const logEntriesMax = 1_000;

export const clusterQueries: FieldResolvers = {
  cluster: (_: unknown, _args: unknown, context: OperationContext) => context.service.clusterState(),
};

export const clusterMutations: FieldResolvers = {
  setPlugged: (_: unknown, args: MutationSetPluggedArgs, context: OperationContext, info) =>
    context.once(info, async () => {
      await context.service.setPlugged(args.node as NodeId, args.plugged);
      return context.service.clusterState().members.find((member) => member.report.id === args.node) ?? null;
    }),
  setLink: (_: unknown, args: MutationSetLinkArgs, context: OperationContext, info) =>
    context.once(info, async () => {
      await context.service.setLink(args.from as NodeId, args.to as NodeId, args.connected);
      return context.service.clusterState();
    }),
  transferLeadership: (_: unknown, args: MutationTransferLeadershipArgs, context: OperationContext, info) =>
    context.once(info, async () => {
      await context.service.transferLeadership(args.to as NodeId);
      return context.service.clusterState();
    }),
  addNode: (_: unknown, args: MutationAddNodeArgs, context: OperationContext, info) => {
    const { peerUrl: peer, publicUrl, voter = true } = args;
    return changeMembers({ context, info }, { kind: 'add', id: args.id as NodeId, peer, publicUrl, voter });
  },
  promoteNode: (_: unknown, args: MutationPromoteNodeArgs, context: OperationContext, info) =>
    changeMembers({ context, info }, { kind: 'promote', id: args.id as NodeId }),
  removeNode: (_: unknown, args: MutationRemoveNodeArgs, context: OperationContext, info) =>
    changeMembers({ context, info }, { kind: 'remove', id: args.id as NodeId }),
};

function changeMembers(
  { context, info }: { readonly context: OperationContext; readonly info: GraphQLResolveInfo },
  change: MembershipChange,
): MaybePromise<ClusterState> {
  return context.once(info, async () => {
    await context.service.changeMembers(change);
    return context.service.clusterState();
  });
}

export const clusterResolvers: FieldResolvers = {
  leader: (state: ClusterState) => state.members.find((member) => member.report.id === state.leader) ?? null,
  nodes: (state: ClusterState) => state.members,
  links: (state: ClusterState) =>
    state.members.flatMap(({ report }) => report.links.map((link) => ({ from: report.id, ...link }))),
};

/** What a node says of itself, under the same names. */
const reported = [
  'id',
  'publicUrl',
  'role',
  'voter',
  'term',
  'votedFor',
  'knownLeader',
  'firstIndex',
  'lastIndex',
  'commitIndex',
  'appliedIndex',
  'plugged',
  'cache',
  'uptimeSeconds',
  'version',
] as const satisfies readonly (keyof NodeReport)[];

export const clusterNodeResolvers: FieldResolvers = {
  ...Object.fromEntries(
    reported.map((name): [string, Resolver] => [name, (member: ClusterMember) => member.report[name]]),
  ),
  // A node of v0.1 does not say.
  repairing: (member: ClusterMember) => member.report.repairing === true,
  uptimeSeconds: (member: ClusterMember) => Math.floor(member.report.uptimeSeconds),
  log: (member: ClusterMember, { last }: ClusterNodeLogArgs) => {
    if (last < 0 || last > logEntriesMax)
      throw new GraphError('BAD_INPUT', `last must be from 0 to ${logEntriesMax}, not ${last}`);
    return last === 0 ? [] : member.report.log.slice(-last);
  },
};

export const cacheStatsResolvers: FieldResolvers = {
  hitRate: ({ hits, misses }: CacheReport) => (hits + misses === 0 ? 0 : hits / (hits + misses)),
};

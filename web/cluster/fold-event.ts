import type { ClusterEventsSubscription } from '../generated/graphql.ts';
import type { ClusterState, NodeState } from './telemetry-store.ts';

export type HappenedEvent = ClusterEventsSubscription['clusterEvents'];
type EventOf<Name extends HappenedEvent['__typename']> = Extract<HappenedEvent, { readonly __typename: Name }>;

/** The cluster after this event. Pure; what the event does not concern is shared with the state before. */
export function foldEvent(cluster: ClusterState, event: HappenedEvent): ClusterState {
  const known = changeNode(cluster, event.source, { term: event.term });
  const current = known.term < event.term ? { ...known, term: event.term } : known;
  switch (event.__typename) {
    case 'RoleEvent':
      return withRole(current, event);
    case 'VoteEvent':
      return event.granted && !event.preVote
        ? changeNode(current, event.source, { votedFor: event.candidate })
        : current;
    case 'CommitEvent':
      return withCommit(current, event);
    case 'LinkEvent':
      return withLink(current, event);
    case 'DatabaseEvent':
      return withDatabase(current, event);
    case 'MessageEvent':
    case 'CacheEvent':
      return current;
  }
}

function withRole(cluster: ClusterState, event: EventOf<'RoleEvent'>): ClusterState {
  const { source, role, leader } = event;
  const changed = changeNode(cluster, source, { role, knownLeader: leader });
  if (role === 'LEADER' && event.term >= cluster.term) return { ...changed, leader: { id: source }, hasQuorum: true };
  if (role !== 'LEADER' && cluster.leader?.id === source) return { ...changed, leader: null, hasQuorum: false };
  return changed;
}

function withCommit(cluster: ClusterState, event: EventOf<'CommitEvent'>): ClusterState {
  const { source, index } = event;
  const node = cluster.nodes.find((one) => one.id === source);
  const commitIndex = larger(node?.commitIndex ?? '0', index);
  const lastIndex = larger(node?.lastIndex ?? '0', index);
  const changed = changeNode(cluster, source, { appliedIndex: index, commitIndex, lastIndex });
  return { ...changed, commitIndex: larger(changed.commitIndex, index) };
}

function withLink(cluster: ClusterState, { from, to, connected }: EventOf<'LinkEvent'>): ClusterState {
  if (from === to) return changeNode(cluster, from, { plugged: connected });
  const others = cluster.links.filter((link) => link.from !== from || link.to !== to);
  const before = cluster.links.find((link) => link.from === from && link.to === to);
  const link = { from, to, connected, roundTripMs: before?.roundTripMs ?? null };
  const links = [...others, link];
  // Heard as long as one direction that begins at it works.
  const reachable = links.some((one) => one.from === from && one.connected);
  return changeNode({ ...cluster, links }, from, { reachable });
}

function withDatabase(cluster: ClusterState, event: EventOf<'DatabaseEvent'>): ClusterState {
  const { available, materializedIndex } = event;
  return { ...cluster, database: { ...cluster.database, available, materializedIndex } };
}

function changeNode(cluster: ClusterState, id: string, change: Partial<NodeState>): ClusterState {
  const isKnown = cluster.nodes.some((node) => node.id === id);
  const nodes = isKnown ? cluster.nodes : [...cluster.nodes, newNode(id)];
  return { ...cluster, nodes: nodes.map((node) => (node.id === id ? { ...node, ...change } : node)) };
}

/** A node that joined after the recording began: nothing is known of it but what events say. */
function newNode(id: string): NodeState {
  return {
    id,
    publicUrl: '',
    role: 'FOLLOWER',
    voter: false,
    term: 0,
    votedFor: null,
    knownLeader: null,
    firstIndex: '0',
    lastIndex: '0',
    commitIndex: '0',
    appliedIndex: '0',
    plugged: true,
    repairing: false,
    reachable: true,
    lastHeardAt: null,
    uptimeSeconds: 0,
    version: '',
    cache: { entries: 0, bytes: 0, hits: 0, misses: 0, hitRate: 0 },
    log: [],
  };
}

function larger(a: string, b: string): string {
  return BigInt(a) > BigInt(b) ? a : b;
}

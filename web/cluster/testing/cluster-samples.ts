import type { ClusterState, NodeState } from '../telemetry-store.ts';

/** A healthy node as a cluster would report it, with what a test says differently. */
export function nodeOf(id: string, change: Partial<NodeState> & { hits?: number } = {}): NodeState {
  const { hits = 0, ...rest } = change;
  return {
    id,
    publicUrl: `http://10.0.0.1/${id}`,
    role: 'FOLLOWER',
    voter: true,
    term: 3,
    votedFor: 'n1',
    knownLeader: 'n1',
    firstIndex: '1',
    lastIndex: '10',
    commitIndex: '10',
    appliedIndex: '10',
    plugged: true,
    repairing: false,
    reachable: true,
    lastHeardAt: null,
    uptimeSeconds: 1,
    version: '0.1.0',
    cache: { entries: 0, bytes: 0, hits, misses: 0, hitRate: 0 },
    log: [],
    ...rest,
  };
}

export function clusterOf(change: Partial<ClusterState>): ClusterState {
  return {
    id: 'local',
    term: 3,
    hasQuorum: true,
    commitIndex: '10',
    leader: { id: 'n1' },
    nodes: [nodeOf('n1', { role: 'LEADER' }), nodeOf('n2'), nodeOf('n3')],
    links: [],
    database: { kind: 'sqlite', available: true, materializedIndex: '10', behind: 0 },
    commits: { mutationsPerSecond: 0, p50Ms: null, p99Ms: null },
    ...change,
  };
}

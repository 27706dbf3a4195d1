import type { LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import type { ClusterState } from '#server/cluster/node-service.ts';

/** A cluster of a single node that leads, with two entries in its log. */
export function clusterOfOne(id: NodeId): ClusterState {
  const index = 2 as LogIndex;
  const term = 1 as Term;
  const database = { kind: 'sqlite', available: true, materializedIndex: index, behind: 0 };
  const commits = { mutationsPerSecond: 0, p50Ms: null, p99Ms: null };
  return {
    id: 'c1',
    term,
    leader: id,
    hasQuorum: true,
    commitIndex: index,
    members: [
      {
        reachable: true,
        lastHeardAt: null,
        report: {
          id,
          publicUrl: 'http://127.0.0.1:4000',
          role: 'LEADER',
          voter: true,
          term,
          votedFor: id,
          knownLeader: id,
          firstIndex: 1 as LogIndex,
          lastIndex: index,
          commitIndex: index,
          appliedIndex: index,
          plugged: true,
          cache: { entries: 3, bytes: 4096, hits: 3, misses: 1, leaderFetches: 0, databaseFetches: 1 },
          uptimeSeconds: 12.5,
          version: '0.1.0',
          log: [
            {
              index: 1 as LogIndex,
              term,
              kind: 'LEADER_START',
              committed: true,
              mutations: 0,
              summary: 'n1 leads',
              entityIds: [],
            },
            {
              index,
              term,
              kind: 'MUTATIONS',
              committed: true,
              mutations: 1,
              summary: 'create User',
              entityIds: ['VXNlcjo4MTky'],
            },
          ],
          links: [{ to: 'n2' as NodeId, connected: false, roundTripMs: null, matchIndex: null, nextIndex: null }],
          database,
          commits,
        },
      },
    ],
    database,
    commits,
  };
}

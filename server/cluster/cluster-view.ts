import type { NodeId, TimeMs } from '#server/graph/identifiers.ts';
import type { ReportMessage } from './monitor-protocol.ts';
import type { ClusterMember, ClusterState, CommitReport, DatabaseReport, NodeReport } from './node-service.ts';

/** What a node has heard of another one. */
export interface Heard {
  readonly message: ReportMessage;
  readonly at: TimeMs;
  /** It spoke a moment ago, and no connection to it has closed since. */
  readonly isReachable: boolean;
}

export interface ClusterViewInput {
  readonly clusterId: string;
  /** What the answering node says of itself now. */
  readonly own: Pick<ReportMessage, 'report' | 'hasQuorum'>;
  readonly now: TimeMs;
  /** Every member, the answering node included. */
  readonly members: readonly NodeId[];
  readonly heard: ReadonlyMap<NodeId, Heard>;
  readonly voters: readonly NodeId[];
  /** As others say, for members that have not spoken. */
  readonly publicUrlOf: (id: NodeId) => string;
  /** What the answering node last heard of the database. */
  readonly lastDatabase: DatabaseReport;
}

const noCommits: CommitReport = { mutationsPerSecond: 0, p50Ms: null, p99Ms: null };

/**
 * One picture from what each node says of itself; what others say of it is not asked. Only who is a member, and votes, is in the log:
 * whoever changed that should see it at once, and not when the node next speaks.
 */
export function clusterView(input: ClusterViewInput): ClusterState {
  const members = input.members.map((id) => memberOf(id, input));
  const reachable = members.filter((member) => member.reachable).map(({ report }) => report);
  // A leader that was deposed, and does not know it yet, has a smaller term.
  const leader = reachable
    .filter(({ role }) => role === 'LEADER')
    .reduce<NodeReport | null>((best, report) => (best === null || report.term > best.term ? report : best), null);
  return {
    id: input.clusterId,
    term: Math.max(...members.map(({ report }) => report.term)) as ClusterState['term'],
    leader: leader?.id ?? null,
    hasQuorum: leader !== null && hasQuorum(leader.id, input),
    commitIndex: Math.max(...members.map(({ report }) => report.commitIndex)) as ClusterState['commitIndex'],
    members,
    database: leader?.database ?? { ...input.lastDatabase, available: false },
    commits: leader?.commits ?? noCommits,
  };
}

function memberOf(id: NodeId, { own, now, heard, publicUrlOf, voters }: ClusterViewInput): ClusterMember {
  if (id === own.report.id) return { report: own.report, reachable: true, lastHeardAt: now };
  const known = heard.get(id);
  if (known === undefined) {
    const report = unheard(id, { publicUrl: publicUrlOf(id), voter: voters.includes(id) });
    return { report, reachable: false, lastHeardAt: null };
  }
  const report = { ...known.message.report, voter: voters.includes(id) };
  return { report, reachable: known.isReachable, lastHeardAt: known.at };
}

function hasQuorum(leader: NodeId, { own, heard }: ClusterViewInput): boolean {
  return leader === own.report.id ? own.hasQuorum : heard.get(leader)?.message.hasQuorum === true;
}

/** A member that has never been heard since this node started. */
function unheard(
  id: NodeId,
  { publicUrl, voter }: { readonly publicUrl: string; readonly voter: boolean },
): NodeReport {
  const none = 0 as NodeReport['firstIndex'];
  return {
    id,
    publicUrl,
    role: voter ? 'FOLLOWER' : 'LEARNER',
    voter,
    term: 0 as NodeReport['term'],
    votedFor: null,
    knownLeader: null,
    firstIndex: none,
    lastIndex: none,
    commitIndex: none,
    appliedIndex: none,
    plugged: true,
    cache: { entries: 0, bytes: 0, hits: 0, misses: 0, leaderFetches: 0, databaseFetches: 0 },
    uptimeSeconds: 0,
    version: '',
    log: [],
    links: [],
    database: null,
    commits: null,
  };
}

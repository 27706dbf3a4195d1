import { formatShare } from '../shell/figures.ts';
import type { ClusterState, NodeState, Telemetry } from './telemetry-store.ts';

/** The three places a node can stand in, as in the columns. */
export const STANDINGS = ['follower', 'leader', 'unreachable'] as const;
export type Standing = (typeof STANDINGS)[number];

/** A node as it is shown: what it reported, and what follows from it. */
export interface NodeReading {
  readonly node: NodeState;
  readonly standing: Standing;
  /** What the node is, in a word. */
  readonly word: string;
  /** Committed entries that it has not applied yet, measured at the newest commit anyone reports. */
  readonly lag: bigint;
  /** From the leader to this node, else from the node that answers; null where nothing measures it. */
  readonly roundTripMs: number | null;
  /** What its switch shows: what the reader wants, until the node reports otherwise. */
  readonly isPlugged: boolean;
  readonly isConfirmed: boolean;
}

const ROLE_WORDS: Record<NodeState['role'], string> = {
  FOLLOWER: 'follower',
  PRE_CANDIDATE: 'pre-candidate',
  CANDIDATE: 'candidate',
  LEADER: 'leader',
  LEARNER: 'learner',
};

export function readNodes(telemetry: Telemetry, answeringId: string | null): readonly NodeReading[] {
  const { cluster } = telemetry;
  if (cluster === null) return [];
  const newest = newestCommit(cluster);
  return cluster.nodes
    .toSorted((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }))
    .map((node) => {
      const wanted = telemetry.wantedPlugs.get(node.id);
      const applied = BigInt(node.appliedIndex);
      return {
        node,
        standing: standingOf(node, cluster),
        word: wordOf(node, cluster),
        lag: newest > applied ? newest - applied : 0n,
        roundTripMs: roundTripOf(node, cluster, answeringId),
        isPlugged: wanted?.plugged ?? node.plugged,
        isConfirmed: wanted === undefined,
      };
    });
}

function standingOf(node: NodeState, cluster: ClusterState): Standing {
  if (!node.plugged || !node.reachable) return 'unreachable';
  // A leader that was replaced may still believe in itself for a moment: the newest term decides who is shown as leading.
  const isNewest = cluster.nodes.every((other) => other.role !== 'LEADER' || !other.plugged || other.term <= node.term);
  return node.role === 'LEADER' && isNewest ? 'leader' : 'follower';
}

function wordOf(node: NodeState, cluster: ClusterState): string {
  if (!node.plugged) return 'unplugged';
  if (!node.reachable) return 'not heard';
  if (node.repairing) return 'repairing';
  return node.role === 'LEADER' && standingOf(node, cluster) !== 'leader' ? 'claims to lead' : ROLE_WORDS[node.role];
}

export function newestCommit(cluster: ClusterState): bigint {
  return cluster.nodes.reduce((newest, node) => {
    const commit = BigInt(node.commitIndex);
    return commit > newest ? commit : newest;
  }, BigInt(cluster.commitIndex));
}

function roundTripOf(node: NodeState, cluster: ClusterState, answeringId: string | null): number | null {
  const from = cluster.leader?.id ?? answeringId;
  const link = cluster.links.find((one) => one.from === from && one.to === node.id && one.connected);
  return link?.roundTripMs ?? null;
}

/** The share of look-ups that memory answered; a dash while there were none. */
export function hitRateOf(node: NodeState): string {
  return node.cache.hits + node.cache.misses === 0 ? '–' : formatShare(node.cache.hitRate);
}

/** How many voters can be heard and are plugged in, out of how many. */
export function quorumOf(cluster: ClusterState): {
  readonly heard: number;
  readonly voters: number;
  readonly needed: number;
} {
  const voters = cluster.nodes.filter((node) => node.voter);
  const heard = voters.filter((node) => node.plugged && node.reachable).length;
  return { heard, voters: voters.length, needed: Math.floor(voters.length / 2) + 1 };
}

export interface Notice {
  readonly tone: 'warn' | 'bad';
  readonly text: string;
}

/** Whether the cluster accepts changes, and if not, what is missing. */
export type ClusterHealth = 'well' | 'no-quorum' | 'no-leader' | 'leader-alone';

export function healthOf(cluster: ClusterState): ClusterHealth {
  const { heard, needed } = quorumOf(cluster);
  if (heard < needed) return 'no-quorum';
  if (cluster.leader === null) return 'no-leader';
  return cluster.hasQuorum ? 'well' : 'leader-alone';
}

/** What a reader must know about the cluster now, in words, most pressing first. Empty when all is well. */
export function noticesOf(telemetry: Telemetry, answeringId: string | null): readonly Notice[] {
  const { cluster } = telemetry;
  if (cluster === null) return [];
  const notices: Notice[] = [];
  const own = cluster.nodes.find((node) => node.id === answeringId);
  if (own !== undefined && !own.plugged) {
    const text = `${own.id}, which answers this page, is unplugged: it is cut off and serves only what it has${behind(own, cluster)}.`;
    notices.push({ tone: 'warn', text });
  }
  const health = healthOf(cluster);
  if (health !== 'well') notices.push(HEALTH_NOTICES[health](cluster));
  for (const node of cluster.nodes) {
    if (node.repairing && node.plugged && node.reachable)
      notices.push({ tone: 'warn', text: repairText(node, cluster) });
  }
  const disagreement = disagreementOf(cluster);
  if (disagreement !== null) notices.push(disagreement);
  if (!cluster.database.available && health === 'well') notices.push(DATABASE_AWAY);
  return notices;
}

/** The one sentence when nothing is wrong. */
export function calmText(cluster: ClusterState): string {
  const followers = cluster.nodes.filter((node) => standingOf(node, cluster) === 'follower');
  const following = followers.filter((node) => node.knownLeader === cluster.leader?.id).length;
  const away = cluster.nodes.filter((node) => standingOf(node, cluster) === 'unreachable');
  const rest = away.map((node) => `; ${node.id} is ${wordOf(node, cluster)}`).join('');
  return `${cluster.leader?.id ?? 'Nobody'} leads, ${following} of ${cluster.nodes.length - 1} follow${rest}.`;
}

const DATABASE_AWAY: Notice = {
  tone: 'warn',
  text: 'The database does not answer: what is in memory is served, and changes go on in the log.',
};

const HEALTH_NOTICES: Record<Exclude<ClusterHealth, 'well'>, (cluster: ClusterState) => Notice> = {
  'no-quorum': (cluster) => {
    const { heard, voters, needed } = quorumOf(cluster);
    const text = `No quorum: ${heard} of ${voters} voters can be heard, ${needed} are needed. Reads go on and may be stale; changes are refused.`;
    return { tone: 'bad', text };
  },
  'no-leader': (cluster) => ({ tone: 'warn', text: leaderlessText(cluster) }),
  'leader-alone': (cluster) => ({
    tone: 'warn',
    text: `${cluster.leader?.id ?? 'The leader'} leads, but does not hear a quorum yet. Changes wait.`,
  }),
};

function behind(own: NodeState, cluster: ClusterState): string {
  const entries = newestCommit(cluster) - BigInt(own.appliedIndex);
  if (entries <= 0n) return '';
  return `, ${entries} ${entries === 1n ? 'entry' : 'entries'} behind`;
}

function repairText(node: NodeState, cluster: ClusterState): string {
  const source = cluster.leader === null ? 'a leader has sent' : `${cluster.leader.id} has sent`;
  return `${node.id} is repairing: its log lost entries. It does not vote until ${source} them again.`;
}

function leaderlessText(cluster: ClusterState): string {
  const candidates = cluster.nodes.filter(
    (node) => node.plugged && (node.role === 'CANDIDATE' || node.role === 'PRE_CANDIDATE'),
  );
  if (candidates.length === 0) return 'No leader. Changes wait until one is elected.';
  const names = candidates.map((node) => node.id).join(' and ');
  return `No leader. ${names} ${candidates.length === 1 ? 'asks' : 'ask'} for votes.`;
}

/** Two nodes that both report themselves as leader, told from their own reports. */
function disagreementOf(cluster: ClusterState): Notice | null {
  const claims = cluster.nodes
    .filter((node) => node.role === 'LEADER' && node.reachable)
    .toSorted((a, b) => a.term - b.term);
  const old = claims[0];
  const newest = claims.at(-1);
  if (old === undefined || newest === undefined || old === newest) return null;
  const reason = old.plugged ? 'has an older term' : 'cannot reach a quorum';
  const text = `${old.id} (T${old.term}) and ${newest.id} (T${newest.term}) both claim leadership; ${old.id} ${reason}.`;
  return { tone: 'warn', text };
}

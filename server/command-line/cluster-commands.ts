import { GraphClient, type GraphQlAnswer } from '#bot/graph-client.ts';

interface NodeStatus {
  readonly id: string;
  readonly publicUrl: string;
  readonly role: string;
  readonly voter: boolean;
  readonly term: number;
  readonly commitIndex: string;
  readonly appliedIndex: string;
  readonly plugged: boolean;
  readonly repairing: boolean;
  readonly reachable: boolean;
  readonly cache: { readonly hitRate: number; readonly entries: number };
}

export interface ClusterStatus {
  readonly id: string;
  readonly term: number;
  readonly leader: { readonly id: string } | null;
  readonly hasQuorum: boolean;
  readonly commitIndex: string;
  readonly nodes: readonly NodeStatus[];
  readonly database: {
    readonly kind: string;
    readonly available: boolean;
    readonly materializedIndex: string;
    readonly behind: number;
  };
  readonly commits: {
    readonly mutationsPerSecond: number;
    readonly p50Ms: number | null;
    readonly p99Ms: number | null;
  };
}

const statusQuery = `{ cluster { id term leader { id } hasQuorum commitIndex
  nodes { id publicUrl role voter term commitIndex appliedIndex plugged repairing reachable cache { hitRate entries } }
  database { kind available materializedIndex behind } commits { mutationsPerSecond p50Ms p99Ms } } }`;

/** Operator's commands are sent once: a person sees the answer and decides. */
const requestTimeoutMs = 10_000;

export interface ClusterTarget {
  readonly urls: readonly string[];
  readonly json: boolean;
}

/** Adding waits until the new node has caught up, and removing a leader until another one leads. */
const membersTimeoutMs = 45_000;

export async function status({ urls, json }: ClusterTarget): Promise<string> {
  const { data } = await ask(urls, statusQuery, {});
  const { cluster } = data as unknown as { cluster: ClusterStatus };
  return json ? JSON.stringify(cluster) : statusTable(cluster);
}

export async function setPlugged({ urls, json }: ClusterTarget, node: string, plugged: boolean): Promise<string> {
  const document =
    'mutation Plug($node: ID!, $plugged: Boolean!) { setPlugged(node: $node, plugged: $plugged) { id plugged } }';
  const { data } = await ask(urls, document, { node, plugged });
  return json ? JSON.stringify(data) : `${node} is ${plugged ? 'plugged in' : 'unplugged'}`;
}

export async function setLink(
  { urls, json }: ClusterTarget,
  link: { readonly from: string; readonly to: string; readonly connected: boolean },
): Promise<string> {
  const document =
    'mutation Link($from: ID!, $to: ID!, $connected: Boolean!) { setLink(from: $from, to: $to, connected: $connected) { links { from to connected } } }';
  const { data } = await ask(urls, document, link);
  return json ? JSON.stringify(data) : `${link.from} → ${link.to} is ${link.connected ? 'joined' : 'cut'}`;
}

export async function transfer({ urls, json }: ClusterTarget, to: string): Promise<string> {
  const document = 'mutation Transfer($to: ID!) { transferLeadership(to: $to) { term leader { id } } }';
  const { data } = await ask(urls, document, { to });
  return json ? JSON.stringify(data) : `${to} leads`;
}

export interface NewMember {
  readonly id: string;
  readonly peerUrl: string;
  readonly publicUrl: string;
  readonly voter: boolean;
}

export async function addNode({ urls, json }: ClusterTarget, member: NewMember): Promise<string> {
  const document = `mutation Add($id: ID!, $peerUrl: String!, $publicUrl: String!, $voter: Boolean!) {
    addNode(id: $id, peerUrl: $peerUrl, publicUrl: $publicUrl, voter: $voter) { nodes { id voter } } }`;
  const { data } = await ask(urls, document, { ...member }, membersTimeoutMs);
  return json ? JSON.stringify(data) : `${member.id} is a member${member.voter ? ' and votes' : ', as a learner'}`;
}

export async function promoteNode({ urls, json }: ClusterTarget, id: string): Promise<string> {
  const document = 'mutation Promote($id: ID!) { promoteNode(id: $id) { nodes { id voter } } }';
  const { data } = await ask(urls, document, { id }, membersTimeoutMs);
  return json ? JSON.stringify(data) : `${id} votes`;
}

export async function removeNode({ urls, json }: ClusterTarget, id: string): Promise<string> {
  const document = 'mutation Remove($id: ID!) { removeNode(id: $id) { nodes { id voter } } }';
  const { data } = await ask(urls, document, { id }, membersTimeoutMs);
  return json ? JSON.stringify(data) : `${id} is no member any more; its process may be stopped`;
}

function ask(
  urls: readonly string[],
  document: string,
  variables: Readonly<Record<string, unknown>>,
  timeoutMs: number = requestTimeoutMs,
): Promise<GraphQlAnswer> {
  return new GraphClient({ urls, requestTimeoutMs: timeoutMs, patienceMs: 2_000 }).request(document, variables);
}

export function statusTable(cluster: ClusterStatus): string {
  const { database, commits } = cluster;
  const head = [
    `cluster ${cluster.id}`,
    `term ${cluster.term}`,
    cluster.leader ? `leader ${cluster.leader.id}` : 'no leader',
    cluster.hasQuorum ? 'quorum' : 'NO QUORUM',
    describeMembers(cluster),
    `commit ${cluster.commitIndex}`,
    `${commits.mutationsPerSecond.toFixed(1)} mutations/s` +
      (commits.p50Ms === null ? '' : `, p50 ${commits.p50Ms.toFixed(1)} ms, p99 ${commits.p99Ms?.toFixed(1)} ms`),
  ].join(' · ');
  const rows = [
    ['node', 'role', 'term', 'commit', 'applied', 'cache hit', 'entries', 'state', 'address'],
    ...cluster.nodes.map((node) => [
      node.id,
      `${node.role.toLowerCase()}${node.voter || node.role === 'LEARNER' ? '' : ' (no vote)'}`,
      String(node.term),
      node.commitIndex,
      node.appliedIndex,
      `${(node.cache.hitRate * 100).toFixed(1)} %`,
      String(node.cache.entries),
      describeState(node),
      node.publicUrl,
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const foot = `database ${database.kind}: ${database.available ? 'available' : 'AWAY'}, materialized to ${database.materializedIndex}, ${database.behind} behind`;
  return [head, '', ...table, '', foot].join('\n');
}

function describeState({ reachable, plugged, repairing }: NodeStatus): string {
  if (!reachable) return 'unreachable';
  const state = plugged ? 'plugged in' : 'unplugged';
  return repairing ? `${state}, REPAIRING its log` : state;
}

function describeMembers({ nodes }: ClusterStatus): string {
  const voters = nodes.filter(({ voter }) => voter).length;
  const learners = nodes.length - voters;
  const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
  return learners === 0 ? count(voters, 'voter') : `${count(voters, 'voter')}, ${count(learners, 'learner')}`;
}

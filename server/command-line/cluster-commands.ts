import { GraphClient, type GraphQlAnswer } from '#bot/graph-client.ts';

interface NodeStatus {
  readonly id: string;
  readonly publicUrl: string;
  readonly role: string;
  readonly term: number;
  readonly commitIndex: string;
  readonly appliedIndex: string;
  readonly plugged: boolean;
  readonly reachable: boolean;
  readonly cache: { readonly hitRate: number; readonly entries: number };
}

interface ClusterStatus {
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
  nodes { id publicUrl role term commitIndex appliedIndex plugged reachable cache { hitRate entries } }
  database { kind available materializedIndex behind } commits { mutationsPerSecond p50Ms p99Ms } } }`;

/** Operator's commands are sent once: a person sees the answer and decides. */
const requestTimeoutMs = 10_000;

export interface ClusterTarget {
  readonly urls: readonly string[];
  readonly json: boolean;
}

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

function ask(
  urls: readonly string[],
  document: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<GraphQlAnswer> {
  return new GraphClient({ urls, requestTimeoutMs, patienceMs: 2_000 }).request(document, variables);
}

export function statusTable(cluster: ClusterStatus): string {
  const { database, commits } = cluster;
  const head = [
    `cluster ${cluster.id}`,
    `term ${cluster.term}`,
    cluster.leader ? `leader ${cluster.leader.id}` : 'no leader',
    cluster.hasQuorum ? 'quorum' : 'NO QUORUM',
    `commit ${cluster.commitIndex}`,
    `${commits.mutationsPerSecond.toFixed(1)} mutations/s` +
      (commits.p50Ms === null ? '' : `, p50 ${commits.p50Ms.toFixed(1)} ms, p99 ${commits.p99Ms?.toFixed(1)} ms`),
  ].join(' · ');
  const rows = [
    ['node', 'role', 'term', 'commit', 'applied', 'cache hit', 'entries', 'state', 'address'],
    ...cluster.nodes.map((node) => [
      node.id,
      node.role.toLowerCase(),
      String(node.term),
      node.commitIndex,
      node.appliedIndex,
      `${(node.cache.hitRate * 100).toFixed(1)} %`,
      String(node.cache.entries),
      !node.reachable ? 'unreachable' : node.plugged ? 'plugged in' : 'unplugged',
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

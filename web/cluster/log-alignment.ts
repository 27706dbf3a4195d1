import type { NodeState } from './telemetry-store.ts';

type LogEntry = NonNullable<NodeState['log']>[number];

/** One place of the strip: an entry, or nothing where this node has none at that index. */
export interface LogCell {
  readonly index: bigint;
  readonly entry: LogEntry | null;
}

export interface LogRow {
  readonly nodeId: string;
  readonly lastIndex: string;
  readonly cells: readonly LogCell[];
}

/** The newest `width` indexes of the cluster, the same ones for every node, so that equal entries stand below each other; a young log begins at 1. */
export function alignLogs(nodes: readonly NodeState[], width: number): readonly LogRow[] {
  const last = nodes.reduce((newest, node) => (BigInt(node.lastIndex) > newest ? BigInt(node.lastIndex) : newest), 0n);
  const first = last > BigInt(width) ? last - BigInt(width) + 1n : 1n;
  return nodes.map((node) => {
    const entries = new Map((node.log ?? []).map((entry) => [BigInt(entry.index), entry]));
    const cells = Array.from({ length: width }, (_, place): LogCell => {
      const index = first + BigInt(place);
      return { index, entry: entries.get(index) ?? null };
    });
    return { nodeId: node.id, lastIndex: node.lastIndex, cells };
  });
}

/** A row in words, for those who do not see it. */
export function describeRow(row: LogRow): string {
  const held = row.cells.flatMap((cell) => (cell.entry === null ? [] : [cell.entry]));
  const first = held[0];
  const last = held.at(-1);
  if (first === undefined || last === undefined) return `${row.nodeId}: none of the newest entries`;
  const open = held.filter((entry) => !entry.committed).length;
  const terms = first.term === last.term ? `term ${first.term}` : `terms ${first.term} to ${last.term}`;
  return `${row.nodeId}: entries ${first.index} to ${last.index}, ${terms}, ${open === 0 ? 'all committed' : `${open} uncommitted`}`;
}

/** One of five hues; they repeat, which is why the number is always said too. */
export function hueOf(term: number): number {
  return term % 5;
}

/** What nodes say on the `monitor` channel, which goes on while a node is unplugged. */
import { GraphError } from '#server/graph/errors.ts';
import type { NodeId } from '#server/graph/identifiers.ts';
import type { NodeReport } from './node-service.ts';

/** A message: what a node says of itself. */
export interface ReportMessage {
  readonly about: 'report';
  readonly report: NodeReport;
  /** As far as the reporting node knows. */
  readonly hasQuorum: boolean;
  /** Somebody looks at the cluster through the reporting node, so the others should tell of changes at once. */
  readonly watching: boolean;
}

/** Requests, from an operator through another node. Founding asks on the same channel, under an `about` of its own. */
export type OperatorRequest =
  | { readonly about: 'plug'; readonly plugged: boolean }
  | { readonly about: 'link'; readonly to: NodeId; readonly connected: boolean }
  | { readonly about: 'transfer'; readonly to: NodeId };

export function readReportMessage(from: NodeId, payload: unknown): ReportMessage | null {
  if (!isRecord(payload) || payload['about'] !== 'report' || !isRecord(payload['report'])) return null;
  const { report } = payload;
  // A node speaks of itself alone. The rest is shown and never acted on, so its form is all that is checked.
  const isReport =
    report['id'] === from &&
    typeof report['role'] === 'string' &&
    ['term', 'firstIndex', 'lastIndex', 'commitIndex', 'appliedIndex', 'uptimeSeconds'].every(
      (name) => typeof report[name] === 'number',
    ) &&
    Array.isArray(report['log']) &&
    Array.isArray(report['links']) &&
    isRecord(report['cache']);
  if (!isReport) return null;
  return {
    about: 'report',
    report: report as unknown as NodeReport,
    hasQuorum: payload['hasQuorum'] === true,
    watching: payload['watching'] === true,
  };
}

export function readOperatorRequest(payload: unknown): OperatorRequest {
  if (isRecord(payload)) {
    const { about, plugged, to, connected } = payload;
    if (about === 'plug' && typeof plugged === 'boolean') return { about, plugged };
    if (about === 'link' && typeof to === 'string' && typeof connected === 'boolean')
      return { about, to: to as NodeId, connected };
    if (about === 'transfer' && typeof to === 'string') return { about, to: to as NodeId };
  }
  throw new GraphError('BAD_INPUT', 'the request is not one that this version understands');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

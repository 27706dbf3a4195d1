/** What nodes say on the `monitor` channel, which goes on while a node is unplugged. */
import type { MemberAddress } from '#consensus/core/types.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { LogIndex, NodeId } from '#server/graph/identifiers.ts';
import { readMemberAddress } from './address-book.ts';
import { readEventHead } from './event-protocol.ts';
import type { EventHead } from './event-protocol.ts';
import type { MembershipChange } from './membership.ts';
import type { NodeReport } from './node-service.ts';
import { isRecord } from './payload-form.ts';

/** A message: what a node says of itself. */
export interface ReportMessage {
  readonly about: 'report';
  readonly report: NodeReport;
  /** As far as the reporting node knows. */
  readonly hasQuorum: boolean;
  /** Somebody looks at the cluster through the reporting node, so the others should tell of changes at once. */
  readonly watching: boolean;
  /** Where the reporting node is, for those that nobody told. Absent from v0.1. */
  readonly address?: MemberAddress;
  /** How far its events are, for those that lack some. Absent from v0.1, which knows no events. */
  readonly events?: EventHead;
}

/** Requests, from an operator through another node. Founding asks on the same channel, under an `about` of its own. */
export type OperatorRequest =
  | { readonly about: 'plug'; readonly plugged: boolean }
  | { readonly about: 'link'; readonly to: NodeId; readonly connected: boolean }
  | { readonly about: 'transfer'; readonly to: NodeId }
  | { readonly about: 'member'; readonly change: MembershipChange };

/** A request: does the database answer you? */
export interface ProbeQuestion {
  readonly about: 'probe';
}

export interface ProbeAnswer {
  readonly answers: boolean;
}

export function isProbeQuestion(payload: unknown): payload is ProbeQuestion {
  return isRecord(payload) && payload['about'] === 'probe';
}

export function readProbeAnswer(payload: unknown): ProbeAnswer {
  return { answers: isRecord(payload) && payload['answers'] === true };
}

/** `index`: the commit that holds what was asked for; 0 where it is in none. */
export interface OperatorAnswer {
  readonly index: LogIndex;
}

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
  const address = readMemberAddress(from, payload['address']);
  const events = readEventHead(payload['events']);
  return {
    about: 'report',
    report: report as unknown as NodeReport,
    hasQuorum: payload['hasQuorum'] === true,
    watching: payload['watching'] === true,
    ...(address === null ? {} : { address }),
    ...(events === null ? {} : { events }),
  };
}

export function readOperatorRequest(payload: unknown): OperatorRequest {
  if (isRecord(payload)) {
    const { about, plugged, to, connected } = payload;
    if (about === 'plug' && typeof plugged === 'boolean') return { about, plugged };
    if (about === 'link' && typeof to === 'string' && typeof connected === 'boolean')
      return { about, to: to as NodeId, connected };
    if (about === 'transfer' && typeof to === 'string') return { about, to: to as NodeId };
    const change = about === 'member' ? readMembershipChange(payload['change']) : null;
    if (change !== null) return { about: 'member', change };
  }
  throw new GraphError('BAD_INPUT', 'the request is not one that this version understands');
}

/** What the texts must be is said by the leader, to whom the change matters. */
function readMembershipChange(value: unknown): MembershipChange | null {
  if (!isRecord(value) || typeof value['id'] !== 'string') return null;
  const { kind, peer, publicUrl, voter } = value;
  const id = value['id'] as NodeId;
  if (kind === 'promote' || kind === 'remove') return { kind, id };
  if (kind !== 'add' || typeof peer !== 'string' || typeof publicUrl !== 'string' || typeof voter !== 'boolean')
    return null;
  return { kind, id, peer, publicUrl, voter };
}

/** A node of v0.1 answers nothing: then there is no commit to wait for. */
export function readOperatorAnswer(payload: unknown): OperatorAnswer {
  const index = isRecord(payload) ? payload['index'] : null;
  return { index: (Number.isSafeInteger(index) ? Number(index) : 0) as LogIndex };
}

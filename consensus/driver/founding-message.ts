import { isAddresses, readConfiguration } from '../core/configuration.ts';
import type { MemberAddress, NodeId, Term } from '../core/types.ts';
import type { FoundingAnswer, FoundingState, Joining } from './founding.ts';

/** What travels on the channel `monitor`, as a request. Other requests there have another `about`. */
export interface FoundingQuestion {
  readonly about: 'founding';
  /** Where the asker is: an answer travels on the link of the one who answers, which may never have heard of it. */
  readonly address?: MemberAddress;
}

export function isFoundingQuestion(payload: unknown): payload is FoundingQuestion {
  return typeof payload === 'object' && payload !== null && 'about' in payload && payload.about === 'founding';
}

/** The answer as it came over the link; null when it is none, from a node that is newer or broken. */
export function readFoundingAnswer(payload: unknown): FoundingAnswer | null {
  if (typeof payload !== 'object' || payload === null) return null;
  const { state, members, joining, addresses } = payload as Readonly<Record<keyof FoundingAnswer, unknown>>;
  const read = readFoundingState(state);
  if (read === null || !isMembers(members)) return null;
  const readJoin = joining === undefined ? null : readJoining(joining);
  return {
    state: read,
    members,
    ...(readJoin === null ? {} : { joining: readJoin }),
    ...(isAddresses(addresses) ? { addresses } : {}),
  };
}

/** Null when the value, of a link or a file, is none. */
export function readJoining(value: unknown): Joining | null {
  if (typeof value !== 'object' || value === null) return null;
  const { clusterId, term, leader, configuration } = value as Readonly<Record<keyof Joining, unknown>>;
  const read = readConfiguration(configuration);
  if (typeof clusterId !== 'string' || clusterId === '' || typeof leader !== 'string' || leader === '') return null;
  if (read === null || !Number.isSafeInteger(term) || Number(term) < 1) return null;
  return { clusterId, term: term as Term, leader: leader as NodeId, configuration: read };
}

/** Null when the value, of a link or a file, is no state. */
export function readFoundingState(value: unknown): FoundingState | null {
  if (typeof value !== 'object' || value === null) return null;
  const { kind, clusterId } = value as { readonly kind?: unknown; readonly clusterId?: unknown };
  if (kind === 'empty') return { kind };
  if ((kind !== 'prepared' && kind !== 'founded') || typeof clusterId !== 'string' || clusterId === '') return null;
  return { kind, clusterId };
}

export function isMembers(value: unknown): value is readonly NodeId[] {
  return Array.isArray(value) && value.every((id) => typeof id === 'string' && id !== '');
}

import type { NodeId } from '../core/types.ts';
import type { FoundingAnswer, FoundingState } from './founding.ts';

/** What travels on the channel `monitor`, as a request. Other requests there have another `about`. */
export interface FoundingQuestion {
  readonly about: 'founding';
}

export const foundingQuestion: FoundingQuestion = Object.freeze({ about: 'founding' });

export function isFoundingQuestion(payload: unknown): payload is FoundingQuestion {
  return typeof payload === 'object' && payload !== null && 'about' in payload && payload.about === 'founding';
}

/** The answer as it came over the link; null when it is none, from a node that is newer or broken. */
export function readFoundingAnswer(payload: unknown): FoundingAnswer | null {
  if (typeof payload !== 'object' || payload === null) return null;
  const { state, members } = payload as { readonly state?: unknown; readonly members?: unknown };
  const read = readFoundingState(state);
  if (read === null || !isMembers(members)) return null;
  return { state: read, members };
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

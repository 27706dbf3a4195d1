/** How nodes ask each other for their events, on the `monitor` channel. A node of an earlier version says nothing of events and is not asked. */
import type { LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import type { EventDetails } from './cluster-event.ts';
import type { NodeRole } from './node-service.ts';
import { isCount, isRecord } from './payload-form.ts';
import { nodeRoleOf } from './standing.ts';

/** How far a node's events are; part of its report. */
export interface EventHead {
  readonly incarnation: string;
  readonly sequence: number;
}

/** A request: the events of this process of yours behind this one. */
export interface EventsQuestion extends EventHead {
  readonly about: 'events';
}

/** What is told of one event: source and incarnation are those of the answer, sequences count from `first`. */
export interface SaidEvent {
  readonly atMicros: number;
  readonly term: Term;
  readonly details: EventDetails;
}

export interface EventsAnswer {
  readonly incarnation: string;
  /** The sequence of the first one. More than was asked for: those before it are forgotten. */
  readonly first: number;
  readonly events: readonly SaidEvent[];
  /** The answering node's clock, from which the events are dated. */
  readonly nowMicros: number;
}

/** Of one answer: some 200 kB. More is asked for again. */
export const eventsPerAnswerMax = 1_024;

const textCharactersMax = 256;
const roles: readonly string[] = Object.values(nodeRoleOf);

export function readEventHead(value: unknown): EventHead | null {
  if (!isRecord(value)) return null;
  const { incarnation, sequence } = value;
  return isText(incarnation) && isCount(sequence) ? { incarnation, sequence } : null;
}

export function readEventsQuestion(payload: unknown): EventsQuestion | null {
  const head = isRecord(payload) && payload['about'] === 'events' ? readEventHead(payload) : null;
  return head === null ? null : { about: 'events', ...head };
}

/** Null for what is no answer to that question. An event that this version does not know keeps its number. */
export function readEventsAnswer(payload: unknown): EventsAnswer | null {
  if (!isRecord(payload)) return null;
  const { incarnation, first, events, nowMicros } = payload;
  if (!isText(incarnation) || !isCount(first) || !isTime(nowMicros)) return null;
  if (!Array.isArray(events) || events.length > eventsPerAnswerMax) return null;
  const read = events.map(readEvent).filter((event) => event !== null);
  return read.length < events.length ? null : { incarnation, first, events: read, nowMicros };
}

function readEvent(value: unknown): SaidEvent | null {
  if (!isRecord(value)) return null;
  const { atMicros, term, details } = value;
  if (!isTime(atMicros) || !isCount(term) || !isRecord(details)) return null;
  return { atMicros, term: term as Term, details: readDetails(details) ?? { kind: 'UNKNOWN' } };
}

function readDetails(details: Readonly<Record<string, unknown>>): EventDetails | null {
  switch (details['kind']) {
    case 'ROLE': {
      const { role, leader, reason } = details;
      const isRole = typeof role === 'string' && roles.includes(role) && (leader === null || isText(leader));
      return isRole && isText(reason)
        ? { kind: 'ROLE', role: role as NodeRole, leader: leader as NodeId | null, reason }
        : null;
    }
    case 'VOTE': {
      const { candidate, granted, preVote } = details;
      if (!isText(candidate) || typeof granted !== 'boolean' || typeof preVote !== 'boolean') return null;
      return { kind: 'VOTE', candidate: candidate as NodeId, granted, preVote };
    }
    case 'MESSAGE':
      return readMessage(details);
    case 'COMMIT': {
      const { index, mutations } = details;
      return isCount(index) && isCount(mutations) ? { kind: 'COMMIT', index: index as LogIndex, mutations } : null;
    }
    case 'CACHE': {
      const { hits, misses } = details;
      return isCount(hits) && isCount(misses) ? { kind: 'CACHE', hits, misses } : null;
    }
    case 'LINK': {
      const { to, connected } = details;
      return isText(to) && typeof connected === 'boolean' ? { kind: 'LINK', to: to as NodeId, connected } : null;
    }
    case 'DATABASE': {
      const { available, materializedIndex: index } = details;
      if (typeof available !== 'boolean' || !isCount(index)) return null;
      return { kind: 'DATABASE', available, materializedIndex: index as LogIndex };
    }
    default:
      return null;
  }
}

function readMessage(details: Readonly<Record<string, unknown>>): EventDetails | null {
  const { message, to, messages, entries, sentAtMicros, dropped } = details;
  if (!isText(message) || !isText(to) || !isCount(messages) || !isCount(entries)) return null;
  if (!isTime(sentAtMicros) || typeof dropped !== 'boolean') return null;
  return { kind: 'MESSAGE', message, to: to as NodeId, messages, entries, sentAtMicros, dropped };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= textCharactersMax;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

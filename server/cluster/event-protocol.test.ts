// Goal: what nodes say of events survives the wire, and what another version or a broken peer says does no harm.
import { describe, expect, test } from 'vitest';
import { frameHeaderBytes } from '#consensus/transport/frame.ts';
import { decodePayload, encodeFrame } from '#consensus/transport/payload-codec.ts';
import type { LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import type { EventDetails } from './cluster-event.ts';
import { eventsPerAnswerMax, readEventHead, readEventsAnswer, readEventsQuestion } from './event-protocol.ts';
import { readReportMessage } from './monitor-protocol.ts';

const n2 = 'n2' as NodeId;
const every: readonly EventDetails[] = [
  { kind: 'ROLE', role: 'LEADER', leader: n2, reason: 'won' },
  { kind: 'ROLE', role: 'FOLLOWER', leader: null, reason: '' },
  { kind: 'VOTE', candidate: n2, granted: false, preVote: true },
  { kind: 'MESSAGE', message: 'append-request', to: n2, messages: 2, entries: 9, sentAtMicros: 5, dropped: true },
  { kind: 'COMMIT', index: 7 as LogIndex, mutations: 3 },
  { kind: 'CACHE', hits: 5, misses: 0 },
  { kind: 'LINK', to: n2, connected: true },
  { kind: 'DATABASE', available: false, materializedIndex: 4 as LogIndex },
];

function answerOf(details: readonly unknown[]) {
  const events = details.map((each) => ({ atMicros: 1, term: 3 as Term, details: each }));
  return { incarnation: 'a', first: 4, events, nowMicros: 12.5 };
}

/** As it arrives at the other side. */
function sent(payload: unknown): unknown {
  const head = { kind: 'message', channel: 'monitor', correlation: 0 } as const;
  const bytes = encodeFrame(head, payload);
  return decodePayload({ ...head, bytes, start: frameHeaderBytes, end: bytes.length });
}

describe('an answer', () => {
  test('of every kind of event arrives as it was sent', () => {
    expect(readEventsAnswer(sent(answerOf(every)))).toEqual(answerOf(every));
  });

  test.each([
    { kind: 'PHASE', moon: 'full' },
    { kind: 'ROLE', role: 'KING', leader: null, reason: '' },
    { kind: 'ROLE', role: 'LEADER', leader: null, reason: 'x'.repeat(1_000) },
    { kind: 'VOTE', candidate: 7, granted: true, preVote: true },
    { kind: 'MESSAGE', message: 'append-request', to: 'n2', messages: -1, entries: 0, sentAtMicros: 0, dropped: false },
    { kind: 'MESSAGE', message: 'append-request', to: 'n2', messages: 1, entries: 0, sentAtMicros: 0, dropped: 1 },
    { kind: 'COMMIT', index: 'seven', mutations: 0 },
    { kind: 'CACHE', hits: 1.5, misses: 0 },
    { kind: 'LINK', to: null, connected: true },
    { kind: 'DATABASE', available: 1, materializedIndex: 2 },
  ])('keeps the number of an event that this version does not know: %j', (details) => {
    const read = readEventsAnswer(answerOf([details, every[4]]));
    expect(read?.events.map((event) => event.details.kind)).toEqual(['UNKNOWN', 'COMMIT']);
  });

  test.each([
    null,
    [],
    { ...answerOf(every), incarnation: 7 },
    { ...answerOf(every), first: -1 },
    { ...answerOf(every), nowMicros: Number.NaN },
    { ...answerOf(every), events: 'none' },
    { ...answerOf([]), events: [7] },
    { ...answerOf([]), events: [{ atMicros: 1, term: 1, details: null }] },
    answerOf(Array.from({ length: eventsPerAnswerMax + 1 }, () => every[5])),
  ])('is refused where it is none: %#', (payload) => {
    expect(readEventsAnswer(payload)).toBeNull();
  });
});

test('a question is told from what else is asked on the channel', () => {
  const question = { about: 'events', incarnation: 'a', sequence: 4 };
  expect(readEventsQuestion(sent(question))).toEqual(question);
  for (const other of [
    null,
    { about: 'probe' },
    { ...question, sequence: -1 },
    { ...question, incarnation: 'x'.repeat(300) },
  ])
    expect(readEventsQuestion(other)).toBeNull();
});

test('a report of v0.1 says nothing of events, and is read all the same', () => {
  const counts = { term: 1, firstIndex: 1, lastIndex: 1, commitIndex: 1, appliedIndex: 1, uptimeSeconds: 1 };
  const old = { about: 'report', report: { id: n2, role: 'LEADER', ...counts, log: [], links: [], cache: {} } };
  expect(readReportMessage(n2, old)).not.toBeNull();
  expect(readReportMessage(n2, old)).not.toHaveProperty('events');
  const events = { incarnation: 'a', sequence: 4 };
  expect(readReportMessage(n2, { ...old, events })).toMatchObject({ events });
  expect(readReportMessage(n2, { ...old, events: { incarnation: 'a' } })).not.toHaveProperty('events');
  expect(readEventHead(undefined)).toBeNull();
});

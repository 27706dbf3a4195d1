import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { BLOCK_EVENTS, EventLog, EVENTS_MAX, nameOf } from './event-log.ts';
import { readRecording, writeRecording } from './event-file.ts';
import { foldEvent } from './fold-event.ts';
import type { HappenedEvent } from './fold-event.ts';
import { clusterOf } from './testing/cluster-samples.ts';
import { eventsOf } from './testing/random-events.ts';

const base = clusterOf({});

function logOf(events: readonly HappenedEvent[]): EventLog {
  const log = new EventLog();
  for (const event of events) log.add({ atMs: event.atMicros, event }, base);
  return log;
}

function commit(sequence: number, previous: number | null = sequence - 1): HappenedEvent {
  const head = { source: 'n1', incarnation: 'i', sequence: `${sequence}`, atMicros: sequence, term: 3 };
  const index = `${sequence}`;
  return {
    __typename: 'CommitEvent',
    ...head,
    previous: previous === null ? null : `${previous}`,
    index,
    mutations: 1,
  };
}

it('gives at every place what folding all events from the beginning gives', () => {
  const random = fc.tuple(eventsOf({ min: 1, max: 3 * BLOCK_EVENTS }), fc.array(fc.nat(), { minLength: 10 }));
  fc.assert(
    fc.property(random, ([events, draws]) => {
      const log = logOf(events);
      for (const draw of draws) {
        const place = draw % events.length;
        expect(log.stateAt(place)).toEqual(events.slice(0, place + 1).reduce(foldEvent, base));
        expect(log.placeOf(nameOf(events[place] ?? commit(1)))).toBe(place);
      }
      expect(log.stateAt(events.length)).toBeNull();
    }),
    { numRuns: 40 },
  );
});

it('comes back from a file as it was', () => {
  fc.assert(
    fc.property(eventsOf({ min: 1, max: 2 * BLOCK_EVENTS }), (events) => {
      const log = logOf(events);
      const read = readRecording(writeRecording(log));
      if ('problem' in read) throw new Error(read.problem);
      expect([...read.log.events()].map(({ event }) => nameOf(event))).toEqual(events.map(nameOf));
      expect(read.log.stateAt(events.length - 1)).toEqual(log.stateAt(events.length - 1));
    }),
    { numRuns: 20 },
  );
});

it('refuses a file that is no recording, and says why', () => {
  expect(readRecording('{')).toEqual({ problem: 'This is no JSON.' });
  expect(readRecording('{"format":"other"}')).toEqual({ problem: 'This is no recording of a cluster.' });
  const wrong = { format: 'instaface-events', version: 1, stretches: [{ base, events: [{ atMs: 1, event: {} }] }] };
  expect(readRecording(JSON.stringify(wrong))).toEqual({ problem: 'Event 1 of this recording is none.' });
  const newer = { format: 'instaface-events', version: 2, stretches: [] };
  expect(readRecording(JSON.stringify(newer))).toEqual({ problem: 'This recording is of version 2; 1 is wanted.' });
});

it('takes an event once, and goes on from what is read when some were lost', () => {
  const log = logOf([commit(1, null), commit(2), commit(2)]);
  expect(log.count).toBe(2);
  const now = clusterOf({ term: 9 });
  log.add({ atMs: 7, event: commit(7, 6) }, now);
  expect(log.gaps).toBe(1);
  expect(log.stateAt(1)?.term).toBe(3);
  expect(log.stateAt(2)?.term).toBe(9);
  // The first of a stream that was begun again.
  log.add({ atMs: 8, event: commit(8, null) }, now);
  expect(log.gaps).toBe(1);
  log.add({ atMs: 10, event: commit(10, null) }, now);
  expect(log.gaps).toBe(2);
});

it('forgets the oldest beyond its bound, and keeps the places of the rest', () => {
  const log = new EventLog();
  for (let sequence = 1; sequence <= EVENTS_MAX + 1; sequence += 1) {
    log.add({ atMs: sequence, event: commit(sequence, sequence === 1 ? null : sequence - 1) }, base);
  }
  expect(log.count).toBe(EVENTS_MAX + 1 - BLOCK_EVENTS);
  expect(log.first).toBe(BLOCK_EVENTS);
  expect(log.at(BLOCK_EVENTS - 1)).toBeUndefined();
  expect(log.at(EVENTS_MAX)?.event.sequence).toBe(`${EVENTS_MAX + 1}`);
  expect(log.stateAt(EVENTS_MAX)?.commitIndex).toBe(`${EVENTS_MAX + 1}`);
});

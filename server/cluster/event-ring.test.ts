// Goal: the ring holds the newest events and knows where each is, and never shows a hole. Method: random stories against a plain list.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NodeId, Term } from '#server/graph/identifiers.ts';
import type { ClusterEvent } from './cluster-event.ts';
import { EventRing } from './event-ring.ts';

const source = 'n1' as NodeId;

function event(incarnation: string, sequence: number, reason = ''): ClusterEvent {
  const details = { kind: 'ROLE', role: 'FOLLOWER', leader: null, reason } as const;
  return { source, incarnation, sequence, atMicros: sequence, term: 1 as Term, details };
}

/** A source goes on, is restarted, or some of its events are lost on the way. */
const step = fc.constantFrom('next', 'next', 'next', 'restart', 'lost');

test('holds the newest events without a hole, and finds every position that it remembers', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), (steps, eventsMax) => {
      const ring = new EventRing({ eventsMax, bytesMax: 1_000_000 });
      let kept: ClusterEvent[] = [];
      let [life, sequence] = [0, 0];
      for (const each of steps) {
        if (each === 'restart') [life, sequence] = [life + 1, 0];
        sequence += each === 'lost' ? 2 : 1;
        const next = event(`life ${life}`, sequence);
        if (each === 'lost' && kept.length > 0) kept = [];
        kept = [...kept, next].slice(-eventsMax);
        const before = ring.nextOrdinal;
        ring.append(next);
        // Whoever had everything before a hole is behind the first event now.
        if (each === 'lost' && kept.length === 1 && before > 0) expect(before).toBeLessThan(ring.firstOrdinal);
        const places = Array.from({ length: kept.length }, (_, place) => ring.at(ring.firstOrdinal + place));
        expect(places).toEqual(kept);
        expect([ring.at(ring.firstOrdinal - 1), ring.at(ring.nextOrdinal)]).toEqual([null, null]);
        expect(ring.last).toEqual(next);
        for (const { incarnation, sequence: known } of kept) {
          const ordinal = ring.ordinalAfter({ incarnation, sequence: known - 1 });
          expect(ordinal === null ? null : ring.at(ordinal)).toEqual(event(incarnation, known));
        }
        expect(ring.ordinalAfter({ incarnation: `life ${life}`, sequence: sequence + 5 })).toBe(ring.nextOrdinal);
        expect(ring.ordinalAfter({ incarnation: 'another', sequence: 0 })).toBeNull();
        const [first] = kept;
        if (first !== undefined && first.sequence > 1)
          expect(ring.ordinalAfter({ ...first, sequence: first.sequence - 2 })).toBeNull();
      }
    }),
  );
});

test('stays within its bytes, texts counted', () => {
  const ring = new EventRing({ eventsMax: 1_000, bytesMax: 10_000 });
  for (let sequence = 1; sequence <= 100; sequence++) {
    ring.append(event('a', sequence, 'x'.repeat(sequence)));
    expect(ring.bytes).toBeLessThanOrEqual(10_000);
  }
  const held = Array.from({ length: ring.nextOrdinal - ring.firstOrdinal }, (_, place) =>
    ring.at(ring.firstOrdinal + place),
  );
  expect(held.length).toBeGreaterThan(20);
  const bytes = held.map((each) => 256 + (each?.details.kind === 'ROLE' ? each.details.reason.length : 0));
  expect(ring.bytes).toBe(bytes.reduce((sum, each) => sum + each, 0));
});

test('forgets as many as come, however long it runs', () => {
  const ring = new EventRing({ eventsMax: 10, bytesMax: 1_000_000 });
  for (let sequence = 1; sequence <= 5_000; sequence++) ring.append(event('a', sequence));
  expect([ring.firstOrdinal, ring.nextOrdinal, ring.at(4_990)?.sequence]).toEqual([4_990, 5_000, 4_991]);
});

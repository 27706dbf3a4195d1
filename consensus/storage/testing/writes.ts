import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import type { Entry, LogIndex, NodeId, Persist, Term } from '#consensus/core/types.ts';
import { naiveApply } from './naive-log.ts';
import type { NaiveState } from './naive-log.ts';

export function entry(index: number, text = `entry ${index}`, term = 1): Entry {
  return { index: index as LogIndex, term: term as Term, kind: 'command', data: Uint8Array.from(Buffer.from(text)) };
}

export function entries(from: number, to: number, text?: string): readonly Entry[] {
  return Array.from({ length: to - from + 1 }, (_, at) => entry(from + at, text));
}

export function mark(index: number, term = 1): NaiveState['mark'] {
  const configuration = { voters: ['n1', 'n2', 'n3'] as NodeId[], learners: ['ü'] as NodeId[] };
  return { index: index as LogIndex, term: term as Term, configuration };
}

export function write(sequence: number, parts: Partial<Omit<Persist, 'sequence'>>): Persist {
  return { sequence, hardState: null, reset: null, truncateFrom: null, entries: [], compactTo: null, ...parts };
}

/** What a write shall do, before the log that it meets is known. Fractions choose a place in the log that is there then. */
export interface WriteSketch {
  readonly vote: boolean;
  readonly change: { readonly kind: 'none' | 'reset' | 'truncate' | 'compact'; readonly fraction: number };
  readonly added: readonly Uint8Array[];
}

export const writeSketch: fc.Arbitrary<WriteSketch> = fc.record({
  vote: fc.boolean(),
  change: fc.record({
    kind: fc.oneof(
      { weight: 8, arbitrary: fc.constant('none' as const) },
      { weight: 1, arbitrary: fc.constant('reset' as const) },
      { weight: 2, arbitrary: fc.constant('truncate' as const) },
      { weight: 2, arbitrary: fc.constant('compact' as const) },
    ),
    fraction: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  added: fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }),
});

/** The write that a sketch means on a log in this state. */
export function drawn(sketch: WriteSketch, before: NaiveState, sequence: number): Persist {
  const { change, added } = sketch;
  // Only a leader of a new term has entries dropped, so that place and term name one entry, as in every log of a cluster.
  const isNewTerm = sketch.vote || change.kind === 'truncate';
  const term = (before.hardState.term + (isNewTerm ? 1 : 0)) as Term;
  const hardState = isNewTerm ? { term, votedFor: sequence % 2 === 0 ? null : ('n1' as NodeId) } : null;
  const place = before.mark.index + 1 + Math.floor(change.fraction * before.entries.length);
  const reset = change.kind === 'reset' ? mark(place + 7, term) : null;
  const truncateFrom = change.kind === 'truncate' && before.entries.length > 0 ? (place as LogIndex) : null;
  const kept = naiveApply(before, write(sequence, { hardState, reset, truncateFrom }));
  const next = (kept.entries.at(-1)?.index ?? kept.mark.index) + 1;
  const appended = added.map((data, at): Entry => ({ index: (next + at) as LogIndex, term, kind: 'command', data }));
  const held = [...kept.entries, ...appended];
  const compactTo = change.kind === 'compact' ? markAt(held, change.fraction) : null;
  return write(sequence, { hardState, reset, truncateFrom, entries: appended, compactTo });
}

function markAt(held: readonly Entry[], fraction: number): NaiveState['mark'] | null {
  const chosen = held[Math.floor(fraction * held.length)];
  return chosen === undefined ? null : mark(chosen.index, chosen.term);
}

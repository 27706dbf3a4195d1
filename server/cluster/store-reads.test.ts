// Goal: a read notices a database that holds less than it did. Method: a store that answers with the label that the test says.
import { expect, test } from 'vitest';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { GraphStore } from '#server/graph/store-port.ts';
import { StoreReads } from './store-reads.ts';
import { ManualClock } from './testing/manual-clock.ts';

/** How often a read at `label` raises the alarm, when the database was known to be at `known`, and at `later` by the answer. */
async function alarms(at: { readonly known: number; readonly label: number; readonly later: number }): Promise<number> {
  const clock = new ManualClock();
  let materialized = at.known as LogIndex;
  const read: GraphStore['read'] = async () => {
    materialized = at.later as LogIndex;
    return { label: at.label as LogIndex, values: [{ kind: 'entity', entity: null }], results: [], mutations: [] };
  };
  const unused = (): Promise<never> => Promise.reject(new Error('only reads are asked for'));
  const store = { kind: 'test', statements: 0, open: unused, claim: unused, materialize: unused, close: unused, read };
  const reads = new StoreReads({ store, clock, claimWaitMs: 100, materialized: () => materialized });
  let count = 0;
  reads.whenItWentBack(() => {
    count += 1;
  });
  reads.onState({ kind: 'ready' });
  const answer = reads.read({ keys: [{ kind: 'entity', id: 4096 as never }], queries: [], mutations: [] });
  await clock.advance(1);
  expect((await answer).label).toBe(at.label);
  return count;
}

test('a label below what the database held when it was asked means that it went back', async () => {
  expect(await alarms({ known: 7, label: 5, later: 7 })).toBe(1);
});

test('a label below what was written while the answer came means nothing', async () => {
  expect(await alarms({ known: 5, label: 5, later: 9 })).toBe(0);
});

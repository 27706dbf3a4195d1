// Goal: the oracle is right about every index, not only the last. Method: the naive graph of other tests, asked after every entry.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CacheKey } from '#server/graph/cache-key.ts';
import type { LogIndex, Term } from '#server/graph/identifiers.ts';
import { NaiveGraph } from '#tests/support/naive-graph.ts';
import { entriesOf, graphChange } from '#tests/support/random-entries.ts';
import { CommittedGraph } from './committed-graph.ts';

test('every key has at every index the value that a naive replay gives it', () => {
  fc.assert(
    fc.property(fc.array(graphChange, { minLength: 10, maxLength: 60 }), (changes) => {
      const { entries } = entriesOf(changes);
      const graph = new CommittedGraph();
      for (const entry of entries) graph.append(entry);
      const keys = [...graph.keys()].flatMap((key): readonly CacheKey[] =>
        key.kind === 'list' ? [key, { ...key, length: 1 }, { ...key, length: 0 }] : [key],
      );
      const naive = new NaiveGraph();
      for (const entry of entries) {
        naive.apply(entry);
        for (const key of keys) expect(graph.valueAt(key, entry.index)).toEqual(naive.value(key));
      }
      for (const key of keys) expect(graph.valueAt(key, 0 as LogIndex)).toEqual(new NaiveGraph().value(key));
    }),
    { numRuns: 60 },
  );
});

test('an entry that does not follow is refused', () => {
  const { entries } = entriesOf([{ kind: 'create', one: 1, other: 1, time: 0 }]);
  const graph = new CommittedGraph();
  for (const entry of entries) graph.append(entry);
  expect(() => graph.append({ index: 3 as LogIndex, term: 1 as Term, payload: null })).toThrow(
    'entry 3 is committed after 1',
  );
});

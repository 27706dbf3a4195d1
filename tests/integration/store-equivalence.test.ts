/**
 * Whatever a log says, the database must answer as a naive replay of it does, however the entries are cut into transactions. Random
 * logs, every kind of key and query, on every database.
 */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CacheKey, StoreQuery } from '#server/graph/cache-key.ts';
import type { EntityId, LogIndex } from '#server/graph/identifiers.ts';
import type { AppliedEntry } from '#server/graph/log-payload.ts';
import type { GraphStore } from '#server/graph/store-port.ts';
import type { NaiveGraph } from '#tests/support/naive-graph.ts';
import { entriesOf, graphChange, handleOf } from '#tests/support/random-entries.ts';
import { claimOf, describeEveryStore, withStore } from '#tests/support/store-places.ts';

const claim = claimOf(1);
const seed = Number(process.env['STORE_SEED'] ?? Date.now() % 2 ** 31);
console.log(`STORE_SEED=${seed}`);
type JudgedQuery = Exclude<StoreQuery, { kind: 'search' | 'random' }>;

await describeEveryStore('a store', (place) => {
  it('answers as a naive replay of the log does', async () => {
    const changes = fc.array(graphChange, { minLength: 1, maxLength: 60 });
    const cuts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(changes, cuts, async (made, sizes) => {
        const { entries, graph } = entriesOf(made);
        await withStore(place.freshUrl(), async (store) => {
          await store.claim(claim);
          await materializeInPieces(store, entries, sizes);
          await judge(store, graph, entries.length);
        });
      }),
      { numRuns: 15, seed },
    );
  }, 120_000);
});

async function materializeInPieces(store: GraphStore, entries: readonly AppliedEntry[], sizes: readonly number[]) {
  for (let after = 0, piece = 0; after < entries.length; piece++) {
    const size = sizes[piece % sizes.length] ?? 1;
    await store.materialize({ ...claim, after: after as LogIndex, entries: entries.slice(after, after + size) });
    after += size;
  }
}

async function judge(store: GraphStore, graph: NaiveGraph, last: number): Promise<void> {
  const users = graph.idsOfType('User');
  const keys = users.flatMap((id) => keysOf(graph, id, users)).concat(absentKeys);
  const queries = [...generalQueries, ...users.flatMap((id) => pagesOf(graph, id))];
  const mutations = Array.from({ length: 8 }, (_, number) => `key ${number}`);
  const answer = await store.read({ keys, queries, mutations });
  expect(answer.label).toBe(last);
  expect(answer.values).toEqual(keys.map((key) => graph.value(key)));
  expect(answer.results).toEqual(queries.map((query) => graph.result(query)));
  expect(answer.mutations).toEqual(mutations.map((key) => graph.mutation(key)));
}

const noId = 7 as EntityId;
const absentKeys: readonly CacheKey[] = [
  { kind: 'entity', id: noId },
  { kind: 'unique', type: 'User', key: 'H1' },
  { kind: 'unique', type: 'User', key: 'h1 ' },
  { kind: 'count', from: noId, type: 'friend' },
  { kind: 'list', from: noId, type: 'friend', length: 5 },
  { kind: 'association', from: noId, type: 'friend', to: noId },
];

const generalQueries: readonly JudgedQuery[] = [
  { kind: 'entities-of-type', type: 'User', before: null, length: 4 },
  { kind: 'entities-of-type', type: 'Status', before: (20 * 4096) as EntityId, length: 100 },
  { kind: 'most-connected', type: 'friend', length: 5 },
  { kind: 'count-of-type', type: 'User' },
  { kind: 'count-of-type', type: 'Status' },
  { kind: 'count-of-type', type: 'Nothing' },
  { kind: 'deleting', length: 3 },
];

function keysOf(graph: NaiveGraph, id: EntityId, users: readonly EntityId[]): readonly CacheKey[] {
  const user = graph.entities.get(id);
  return [
    { kind: 'entity', id },
    { kind: 'count', from: id, type: 'friend' },
    { kind: 'count', from: id, type: 'likes' },
    { kind: 'list', from: id, type: 'friend', length: 1 },
    { kind: 'list', from: id, type: 'friend', length: 3 },
    { kind: 'list', from: id, type: 'friend', length: 100 },
    { kind: 'unique', type: 'User', key: user === undefined ? '' : handleOf(user) },
    ...users.map((to) => ({ kind: 'association', from: id, type: 'friend', to }) as const),
  ];
}

/** From every edge on, and within times, with lengths around the list's own. */
function pagesOf(graph: NaiveGraph, from: EntityId): readonly JudgedQuery[] {
  const edges = graph.list(from, 'friend');
  const places = [null, { time: 2, to: noId }, ...edges.map(({ time, to }) => ({ time, to }))];
  return places.flatMap((after) =>
    [1, edges.length].flatMap((length) =>
      [null, 1, 2].map((since, nth) => {
        const until = [3, null, 3][nth] ?? null;
        return { kind: 'page', from, type: 'friend', after, since, until, length } as const;
      }),
    ),
  );
}

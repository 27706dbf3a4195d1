import { expect, test } from 'vitest';
import type { CacheKey } from '#server/graph/cache-key.ts';
import type { Effect } from '#server/graph/effect.ts';
import type { Association, Entity } from '#server/graph/entity.ts';
import type { EntityId, LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import type { AppliedEntry } from '#server/graph/log-payload.ts';
import { socialDeclarations as declarations } from '#server/graph/testing/social-declarations.ts';
import { GraphCache } from './graph-cache.ts';

const at = (index: number): LogIndex => index as LogIndex;
const id = (number: number): EntityId => number as EntityId;
const ann = id(1);
const bob = id(2);

function cacheAt(index: number, bytesMax = 1_000_000): GraphCache {
  return new GraphCache({ bytesMax, declarations, horizon: at(index) });
}

function entry(index: number, ...effects: Effect[]): AppliedEntry {
  const record = { key: `${index}`, hash: '', outcome: { kind: 'done', results: [] }, effects } as const;
  const payload = { kind: 'mutations', time: 1, leader: 'n1' as NodeId, records: [record] } as const;
  return { index: at(index), term: 1 as Term, payload };
}

function user(number: number): Entity {
  return {
    id: id(number),
    type: 'User',
    properties: { name: `${number}` },
    createdAt: 1,
    updatedAt: 1,
    version: at(1),
    deletingKey: null,
  };
}

function edge(from: number, to: number, time: number, type = 'friend'): Association {
  return { from: id(from), type, to: id(to), time, properties: {}, version: at(1) };
}

function put(association: Association): Effect {
  return { kind: 'association-put', association };
}

const friends: CacheKey = { kind: 'list', from: ann, type: 'friend', length: 2 };

test('absent and empty are values, not misses', () => {
  const cache = cacheAt(5);
  cache.fill({ kind: 'entity', id: ann }, { kind: 'entity', entity: null }, at(5));
  cache.fill({ kind: 'unique', type: 'User', key: 'ann' }, { kind: 'unique', id: null }, at(5));
  cache.fill(friends, { kind: 'list', stretch: { edges: [], complete: true } }, at(5));
  expect([cache.entity(ann), cache.unique('User', 'ann')]).toEqual([null, null]);
  expect(cache.list(ann, 'friend', 20)).toEqual({ edges: [], complete: true });
  expect([cache.entity(bob), cache.unique('Photo', 'ann')]).toEqual([undefined, undefined]);
  expect(cache.stats()).toMatchObject({ entries: 3, hits: 3, misses: 2 });
});

test('a list answers counts and single edges: present in it, absent from a complete one, unknown past the end of another', () => {
  const cache = cacheAt(5);
  cache.fill(friends, { kind: 'list', stretch: { edges: [edge(1, 3, 30), edge(1, 2, 20)], complete: true } }, at(5));
  const cut: CacheKey = { ...friends, from: bob };
  cache.fill(cut, { kind: 'list', stretch: { edges: [edge(2, 3, 30)], complete: false } }, at(5));
  expect([cache.count(ann, 'friend'), cache.count(bob, 'friend')]).toEqual([2, undefined]);
  expect(cache.association(ann, 'friend', bob)).toEqual(edge(1, 2, 20));
  expect([cache.association(ann, 'friend', id(9)), cache.association(bob, 'friend', id(9))]).toEqual([null, undefined]);
});

test('a list answers as far as it reaches', () => {
  const cache = cacheAt(5);
  const edges = [edge(1, 4, 40), edge(1, 3, 30), edge(1, 2, 20)];
  cache.fill(friends, { kind: 'list', stretch: { edges, complete: false } }, at(5));
  expect(cache.list(ann, 'friend', 2)).toEqual({ edges: edges.slice(0, 2), complete: false });
  expect(cache.list(ann, 'friend', 3)).toEqual({ edges, complete: false });
  expect(cache.list(ann, 'friend', 4)).toBeUndefined();
});

test('a new entity brings its empty lists and counts, and its key', () => {
  const cache = cacheAt(0);
  cache.apply(
    entry(
      1,
      { kind: 'entity-put', entity: user(1), created: true },
      { kind: 'key-put', type: 'User', key: 'ann', id: ann },
    ),
    50,
  );
  expect([cache.entity(ann), cache.unique('User', 'ann'), cache.count(ann, 'friend')]).toEqual([user(1), ann, 0]);
  expect(cache.association(ann, 'likes', bob)).toBeNull();
  // Lists that start at statuses are not its own.
  expect(cache.count(ann, 'likedby')).toBeUndefined();
  cache.apply(entry(2, put(edge(1, 2, 7)), { kind: 'count-put', from: ann, type: 'friend', count: 1 }), 50);
  expect([cache.count(ann, 'friend'), cache.list(ann, 'friend', 5)]).toEqual([
    1,
    { edges: [edge(1, 2, 7)], complete: true },
  ]);
});

test('an entity that nobody has asked for is not remembered for being changed', () => {
  const cache = cacheAt(0);
  cache.apply(entry(1, { kind: 'entity-put', entity: user(1), created: false }), 50);
  expect(cache.entity(ann)).toBeUndefined();
});

test('what people write to stays, though nobody looks at it here: the next leader will', () => {
  const cache = cacheAt(0, 60_000);
  cache.fill({ kind: 'entity', id: ann }, { kind: 'entity', entity: user(1) }, at(0));
  cache.fill({ kind: 'entity', id: bob }, { kind: 'entity', entity: user(2) }, at(0));
  const posts = 2_000;
  for (let index = 1; index <= posts; index++) {
    const status = 10 + index;
    const posted: Effect = { kind: 'count-put', from: ann, type: 'posted', count: index };
    const created: Effect = { kind: 'entity-put', entity: { ...user(status), type: 'Status' }, created: true };
    cache.apply(entry(index, created, put(edge(1, status, index, 'posted')), posted), 50);
  }
  expect([cache.entity(ann), cache.count(ann, 'posted')]).toEqual([user(1), posts]);
  // Nobody wrote to bob, nor to the first status.
  expect([cache.entity(bob), cache.entity(id(11))]).toEqual([undefined, undefined]);
});

test('a value from behind is rolled forward, and refused where the tail does not reach back', () => {
  const cache = cacheAt(10);
  cache.apply(entry(11, put(edge(1, 2, 20))), 50);
  cache.apply(entry(12, put(edge(1, 3, 30))), 50);
  const old = { kind: 'list', stretch: { edges: [], complete: true } } as const;
  expect(cache.fill(friends, old, at(9))).toBe(false);
  expect(cache.fill(friends, old, at(11))).toBe(true);
  expect(cache.list(ann, 'friend', 5)?.edges.map(({ to }) => to)).toEqual([3]);
  cache.tail.trim({ keepAfter: at(12), bytesMax: 0, entriesMax: 0 });
  expect(cache.fill({ ...friends, from: bob }, old, at(11))).toBe(false);
});

test('a value from ahead is a miss until its index is applied, and no earlier entry touches it', () => {
  const cache = cacheAt(10);
  cache.fill({ kind: 'count', from: ann, type: 'friend' }, { kind: 'count', count: 5 }, at(12));
  expect(cache.count(ann, 'friend')).toBeUndefined();
  expect(cache.labelOf({ kind: 'count', from: ann, type: 'friend' })).toBe(12);
  cache.apply(entry(11, { kind: 'count-put', from: ann, type: 'friend', count: 4 }), 50);
  expect(cache.valueAt({ kind: 'count', from: ann, type: 'friend' })).toEqual({
    value: { kind: 'count', count: 5 },
    label: 12,
  });
  cache.apply(entry(12, { kind: 'count-put', from: ann, type: 'friend', count: 5 }), 50);
  expect(cache.count(ann, 'friend')).toBe(5);
  cache.apply(entry(13, { kind: 'count-put', from: ann, type: 'friend', count: 6 }), 50);
  expect([cache.count(ann, 'friend'), cache.labelOf({ kind: 'count', from: ann, type: 'friend' })]).toEqual([6, 13]);
});

test('a stretch that lost its last edge says nothing, unless it was complete', () => {
  const cache = cacheAt(10);
  cache.fill(friends, { kind: 'list', stretch: { edges: [edge(1, 2, 20)], complete: false } }, at(10));
  cache.fill({ ...friends, from: bob }, { kind: 'list', stretch: { edges: [edge(2, 1, 20)], complete: true } }, at(10));
  const gone = (from: number, to: number): Effect => ({
    kind: 'association-removed',
    from: id(from),
    type: 'friend',
    to: id(to),
  });
  cache.apply(entry(11, gone(1, 2), gone(2, 1)), 50);
  cache.assertInvariants();
  expect([cache.list(ann, 'friend', 0), cache.list(bob, 'friend', 5)]).toEqual([
    undefined,
    { edges: [], complete: true },
  ]);
  expect(cache.fill(friends, { kind: 'list', stretch: { edges: [], complete: false } }, at(11))).toBe(false);
});

test('a shorter answer does not replace a longer one', () => {
  const cache = cacheAt(10);
  const edges = [edge(1, 3, 30), edge(1, 2, 20)];
  cache.fill(friends, { kind: 'list', stretch: { edges, complete: false } }, at(10));
  cache.fill(
    { ...friends, length: 1 },
    { kind: 'list', stretch: { edges: edges.slice(0, 1), complete: false } },
    at(10),
  );
  expect(cache.list(ann, 'friend', 2)?.edges).toEqual(edges);
});

test('a snapshot empties everything and moves on', () => {
  const cache = cacheAt(3);
  cache.fill({ kind: 'entity', id: ann }, { kind: 'entity', entity: user(1) }, at(3));
  cache.clear(at(50));
  expect([cache.appliedIndex, cache.horizon, cache.stats().entries, cache.entity(ann)]).toEqual([50, 50, 0, undefined]);
  cache.fill({ kind: 'entity', id: bob }, { kind: 'entity', entity: user(2) }, at(50));
});

test('types that are not declared here are neither cached nor an error', () => {
  const cache = cacheAt(0);
  const count: CacheKey = { kind: 'count', from: ann, type: 'enemy' };
  expect(cache.fill(count, { kind: 'count', count: 1 }, at(0))).toBe(false);
  cache.apply(
    entry(1, { kind: 'count-put', from: ann, type: 'enemy', count: 2 }, put(edge(1, 2, 3, 'enemy')), {
      kind: 'key-put',
      type: 'Robot',
      key: 'r',
      id: ann,
    }),
    9,
  );
  expect([cache.count(ann, 'enemy'), cache.unique('Robot', 'r'), cache.list(ann, 'enemy', 1)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('an entry out of its order is refused', () => {
  expect(() => cacheAt(3).apply(entry(5), 1)).toThrow('entry 5 applied after 3');
});

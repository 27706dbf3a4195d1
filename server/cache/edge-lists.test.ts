/** Goal: packed stretches behave as the plain ones of `rollForward` do. Method: the same random edges put and removed in both. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CacheKey, CacheValue, ListStretch } from '#server/graph/cache-key.ts';
import type { Effect } from '#server/graph/effect.ts';
import type { Association } from '#server/graph/entity.ts';
import type { EntityId, LogIndex } from '#server/graph/identifiers.ts';
import { EdgeLists, edgesHeldMax } from './edge-lists.ts';
import { rollForward } from './roll-forward.ts';

const from = 1 as EntityId;
const owner = { from, type: 'friend' };
const key: CacheKey = { kind: 'list', from, type: 'friend', length: 1 };

function edge(to: number, time: number, properties: Association['properties'] = {}): Association {
  return { from, type: 'friend', to: to as EntityId, time, properties, version: time as LogIndex };
}

const change = fc.record({
  to: fc.integer({ min: 1, max: 100 }),
  time: fc.integer({ min: 1, max: 300 }),
  kind: fc.constantFrom('put', 'put', 'put', 'put with properties', 'remove'),
});

test('a packed stretch is rolled forward as a plain one is', () => {
  const edges = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 100, max: 200 })), {
    selector: ([to]) => to,
    maxLength: 80,
    size: 'max',
  });
  const changes = fc.array(change, { maxLength: 100, size: 'max' });
  const property = fc.property(edges, changes, fc.boolean(), (pairs, steps, complete) => {
    const sorted = pairs
      .map(([to, time]) => edge(to, time))
      .sort((left, right) => right.time - left.time || right.to - left.to);
    let plain: CacheValue = { kind: 'list', stretch: { edges: sorted, complete } };
    const lists = new EdgeLists();
    let list = lists.add(sorted);
    for (const step of steps) {
      const association = edge(step.to, step.time, step.kind === 'put' ? {} : { note: step.time });
      const effect: Effect =
        step.kind === 'remove'
          ? { kind: 'association-removed', from, type: 'friend', to: association.to }
          : { kind: 'association-put', association };
      plain = rollForward(key, plain, [effect]);
      list =
        step.kind === 'remove' ? lists.remove(list, association.to) : lists.put(list, association, { complete }).place;
      expect(lists.newest(owner, list, 1000)).toEqual((plain as { stretch: ListStretch }).stretch.edges);
    }
    // What left the stretch left its memory as well.
    const fresh = new EdgeLists();
    expect(lists.bytes(list)).toBe(fresh.bytes(fresh.add((plain as { stretch: ListStretch }).stretch.edges)));
    expect(lists.edge(owner, list, 50 as EntityId)).toEqual(
      (plain as { stretch: ListStretch }).stretch.edges.find(({ to }) => to === 50) ?? null,
    );
  });
  fc.assert(property, { numRuns: 60 });
});

test('a complete list that outgrows its bound drops its oldest edges and is complete no more', () => {
  const lists = new EdgeLists();
  const edges = Array.from({ length: edgesHeldMax }, (_, place) => edge(10_000 - place, 10_000 - place, { n: place }));
  const list = lists.add(edges);
  expect(lists.put(list, edge(10_000, 10_001), { complete: true }).complete).toBe(true);
  expect(lists.put(list, edge(20_000, 20_000), { complete: true })).toEqual({ place: list, complete: false });
  const held = lists.newest(owner, list, edgesHeldMax);
  expect(held.length).toBeLessThan(edgesHeldMax);
  expect(held.slice(0, 3).map(({ to }) => to)).toEqual([20_000, 10_000, 9_999]);
  // An edge that fell off takes its properties with it: put again without, it has none.
  const bytes = lists.bytes(list);
  lists.put(list, edge(10_000 - edgesHeldMax + 1, 30_000), { complete: false });
  expect(lists.newest(owner, list, 1)[0]?.properties).toEqual({});
  expect(lists.bytes(list) - bytes).toBeLessThan(60);
});

test('more edges than are held at most are cut when they come', () => {
  const lists = new EdgeLists();
  const edges = Array.from({ length: edgesHeldMax + 5 }, (_, place) => edge(10_000 - place, 10_000 - place));
  expect(lists.length(lists.add(edges))).toBe(edgesHeldMax);
});

test('the empty list takes no memory', () => {
  const lists = new EdgeLists();
  const list = lists.add([]);
  expect([lists.bytes(list), lists.length(list), lists.newest(owner, list, 5)]).toEqual([0, 0, []]);
});

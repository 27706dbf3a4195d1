import { expect, test } from 'vitest';
import type { Association } from './entity.ts';
import { GraphOverlay } from './graph-overlay.ts';
import type { EntityId, LogIndex } from './identifiers.ts';
import { PartialView } from './testing/partial-view.ts';
import { ReplayedGraph } from './testing/replayed-graph.ts';

const ann = 1 as EntityId;

function friend(to: number, time: number): Association {
  return { from: ann, type: 'friend', to: to as EntityId, time, properties: {}, version: 1 as LogIndex };
}

function overlayOn(...edges: Association[]): { overlay: GraphOverlay; view: PartialView } {
  const graph = new ReplayedGraph();
  graph.apply(edges.map((association) => ({ kind: 'association-put', association })));
  const view = new PartialView(graph);
  return { overlay: new GraphOverlay(view), view };
}

function listOf(overlay: GraphOverlay, length: number): (number | boolean)[] | undefined {
  const stretch = overlay.list(ann, 'friend', length);
  return stretch === undefined ? undefined : [...stretch.edges.map((edge) => edge.to), stretch.complete];
}

test('what the base does not know stays unknown until an effect says it', () => {
  const { overlay } = overlayOn();
  expect([overlay.entity(ann), overlay.unique('User', 'ann'), overlay.count(ann, 'friend')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  overlay.apply([
    { kind: 'key-put', type: 'User', key: 'ann', id: ann },
    { kind: 'count-put', from: ann, type: 'friend', count: 3 },
    { kind: 'entity-removed', id: ann, type: 'User' },
  ]);
  expect([overlay.entity(ann), overlay.unique('User', 'ann'), overlay.count(ann, 'friend')]).toEqual([null, ann, 3]);
});

test('a list is the stretch below with the edges changed since, in order', () => {
  const { overlay, view } = overlayOn(friend(2, 20), friend(3, 30), friend(4, 40));
  expect(listOf(overlay, 9)).toBeUndefined();
  view.learn([{ kind: 'list', from: ann, type: 'friend', length: 9 }]);
  overlay.apply([
    { kind: 'association-removed', from: ann, type: 'friend', to: 3 as EntityId },
    { kind: 'association-put', association: friend(2, 50) },
    { kind: 'association-put', association: friend(5, 40) },
  ]);
  expect(listOf(overlay, 9)).toEqual([2, 5, 4, true]);
});

test('a stretch that ends early needs an edge more for each change, and takes no edge from beyond its end', () => {
  const { overlay, view } = overlayOn(friend(2, 20), friend(3, 30), friend(4, 40));
  overlay.apply([
    { kind: 'association-removed', from: ann, type: 'friend', to: 4 as EntityId },
    { kind: 'association-put', association: friend(5, 10) },
  ]);
  expect(overlay.lengthBelow(ann, 'friend', 1)).toBe(3);
  view.learn([{ kind: 'list', from: ann, type: 'friend', length: 2 }]);
  expect(listOf(overlay, 1)).toBeUndefined();
  expect(listOf(overlay, 0)).toEqual([3, false]);
  view.learn([{ kind: 'list', from: ann, type: 'friend', length: 3 }]);
  expect(listOf(overlay, 1)).toEqual([3, 2, 5, true]);
});

test('an entity made on top has no edges below, whatever is asked', () => {
  const { overlay } = overlayOn();
  const id = 9 as EntityId;
  const entity = {
    id,
    type: 'User',
    properties: {},
    createdAt: 1,
    updatedAt: 1,
    version: 1 as LogIndex,
    deletingKey: null,
  };
  overlay.apply([{ kind: 'entity-put', entity, created: true }]);
  expect(overlay.count(id, 'friend')).toBe(0);
  expect(overlay.list(id, 'friend', 5)).toEqual({ edges: [], complete: true });
  expect([overlay.association(id, 'friend', ann), overlay.association(ann, 'friend', id)]).toEqual([null, null]);
});

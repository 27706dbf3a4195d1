import { expect, it } from 'vitest';
import type { Effect } from '#server/graph/effect.ts';
import type { Entity } from '#server/graph/entity.ts';
import type { EntityId, LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import type { AppliedEntry, LogPayload, Outcome } from '#server/graph/log-payload.ts';
import { rowChangesOf } from './row-changes.ts';

const done: Outcome = { kind: 'done', results: [] };
const leader = 'n1' as NodeId;

it('keeps the last state of each row', () => {
  const changes = rowChangesOf([
    mutations(1, [entityPut(1, { created: true, version: 1 }), edgePut(1, 2, 10), countPut(1, 1)]),
    mutations(2, [entityPut(1, { created: false, version: 2 }), edgePut(1, 2, 20), edgePut(1, 3, 20), countPut(1, 2)]),
  ]);
  expect(changes).toMatchObject({ index: 2, term: 1 });
  expect(changes.entitiesPut).toEqual([{ entity: entity(1, 2), created: true }]);
  expect(changes.associationsPut.map(({ to, time }) => [to, time])).toEqual([
    [2, 20],
    [3, 20],
  ]);
  expect(changes.countsPut).toMatchObject([{ from: 1, type: 'friend', count: 2 }]);
});

it('lets a removal win over what came before it, and be won over by what comes after', () => {
  const changes = rowChangesOf([
    mutations(1, [entityPut(1, { created: true, version: 1 }), keyPut('a', 1), edgePut(1, 2, 1), edgePut(1, 3, 1)]),
    mutations(2, [edgeGone(1, 2), edgeGone(1, 3), keyGone('a'), { kind: 'entity-removed', id: id(1), type: 'User' }]),
    mutations(3, [edgePut(1, 3, 3), keyPut('a', 9)]),
  ]);
  expect(changes.entitiesPut).toEqual([]);
  expect(changes.entitiesRemoved).toEqual([1]);
  expect(changes.associationsPut).toMatchObject([{ to: 3, time: 3 }]);
  expect(changes.associationsRemoved).toMatchObject([{ from: 1, type: 'friend', to: 2 }]);
  expect(changes.keysPut).toMatchObject([{ type: 'User', key: 'a', id: 9 }]);
  expect(changes.keysRemoved).toEqual([]);
});

it('counts entities by type, and says nothing of a type whose number stays', () => {
  const changes = rowChangesOf([
    mutations(1, [entityPut(1, { created: true, version: 1 }), entityPut(2, { created: true, version: 1 })]),
    mutations(2, [entityPut(2, { created: false, version: 2 }), { kind: 'entity-removed', id: id(1), type: 'User' }]),
    mutations(3, [{ kind: 'entity-removed', id: id(7), type: 'Status' }]),
  ]);
  expect([...changes.typeCounts]).toEqual([
    ['User', 1],
    ['Status', -1],
  ]);
  const even = rowChangesOf([
    mutations(1, [entityPut(1, { created: true, version: 1 }), { kind: 'entity-removed', id: id(9), type: 'User' }]),
  ]);
  expect(even.typeCounts.size).toBe(0);
});

it('takes a list that became empty for a row that goes', () => {
  const changes = rowChangesOf([
    mutations(1, [countPut(1, 2), countPut(2, 0)]),
    mutations(2, [countPut(1, 0), countPut(3, 1)]),
  ]);
  expect(changes.countsRemoved.map(({ from }) => from)).toEqual([1, 2]);
  expect(changes.countsPut.map(({ from }) => from)).toEqual([3]);
});

it('puts rows in the order of their primary keys', () => {
  const changes = rowChangesOf([
    mutations(1, [edgePut(30, 1, 1), edgePut(4, 100, 1), edgePut(4, 20, 1), keyPut('b', 1), keyPut('B', 2)]),
  ]);
  expect(changes.associationsPut.map(({ from, to }) => [from, to])).toEqual([
    [4, 20],
    [4, 100],
    [30, 1],
  ]);
  expect(changes.keysPut.map(({ key }) => key)).toEqual(['B', 'b']);
});

it('records the last commit of a key, and none that has expired by the end', () => {
  const pending: Outcome = { kind: 'pending' };
  const changes = rowChangesOf([
    mutations(1, [], { key: 'deletion', outcome: pending, time: 10 }),
    mutations(2, [], { key: 'old', time: 11 }),
    mutations(3, [], { key: 'deletion', time: 30 }),
    expiry(4, 30),
    mutations(5, [], { key: 'new', time: 40 }),
    expiry(6, 20),
  ]);
  expect(changes.expiredBefore).toBe(30);
  expect(changes.mutationsPut.map(({ key, index, outcome }) => [key, index, outcome.kind])).toEqual([
    ['deletion', 3, 'done'],
    ['new', 5, 'done'],
  ]);
});

it('ends where an entry without a payload ends', () => {
  const changes = rowChangesOf([mutations(1, []), { index: 2 as LogIndex, term: 4 as Term, payload: null }]);
  expect(changes).toMatchObject({ index: 2, term: 4, expiredBefore: null });
});

it('stops the node where an entry is missing', () => {
  expect(() => rowChangesOf([mutations(1, []), mutations(3, [])])).toThrow('entry 3 does not follow entry 1');
  expect(() => rowChangesOf([])).toThrow('there are entries');
});

function mutations(
  index: number,
  effects: readonly Effect[],
  { key = `key-${index}`, outcome = done, time = index }: { key?: string; outcome?: Outcome; time?: number } = {},
): AppliedEntry {
  return entry(index, { kind: 'mutations', time, leader, records: [{ key, hash: 'h', outcome, effects }] });
}

function expiry(index: number, before: number): AppliedEntry {
  return entry(index, { kind: 'expiry', time: index, leader, before });
}

function entry(index: number, payload: LogPayload): AppliedEntry {
  return { index: index as LogIndex, term: 1 as Term, payload };
}

function id(number: number): EntityId {
  return number as EntityId;
}

function entity(number: number, version: number): Entity {
  const dates = { createdAt: 1, updatedAt: 1, version: version as LogIndex, deletingKey: null };
  return { id: id(number), type: 'User', properties: {}, ...dates };
}

function entityPut(number: number, { created, version }: { created: boolean; version: number }): Effect {
  return { kind: 'entity-put', created, entity: entity(number, version) };
}

function keyPut(key: string, number: number): Effect {
  return { kind: 'key-put', type: 'User', key, id: id(number) };
}

function keyGone(key: string): Effect {
  return { kind: 'key-removed', type: 'User', key };
}

function edgePut(from: number, to: number, time: number): Effect {
  const edge = { from: id(from), type: 'friend', to: id(to), time, properties: {}, version: 1 as LogIndex };
  return { kind: 'association-put', association: edge };
}

function edgeGone(from: number, to: number): Effect {
  return { kind: 'association-removed', from: id(from), type: 'friend', to: id(to) };
}

function countPut(from: number, count: number): Effect {
  return { kind: 'count-put', from: id(from), type: 'friend', count };
}

import { expect, test } from 'vitest';
import type { Effect } from '#server/graph/effect.ts';
import type { EntityId, LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import type { AppliedEntry, Outcome } from '#server/graph/log-payload.ts';
import { Tail } from './tail.ts';

const at = (index: number): LogIndex => index as LogIndex;
const id = (number: number): EntityId => number as EntityId;
const done: Outcome = { kind: 'done', results: [] };
const leader = 'n1' as NodeId;

function entry(index: number, effects: Effect[] = [], more: { key?: string; outcome?: Outcome } = {}): AppliedEntry {
  const record = { key: more.key ?? `key-${index}`, hash: `hash-${index}`, outcome: more.outcome ?? done, effects };
  return {
    index: at(index),
    term: 1 as Term,
    payload: { kind: 'mutations', time: index * 10, leader, records: [record] },
  };
}

function count(from: number, type: string, value: number): Effect {
  return { kind: 'count-put', from: id(from), type, count: value };
}

function put(from: number, type: string, to: number): Effect {
  const association = { from: id(from), type, to: id(to), time: 1, properties: {}, version: at(1) };
  return { kind: 'association-put', association };
}

const nothingBefore = { bytesMax: Infinity, entriesMax: Infinity, keepAfter: at(1_000_000) };

test('it tells what touched a key after an index, in order, and nothing of other keys', () => {
  const tail = new Tail(at(0));
  const gone: Effect = { kind: 'association-removed', from: id(1), type: 'friend', to: id(2) };
  tail.append(entry(1, [put(1, 'friend', 2), count(1, 'friend', 1)]), 10);
  tail.append(entry(2, [put(1, 'friend', 3), put(1, 'likes', 2), put(4, 'friend', 2)]), 10);
  tail.append(entry(3, [gone, count(1, 'friend', 1)]), 10);
  tail.append(entry(4, [{ kind: 'key-put', type: 'User', key: 'ann', id: id(1) }]), 10);
  const list = { kind: 'list', from: id(1), type: 'friend', length: 9 } as const;
  expect(tail.touched(list, at(0))).toEqual([put(1, 'friend', 2), put(1, 'friend', 3), gone]);
  expect(tail.touched(list, at(1))).toEqual([put(1, 'friend', 3), gone]);
  expect(tail.touched(list, at(3))).toEqual([]);
  expect(tail.touched({ kind: 'association', from: id(1), type: 'friend', to: id(2) }, at(0))).toEqual([
    put(1, 'friend', 2),
    gone,
  ]);
  expect(tail.touched({ kind: 'count', from: id(1), type: 'friend' }, at(1))).toEqual([count(1, 'friend', 1)]);
  expect(tail.touched({ kind: 'count', from: id(1), type: 'likes' }, at(0))).toEqual([]);
  expect(tail.touched({ kind: 'unique', type: 'User', key: 'ann' }, at(3))).toHaveLength(1);
  expect(tail.touched({ kind: 'unique', type: 'Photo', key: 'ann' }, at(0))).toEqual([]);
});

test('trimming takes the oldest beyond the bounds, and never what must be kept', () => {
  const tail = new Tail(at(7));
  for (let index = 8; index <= 20; index++) tail.append(entry(index, [count(1, 'friend', index)]), 100);
  tail.trim({ keepAfter: at(20), bytesMax: 1_000, entriesMax: 100 });
  expect([tail.horizon, tail.size, tail.bytes, tail.oldestTime]).toEqual([10, 10, 1_000, 110]);
  tail.trim({ keepAfter: at(20), bytesMax: 10_000, entriesMax: 8 });
  expect([tail.horizon, tail.lastIndex]).toEqual([12, 20]);
  tail.trim({ keepAfter: at(14), bytesMax: 0, entriesMax: 0 });
  expect([tail.horizon, tail.size, tail.effects]).toEqual([14, 6, 6]);
  expect(tail.touched({ kind: 'count', from: id(1), type: 'friend' }, at(14))).toHaveLength(6);
  expect(() => tail.touched({ kind: 'count', from: id(1), type: 'friend' }, at(13))).toThrow(
    'the tail starts after 14',
  );
  tail.trim({ keepAfter: at(20), bytesMax: 0, entriesMax: 0 });
  expect([tail.horizon, tail.size, tail.bytes, tail.effects, tail.oldestTime]).toEqual([20, 0, 0, 0, null]);
});

test('entries after an index are all there, or it says that they are not', () => {
  const tail = new Tail(at(2));
  for (let index = 3; index <= 3_000; index++) tail.append(entry(index), 1);
  expect(tail.since(at(2_998))?.map(({ index }) => index)).toEqual([2_999, 3_000]);
  expect(tail.since(at(3_000))).toEqual([]);
  expect(tail.since(at(1))).toBeUndefined();
  tail.trim({ ...nothingBefore, entriesMax: 10 });
  expect(tail.since(at(2_989))).toBeUndefined();
  expect(tail.since(at(2_990))?.[0]?.index).toBe(2_991);
  expect([tail.at(at(2_990)), tail.at(at(2_991))?.index, tail.at(at(3_001))]).toEqual([undefined, 2_991, undefined]);
});

test('a gap in the log is refused', () => {
  const tail = new Tail(at(2));
  expect(() => tail.append(entry(4), 1)).toThrow('entry 4 after 2');
});

test('what became of a mutation is known as long as its entry is held; a deletion that ended later is known by its end', () => {
  const tail = new Tail(at(0));
  tail.append(entry(1, [], { key: 'big', outcome: { kind: 'pending' } }), 1);
  tail.append(entry(2, [], { key: 'small' }), 1);
  tail.append({ index: at(3), term: 1 as Term, payload: null }, 1);
  tail.append(entry(4, [], { key: 'big' }), 1);
  const common = { term: 1, leader: 'n1' };
  expect(tail.outcome('big')).toEqual({ key: 'big', hash: 'hash-4', index: 4, time: 40, outcome: done, ...common });
  tail.trim({ ...nothingBefore, entriesMax: 2 });
  expect([tail.outcome('small'), tail.outcome('big')?.index]).toEqual([undefined, 4]);
});

test('keys recorded before an expiry are forgotten from that entry on', () => {
  const tail = new Tail(at(0));
  tail.append(entry(1), 1);
  tail.append(entry(2), 1);
  tail.append({ index: at(3), term: 1 as Term, payload: { kind: 'expiry', time: 30, leader, before: 20 } }, 1);
  expect([tail.outcome('key-1'), tail.outcome('key-2')?.index]).toEqual([undefined, 2]);
});

test('an emptied tail goes on after its new horizon', () => {
  const tail = new Tail(at(0));
  tail.append(entry(1, [count(1, 'friend', 1)]), 5);
  tail.clear(at(9));
  expect([tail.horizon, tail.lastIndex, tail.bytes, tail.outcome('key-1')]).toEqual([9, 9, 0, undefined]);
  expect(tail.touched({ kind: 'count', from: id(1), type: 'friend' }, at(9))).toEqual([]);
  tail.append(entry(10), 1);
});

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { codeOf, recordKinds, RecordTable } from './record-table.ts';

/** Ids as they come: small, close to each other, and beyond 32 bits. */
const id = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 2 ** 40, max: 2 ** 40 + 12 }));
const step = fc.record({
  kind: fc.constantFrom('entity', 'count', 'association'),
  add: fc.boolean(),
  first: id,
  second: id,
});

test('it finds what a Map would find, through every growth, removal and reuse', () => {
  const property = fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
    const table = new RecordTable(() => '');
    const model = new Map<string, number>();
    for (const { kind, add, first, second } of steps) {
      const code = codeOf(recordKinds[kind], 3);
      const isPair = kind === 'association';
      const name = `${kind} ${first} ${isPair ? second : ''}`;
      const found = isPair ? table.findPair(code, first, second) : table.find(code, first);
      expect(found).toBe(model.get(name) ?? -1);
      if (found < 0 && add) model.set(name, table.add(code, first, second));
      if (found >= 0 && !add) {
        table.hide(found);
        table.free(found);
        model.delete(name);
      }
      expect(table.size).toBe(model.size);
    }
    expect([...table.records()].sort((left, right) => left - right)).toEqual(
      [...model.values()].sort((left, right) => left - right),
    );
  });
  fc.assert(property, { numRuns: 100 });
});

test('keys of different types and kinds with the same numbers are different records', () => {
  const table = new RecordTable(() => '');
  const codes = [codeOf(recordKinds.count, 0), codeOf(recordKinds.count, 1), codeOf(recordKinds.list, 0)];
  const records = codes.map((code) => table.add(code, 7, 0));
  expect(codes.map((code) => table.find(code, 7))).toEqual(records);
  expect(new Set(records).size).toBe(3);
});

test('texts are found by what they say, and their place stays theirs', () => {
  const texts = Array.from({ length: 500 }, (_, place) => `key-${place}`);
  const table = new RecordTable((place) => texts[place] ?? '');
  const code = codeOf(recordKinds.unique, 2);
  const records = texts.map((_, place) => table.add(code, 0, place));
  expect(texts.map((text) => table.findText(code, text))).toEqual(records);
  expect(table.findText(code, 'key-500')).toBe(-1);
  expect(table.findText(codeOf(recordKinds.unique, 1), 'key-1')).toBe(-1);
});

test('a hidden record keeps its number until it is freed', () => {
  const table = new RecordTable(() => '');
  const code = codeOf(recordKinds.entity, 0);
  const hidden = table.add(code, 1, 0);
  table.hide(hidden);
  expect(table.find(code, 1)).toBe(-1);
  expect(table.add(code, 2, 0)).not.toBe(hidden);
  table.free(hidden);
  expect(table.add(code, 3, 0)).toBe(hidden);
});

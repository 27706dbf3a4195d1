import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { isSamePlainData } from './same-data.ts';

const samples: readonly unknown[] = [
  null,
  undefined,
  0,
  -0,
  NaN,
  1,
  '1',
  true,
  1n,
  [],
  [1],
  [undefined],
  ['0'],
  {},
  { a: 1 },
  { a: '1' },
  { a: undefined },
  { b: undefined },
  { a: 1, b: 2 },
  { b: 2, a: 1 },
  { a: { b: [1, { c: null }] } },
  { a: { b: [1, { c: undefined }] } },
  { a: { b: [1, { c: null }, 2] } },
  { 0: '0', length: 1 },
];

test('plain data is the same exactly when Node says so', () => {
  for (const a of samples) {
    for (const b of samples)
      expect(isSamePlainData(a, structuredClone(b)), `${String(a)} ${String(b)}`).toBe(isDeepStrictEqual(a, b));
  }
});

test('what is not plain data is never said to be the same', () => {
  const strange = [() => new Map([[1, 2]]), () => new Date(1), () => Object.create(null) as object, () => new Set([1])];
  for (const make of strange) expect(isSamePlainData(make(), make())).toBe(false);
});

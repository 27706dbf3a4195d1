import { describe, expect, it } from 'vitest';
import { kindOf, readValue, writeValue } from './property-value.ts';

describe('a value in the editor', () => {
  it.each(['Ada', '', '42', 42, -0.5, 1e21, true, false, [1, 2, 3], { a: { b: null } }])('%j survives', (value) => {
    expect(readValue(kindOf(value), writeValue(value))).toEqual({ value });
  });

  it.each([
    ['number', ''],
    ['number', 'seven'],
    ['number', '0x10'],
    ['number', '1e999'],
    ['JSON', '{a: 1}'],
    ['JSON', ''],
    ['JSON', 'null'],
  ] as const)('is refused as %s: %j', (kind, written) => {
    expect(readValue(kind, written)).toHaveProperty('problem');
  });
});

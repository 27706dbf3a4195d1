import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Command } from './command.ts';
import { hashCommand } from './command-hash.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { decodeGlobalId, encodeGlobalId } from './global-id.ts';
import type { EntityId } from './identifiers.ts';
import { timeMsMax, timeMsMin } from './limits.ts';

const anyId = fc.maxSafeInteger().map((id) => Math.max(1, Math.abs(id)) as EntityId);

test('an id comes back as it went out', () => {
  const property = fc.property(fc.constantFrom('User', '_x9'), anyId, (type, id) => {
    expect(decodeGlobalId(encodeGlobalId(type, id))).toEqual({ type, id });
  });
  fc.assert(property);
  expect(encodeGlobalId('User', 4096 as EntityId)).toBe('VXNlcjo0MDk2');
});

test('a cursor comes back as it went out', () => {
  const property = fc.property(fc.integer({ min: timeMsMin, max: timeMsMax }), anyId, (time, to) => {
    expect(decodeCursor(encodeCursor({ time, to }))).toEqual({ time, to });
  });
  fc.assert(property);
});

const encoded = (text: string): string => Buffer.from(text).toString('base64url');

test.each([
  '',
  'x',
  '#0',
  'VXNlcjo0MDk2=',
  'VXNlcjo0MDk2\n',
  ...[
    'User',
    'User:',
    'User:0',
    'User:01',
    'User:1.5',
    'User:-1',
    'User:9007199254740992',
    ':1',
    'U ser:1',
    'User:1:2',
    'Üser:1',
  ].map(encoded),
  'A'.repeat(300),
])('refuses %j as an id', (text) => {
  expect(() => decodeGlobalId(text)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
});

test.each(['', ...['1', '1:', ':1', '1:0', '-0:1', '01:1', '1.5:1', '999999999999999:1', 'x:1', '1:1:1'].map(encoded)])(
  'refuses %j as a cursor',
  (text) => {
    expect(() => decodeCursor(text)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
  },
);

function create(properties: Record<string, never>): Command {
  return { operations: [{ kind: 'create-entity', type: 'Photo', properties }] };
}

test('a hash does not depend on the order of names, and does on everything else', () => {
  const hash = hashCommand(create({ a: 1, b: { c: [1, 2], d: 0 } } as never));
  expect(hash).toMatch(/^[\w-]{43}$/);
  expect(hashCommand(create({ b: { d: -0, c: [1, 2] }, a: 1 } as never))).toBe(hash);
  for (const other of [{ a: 1, b: { c: [2, 1], d: 0 } }, { a: '1', b: { c: [1, 2], d: 0 } }, { a: 1 }, {}]) {
    expect(hashCommand(create(other as never))).not.toBe(hash);
  }
});

import { expect, test } from 'vitest';
import type { Command, Operation } from './command.ts';
import { GraphError } from './errors.ts';
import type { EntityId } from './identifiers.ts';
import { socialDeclarations } from './testing/social-declarations.ts';
import { change, join, remove } from './testing/social-graph.ts';
import { validateCommand } from './validate.ts';

const ann = 4096 as EntityId;
const bob = 4097 as EntityId;

function codeOf(...operations: unknown[]): string | null {
  try {
    // What a client of another version or a broken link may send is not known to the types.
    validateCommand({ operations } as Command, socialDeclarations);
    return null;
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return error.code;
  }
}

function user(properties: object): Operation {
  return { kind: 'create-entity', type: 'User', properties: { handle: 'ann', name: 'Ann', ...properties } };
}

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

test.each<[string, Operation[]]>([
  [
    'a person with everything declared',
    [user({ age: -(2 ** 31), height: 1.5, public: false, born: '2000-02-29T12:00:00Z', nicknames: ['a'] })],
  ],
  ['any JSON under any other name', [user({ other: { a: [null, true, 1e300, 'x'] }, 'ünï cødé': '' })]],
  ['a required property left to its default', [user({})]],
  [
    'text of 5,000 characters of two code units',
    [{ kind: 'create-entity', type: 'Status', properties: { text: '😀'.repeat(2500) + 'x'.repeat(2500) } }],
  ],
  ['a handle of 64 characters', [user({ handle: 'é'.repeat(64) })]],
  ['JSON 32 levels deep', [user({ other: nested(32) })]],
  ['a reference to what was created before', [user({}), join({ created: 0 }, 'friend', ann)]],
  ['1,000 operations', Array.from({ length: 1000 }, () => remove(ann))],
  ['an edge of the year 1', [join(ann, 'follows', ann, { time: -62_135_596_800_000 })]],
])('takes %s', (_, operations) => {
  expect(codeOf(...operations)).toBeNull();
});

test.each<[string, unknown[]]>([
  ['no operation', []],
  ['an operation that is missing', [undefined]],
  ['an operation of no known kind', [{ kind: 'drop-everything' }]],
  ['an entity type that is not declared', [{ kind: 'create-entity', type: 'Robot', properties: {} }]],
  ['an association type that is not declared', [join(ann, 'hates', bob)]],
  ['properties that are no object', [{ kind: 'create-entity', type: 'Photo', properties: [] }]],
  ['no properties at all', [{ kind: 'create-entity', type: 'Photo' }]],
  ['a missing required property', [{ kind: 'create-entity', type: 'User', properties: { handle: 'ann' } }]],
  ['null for a required property', [change(ann, { name: null }, { expectedType: 'User' })]],
  ['null for a required property that has a default', [user({ public: null })]],
  ['a number as a String', [user({ bio: 1 })]],
  ['a fraction as an Int', [user({ age: 1.5 })]],
  ['an Int of more than 32 bits', [user({ age: 2 ** 31 })]],
  ['a string as a Float', [user({ height: '1' })]],
  ['a string as a Boolean', [user({ public: 'yes' })]],
  ['a day that does not exist', [user({ born: '2001-02-29T12:00:00Z' })]],
  ['a date without its time', [user({ born: '2001-02-28' })]],
  ['a value as a list', [user({ nicknames: 'a' })]],
  ['null in a list', [user({ nicknames: [null] })]],
  ['text of 5,001 characters', [{ kind: 'create-entity', type: 'Status', properties: { text: 'x'.repeat(5001) } }]],
  ['a name of 201 characters', [user({ name: 'x'.repeat(201) })]],
  ['a handle of 65 characters', [user({ handle: 'x'.repeat(65) })]],
  ['an empty handle', [user({ handle: '' })]],
  ['a handle with a space', [user({ handle: 'a b' })]],
  ['a handle with a zero width joiner', [user({ handle: 'a\u200db' })]],
  ['a handle with a control character', [user({ handle: 'a\u0000' })]],
  ['another string of 8,193 characters', [user({ bio: 'x'.repeat(8193) })]],
  ['half a surrogate pair', [user({ bio: '\ud800' })]],
  ['half a surrogate pair as a name', [user({ '\ud800': 1 })]],
  ['a property without a name', [user({ '': 1 })]],
  ['NaN', [user({ other: Number.NaN })]],
  ['infinity in depth', [user({ other: [[Infinity]] })]],
  ['undefined', [user({ other: { a: undefined } })]],
  ['a function', [user({ other: () => 1 })]],
  ['a bigint', [user({ other: 1n })]],
  ['a Date', [user({ other: new Date(0) })]],
  ['a hole in a list', [user({ other: Object.assign([], { length: 1 }) })]],
  ['__proto__ as a name', [user(JSON.parse('{"__proto__": 1}'))]],
  ['constructor as a name, in depth', [user({ other: [{ constructor: 1 }] })]],
  ['prototype as a name on an edge', [join(ann, 'friend', bob, { properties: { prototype: 1 } })]],
  ['JSON 33 levels deep', [user({ other: nested(33) })]],
  ['an id that is no whole number', [remove(1.5 as EntityId)]],
  ['an id that is a string', [remove('4096' as never)]],
  ['no id', [remove(null as never)]],
  ['an expected type that is not declared', [remove(ann, { expectedType: 'Robot' })]],
  ['a version that is no log index', [remove(ann, { ifVersion: -1 as never })]],
  ['a time that is no number', [join(ann, 'friend', bob, { time: '2020' as never })]],
  ['a time after the year 9999', [join(ann, 'friend', bob, { time: 253_402_300_800_000 })]],
  ['an unknown ifPresent', [join(ann, 'friend', bob, { ifPresent: 'explode' as never })]],
  ['a friendship with oneself', [join(ann, 'friend', ann)]],
  ['a friendship with oneself by reference', [user({}), join({ created: 0 }, 'friend', { created: 0 })]],
  ['a reference to itself', [join({ created: 0 }, 'friend', ann)]],
  ['a reference to something later', [join({ created: 1 }, 'friend', ann), user({})]],
  ['a reference to what creates nothing', [remove(ann), join({ created: 0 }, 'friend', ann)]],
  ['a reference to another type', [user({}), join(ann, 'likes', { created: 0 })]],
  [
    'a change of type between other ends',
    [{ kind: 'change-association-type', from: ann, to: bob, type: 'likes', newType: 'friend' }],
  ],
  [
    'a change into a friendship with oneself',
    [{ kind: 'change-association-type', from: ann, to: ann, type: 'follows', newType: 'friend' }],
  ],
])('refuses %s as BAD_INPUT', (_, operations) => {
  expect(codeOf(...operations)).toBe('BAD_INPUT');
});

test.each<[string, unknown[]]>([
  ['1,001 operations', Array.from({ length: 1001 }, () => remove(ann))],
  ['101 properties', [user(Object.fromEntries(Array.from({ length: 99 }, (_, place) => [`p${place}`, 1])))]],
  ['more than 16 KiB of properties', [user({ a: 'é'.repeat(8_000), b: 'x'.repeat(400) })]],
])('refuses %s as TOO_LARGE', (_, operations) => {
  expect(codeOf(...operations)).toBe('TOO_LARGE');
});

test('a message says which operation and which property is meant', () => {
  const command = { operations: [remove(ann), user({ age: 'old' })] };
  expect(() => validateCommand(command, socialDeclarations)).toThrow(
    'operations[1].properties.age must be Int, not "old"',
  );
});

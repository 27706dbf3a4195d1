import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { executableSchema } from './execution/executable-schema.ts';
import { readDeclarations, type SchemaDeclarations } from './read-declarations.ts';
import { schemaFolder } from './testing/test-gateway.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const base = `interface Node { id: ID! } interface Entity implements Node { id: ID! properties: JSONObject! }
scalar DateTime scalar JSON scalar JSONObject type PageInfo { more: Boolean } type Query { a: Int }
directive @entity(key: String) on OBJECT
directive @association(type: String!, inverse: String) on FIELD_DEFINITION
directive @default(value: JSON!) on FIELD_DEFINITION`;

function read(types: string, first = base): SchemaDeclarations {
  const folder = mkdtempSync(join(tmpdir(), 'declarations-'));
  folders.push(folder);
  writeFileSync(join(folder, 'base.graphql'), first);
  writeFileSync(join(folder, 'types.graphql'), types);
  return readDeclarations(folder);
}

describe('the declarations of the schema', () => {
  const { declarations } = readDeclarations(schemaFolder);

  test('are its entity types with their properties and keys', () => {
    expect([...declarations.entities.keys()]).toEqual(['User', 'Status']);
    const user = declarations.entities.get('User');
    expect([user?.key, [...(user?.properties.values() ?? [])]]).toEqual([
      'handle',
      [
        { name: 'handle', kind: 'String', list: false, required: true, defaultValue: undefined },
        { name: 'name', kind: 'String', list: false, required: true, defaultValue: undefined },
        { name: 'bio', kind: 'String', list: false, required: false, defaultValue: undefined },
      ],
    ]);
  });

  test('are its association types from both sides', () => {
    expect([...declarations.associations.values()]).toEqual([
      { type: 'friend', inverse: 'friend', fromType: 'User', toType: 'User', single: false },
      { type: 'posted', inverse: 'postedby', fromType: 'User', toType: 'Status', single: false },
      { type: 'likes', inverse: 'likedby', fromType: 'User', toType: 'Status', single: false },
      { type: 'postedby', inverse: 'posted', fromType: 'Status', toType: 'User', single: true },
      { type: 'likedby', inverse: 'likes', fromType: 'Status', toType: 'User', single: false },
    ]);
  });
});

describe('declarations', () => {
  test('of one side alone bring the other side with them', () => {
    const { declarations } = read(
      'type City @entity { twins: [City!]! @association(type: "twin") in: Land @association(type: "in", inverse: "holds") } type Land @entity { name: String }',
    );
    expect([...declarations.associations.values()]).toEqual([
      { type: 'twin', inverse: null, fromType: 'City', toType: 'City', single: false },
      { type: 'in', inverse: 'holds', fromType: 'City', toType: 'Land', single: true },
      { type: 'holds', inverse: 'in', fromType: 'Land', toType: 'City', single: false },
    ]);
  });

  test('have one digest whatever the order they are written in, and another for anything they say', () => {
    const city = 'type City @entity(key: "name") { name: String! size: Int }';
    const land = 'type Land @entity { names: [String!]! @default(value: ["x"]) }';
    const digest = read(`${city} ${land}`).declarations.digest;
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(read(`"Told" ${land} ${city}`).declarations.digest).toBe(digest);
    expect(read(`${city.replace('Int', 'Float')} ${land}`).declarations.digest).not.toBe(digest);
    expect(read(`${city} ${land.replace('"x"', '"y"')}`).declarations.digest).not.toBe(digest);
  });

  test.each([
    [
      'a property of no kind',
      'type City @entity {\n  size: Huge\n}\nscalar Huge',
      'types.graphql:2: size is of type Huge',
    ],
    [
      'a key that is no property',
      'type City @entity(key: "name") { size: Int }',
      'types.graphql:1: the key name of City must be a property of type String!',
    ],
    [
      'a key that may be absent',
      'type City @entity(key: "name") { name: String }',
      'must be a property of type String!',
    ],
    [
      'a default of another type',
      'type City @entity {\n size: Int! @default(value: "big") }',
      'types.graphql:2: @default.size must be Int, not "big"',
    ],
    [
      'an association with what is no entity',
      'type City @entity {\n\n streets: [Street!]! @association(type: "s") } type Street { a: Int }',
      'types.graphql:3: streets leads to Street',
    ],
    [
      'an association type for two things',
      'type City @entity { a: [City!]! @association(type: "x")\n b: [City!]! @association(type: "x") }',
      'types.graphql:2: x is declared at types.graphql:1 already',
    ],
    [
      'sides that name different inverses',
      'type City @entity { a: [City!]! @association(type: "x", inverse: "y")\n b: [City!]! @association(type: "y", inverse: "z") }',
      'types.graphql:1: x names y as its inverse, but that one names z (types.graphql:2)',
    ],
    [
      'sides between different types',
      'type City @entity { a: [Land!]! @association(type: "x", inverse: "y") } type Land @entity { b: [Land!]! @association(type: "y", inverse: "x") }',
      'x leads from City to Land, but its inverse y from Land to Land',
    ],
    [
      'one inverse of two types',
      'type City @entity { a: [City!]! @association(type: "x", inverse: "z")\n b: [City!]! @association(type: "y", inverse: "z") }',
      'types.graphql:2: z is the inverse of x already',
    ],
    [
      'two keys',
      'type City @entity(key: "name")\n @entity(key: "code") { name: String!\n code: String! }',
      'types.graphql:1: The directive "@entity" can only be used once',
    ],
    ['what is no GraphQL', 'type City @entity {\n name: }', 'types.graphql:2: Syntax Error'],
    ['a type that nobody declares', 'type City @entity {\n name: Sting }', 'types.graphql:2: Unknown type "Sting"'],
  ])('that say %s are refused with file and line', (_what, types, message) => {
    expect(() => read(types)).toThrow(message);
  });

  test('that ask for code which nobody wrote are refused with file and line', () => {
    const missing = read('type City @entity { name: String\n nearest(to: ID!): City }');
    const query = { Query: { a: () => 1 } };
    const wanted = 'types.graphql:2: City.nearest is neither a property nor an association';
    expect(() => executableSchema({ ...missing, resolvers: query })).toThrow(wanted);
    const city = { City: { nearest: () => null } };
    expect(() => executableSchema({ ...missing, resolvers: { ...query, ...city } })).not.toThrow();
    const misspelt = { City: { nearest: () => null, neerest: () => null } };
    expect(() => executableSchema({ ...missing, resolvers: { ...query, ...misspelt } })).toThrow('City.neerest');
  });
});

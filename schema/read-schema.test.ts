import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  buildASTSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  printType,
  validateSchema,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { readSchema } from './read-schema.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe('the schema of this folder', () => {
  const schema = buildASTSchema(readSchema(import.meta.dirname));

  test('is valid', () => {
    expect(validateSchema(schema)).toEqual([]);
  });

  test('describes every type, field, argument, input field, enum value and directive', () => {
    const undescribed = ownTypes(schema).flatMap(withoutDescription);
    for (const directive of schema.getDirectives()) {
      if (!directive.description) undescribed.push(`@${directive.name}`);
      for (const argument of directive.args)
        if (!argument.description) undescribed.push(`@${directive.name}(${argument.name})`);
    }
    expect(ownTypes(schema).length).toBeGreaterThan(50);
    expect(undescribed).toEqual([]);
  });

  test('gives an entity type the fields of Entity and its associations as connections', () => {
    const user = schema.getType('User');
    expect(isObjectType(user) && user.getInterfaces().map((type) => type.name)).toEqual(['Node', 'Entity']);
    const fields = isObjectType(user) ? Object.keys(user.getFields()) : [];
    expect(fields.slice(0, 8)).toEqual([
      'id',
      'handle',
      'name',
      'bio',
      'properties',
      'createdAt',
      'updatedAt',
      'version',
    ]);
    expect(isObjectType(user) && String(user.getFields()['friends']?.type)).toBe('UserConnection');
    expect(
      isObjectType(user) &&
        user.getFields()['friends']?.args.map((argument) => `${argument.name}: ${String(argument.type)}`),
    ).toEqual(['first: Int', 'after: String', 'since: DateTime', 'until: DateTime']);
  });

  test('keeps an association that is not a list as it is written', () => {
    const status = schema.getType('Status');
    expect(isObjectType(status) && String(status.getFields()['author']?.type)).toBe('User');
  });
});

describe('expansion', () => {
  const entity =
    'interface Node { id: ID! } interface Entity implements Node { id: ID! version: Int! } scalar DateTime scalar JSONObject';
  const directives =
    'directive @entity on OBJECT directive @association(type: String!) on FIELD_DEFINITION type PageInfo { more: Boolean }';

  test('makes the connection and edge types of a new entity type, and leaves those alone that a file defines', () => {
    const schema = schemaOf({
      'a.graphql': `${entity} ${directives} type Query { a: City }`,
      'b.graphql':
        'type City @entity { name: String! twins: [City!]! @association(type: "twin") } type CityEdge { cursor: String! node: City km: Int }',
    });
    expect(typeText(schema, 'CityConnection')).toContain('edges: [CityEdge!]!');
    expect(typeText(schema, 'CityEdge')).toContain('km: Int');
  });

  test('merges extensions whatever the order of the files', () => {
    const schema = schemaOf({
      'a.graphql': 'extend type Query { b: Int }',
      'b.graphql': `${entity} ${directives} type Query { a: Int }`,
    });
    expect(Object.keys(schema.getQueryType()?.getFields() ?? {})).toEqual(['a', 'b']);
  });

  test('refuses an extension of nothing, a folder without files, and a schema without Entity', () => {
    expect(() => schemaOf({ 'a.graphql': `${entity} extend type City { b: Int }` })).toThrow(
      'City is extended, but no file defines it',
    );
    expect(() => schemaOf({})).toThrow('There is no .graphql file');
    expect(() => schemaOf({ 'a.graphql': 'type Query { a: Int }' })).toThrow('no interface Entity');
  });

  test('names file and line of a syntax error', () => {
    try {
      schemaOf({ 'broken.graphql': 'type Query {\n  a: \n}' });
      expect.unreachable();
    } catch (error) {
      expect(String(error)).toContain('broken.graphql:3');
    }
  });
});

function schemaOf(files: Readonly<Record<string, string>>): GraphQLSchema {
  const folder = mkdtempSync(join(tmpdir(), 'schema-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return buildASTSchema(readSchema(folder));
}

function ownTypes(schema: GraphQLSchema): readonly GraphQLNamedType[] {
  return Object.values(schema.getTypeMap()).filter(
    (type) => !type.name.startsWith('__') && !['String', 'Int', 'Float', 'ID', 'Boolean'].includes(type.name),
  );
}

function withoutDescription(type: GraphQLNamedType): string[] {
  const missing = !type.description ? [type.name] : [];
  if (isEnumType(type)) {
    for (const value of type.getValues()) if (!value.description) missing.push(`${type.name}.${value.name}`);
  }
  if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields()))
      if (!field.description) missing.push(`${type.name}.${field.name}`);
  }
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      if (!field.description) missing.push(`${type.name}.${field.name}`);
      for (const argument of field.args)
        if (!argument.description) missing.push(`${type.name}.${field.name}(${argument.name})`);
    }
  }
  return missing;
}

function typeText(schema: GraphQLSchema, name: string): string {
  const type = schema.getType(name);
  return type === undefined ? '' : printType(type);
}

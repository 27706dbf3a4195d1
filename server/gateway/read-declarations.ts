/**
 * The model of the graph, from the directives of the schema's files. What they say of one association type on its two sides must agree;
 * what does not is refused with file and line, before anything is started.
 */
import { createHash } from 'node:crypto';
import {
  GraphQLError,
  Kind,
  valueFromASTUntyped,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type ObjectTypeDefinitionNode,
} from 'graphql';
import { validateSDL } from 'graphql/validation/validate.js';
import { directiveOf, namedType } from '#schema/expand-entities.ts';
import { readSchema } from '#schema/read-schema.ts';
import {
  propertyKinds,
  type AssociationDeclaration,
  type Declarations,
  type EntityDeclaration,
  type PropertyDeclaration,
} from '#server/graph/declarations.ts';
import { checkEntityProperties } from '#server/graph/validate-properties.ts';
import { joinClaims, type AssociationClaim } from './association-claims.ts';
import { SchemaContradiction } from './schema-contradiction.ts';

export interface SchemaDeclarations {
  /** The schema as clients see it. */
  readonly typeDefs: DocumentNode;
  readonly declarations: Declarations;
}

/** Throws SchemaContradiction. */
export function readDeclarations(folder: string): SchemaDeclarations {
  const typeDefs = readTypes(folder);
  return { typeDefs, declarations: declarationsOf(typeDefs) };
}

function readTypes(folder: string): DocumentNode {
  try {
    const typeDefs = readSchema(folder);
    const [error] = validateSDL(typeDefs);
    if (error !== undefined) throw error;
    return typeDefs;
  } catch (error) {
    throw error instanceof GraphQLError ? SchemaContradiction.of(error) : error;
  }
}

export function declarationsOf(typeDefs: DocumentNode): Declarations {
  const objects = new Map<string, ObjectTypeDefinitionNode>();
  for (const definition of typeDefs.definitions) {
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) objects.set(definition.name.value, definition);
  }
  const entities = new Map<string, EntityDeclaration>();
  const claims: AssociationClaim[] = [];
  for (const object of objects.values()) {
    const directive = directiveOf(object, 'entity');
    if (directive === undefined) continue;
    entities.set(object.name.value, entityOf(object, directive, entityFieldNames(typeDefs)));
    claims.push(...claimsOf(object, objects));
  }
  const associations = joinClaims(claims);
  return { entities, associations, digest: digestOf(entities, associations) };
}

/** Fields that hold a property of an entity of this type: those that are of it alone, with neither arguments nor association. */
function isProperty(field: FieldDefinitionNode, entityFields: ReadonlySet<string>): boolean {
  return (
    !entityFields.has(field.name.value) &&
    directiveOf(field, 'association') === undefined &&
    (field.arguments ?? []).length === 0
  );
}

function entityFieldNames(typeDefs: DocumentNode): ReadonlySet<string> {
  for (const definition of typeDefs.definitions) {
    if (definition.kind === Kind.INTERFACE_TYPE_DEFINITION && definition.name.value === 'Entity')
      return new Set(definition.fields?.map((field) => field.name.value));
  }
  return new Set();
}

function entityOf(
  object: ObjectTypeDefinitionNode,
  directive: ConstDirectiveNode,
  entityFields: ReadonlySet<string>,
): EntityDeclaration {
  const properties = new Map<string, PropertyDeclaration>();
  for (const field of object.fields ?? []) {
    if (isProperty(field, entityFields)) properties.set(field.name.value, propertyOf(field));
  }
  const key = textArgument(directive, 'key');
  if (key !== null) {
    const property = properties.get(key);
    if (property === undefined || property.list || !property.required || property.kind !== 'String')
      throw new SchemaContradiction(
        directive,
        `the key ${key} of ${object.name.value} must be a property of type String!`,
      );
  }
  const declaration = { type: object.name.value, key, properties };
  for (const field of object.fields ?? []) checkDefault(field, declaration);
  return declaration;
}

function propertyOf(field: FieldDefinitionNode): PropertyDeclaration {
  const nullable = field.type.kind === Kind.NON_NULL_TYPE ? field.type.type : field.type;
  const name = namedType(field.type).name.value;
  const kind = propertyKinds.find((known) => known === name);
  if (kind === undefined) {
    const kinds = propertyKinds.join(', ');
    throw new SchemaContradiction(field, `${field.name.value} is of type ${name}; a property must be one of ${kinds}`);
  }
  const directive = directiveOf(field, 'default');
  const value = directive?.arguments?.find((argument) => argument.name.value === 'value')?.value;
  return {
    name: field.name.value,
    kind,
    list: nullable.kind === Kind.LIST_TYPE,
    required: field.type.kind === Kind.NON_NULL_TYPE,
    defaultValue: value === undefined ? undefined : (valueFromASTUntyped(value) as PropertyDeclaration['defaultValue']),
  };
}

/** A default that the property itself would refuse is refused here. */
function checkDefault(field: FieldDefinitionNode, declaration: EntityDeclaration): void {
  const value = declaration.properties.get(field.name.value)?.defaultValue;
  if (value === undefined) return;
  try {
    checkEntityProperties({ properties: { [field.name.value]: value }, declaration, create: false, path: '@default' });
  } catch (error) {
    throw new SchemaContradiction(field, error instanceof Error ? error.message : String(error));
  }
}

function claimsOf(
  object: ObjectTypeDefinitionNode,
  objects: ReadonlyMap<string, ObjectTypeDefinitionNode>,
): readonly AssociationClaim[] {
  return (object.fields ?? []).flatMap((field) => {
    const directive = directiveOf(field, 'association');
    if (directive === undefined) return [];
    const named = namedType(field.type).name.value;
    // A list was expanded to a connection; what its nodes are is what the list was of.
    const nodes = objects.get(named)?.fields?.find((inner) => inner.name.value === 'nodes');
    const toType = nodes === undefined ? named : namedType(nodes.type).name.value;
    const target = objects.get(toType);
    if (target === undefined || directiveOf(target, 'entity') === undefined)
      throw new SchemaContradiction(field, `${field.name.value} leads to ${toType}, which is not an @entity type`);
    const type = textArgument(directive, 'type');
    if (type === null || type === '') throw new SchemaContradiction(directive, 'an association needs a type');
    return [
      {
        node: field,
        type,
        inverse: textArgument(directive, 'inverse'),
        fromType: object.name.value,
        toType,
        single: nodes === undefined,
      },
    ];
  });
}

function textArgument(directive: ConstDirectiveNode, name: string): string | null {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value === undefined || value.kind === Kind.NULL) return null;
  if (value.kind === Kind.STRING) return value.value;
  throw new SchemaContradiction(directive, `${name} of @${directive.name.value} must be a string`);
}

/** SHA-256 over everything that two nodes must agree on, whatever the order it is written in. */
function digestOf(
  entities: ReadonlyMap<string, EntityDeclaration>,
  associations: ReadonlyMap<string, AssociationDeclaration>,
): string {
  const byName = <Value>(map: ReadonlyMap<string, Value>): readonly Value[] =>
    [...map].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, value]) => value);
  const canonical = [
    byName(entities).map(({ type, key, properties }) => [
      type,
      key,
      byName(properties).map(({ name, kind, list, required, defaultValue }) => [
        name,
        kind,
        list,
        required,
        defaultValue ?? null,
      ]),
    ]),
    byName(associations).map(({ type, inverse, fromType, toType, single }) => [
      type,
      inverse,
      fromType,
      toType,
      single,
    ]),
  ];
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}

/**
 * Turns the short form of the sources into the schema that clients see: a type with `@entity` gets the fields of `Entity`, and a list
 * with `@association` becomes a connection with its arguments, edge and connection types. Extensions are merged into what they extend.
 */
import {
  Kind,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  type NamedTypeNode,
  type ObjectTypeDefinitionNode,
  type TypeNode,
} from 'graphql';
import { connectionArguments, connectionType, connectionTypeName, edgeType, edgeTypeName } from './connection-types.ts';

export function expandEntities(document: DocumentNode): DocumentNode {
  const definitions = mergeExtensions(document.definitions);
  const entityInterface = definitions.find(
    (definition): definition is InterfaceTypeDefinitionNode =>
      definition.kind === Kind.INTERFACE_TYPE_DEFINITION && definition.name.value === 'Entity',
  );
  if (entityInterface === undefined)
    throw new Error('The schema has no interface Entity, whose fields every @entity type gets.');
  const targets = new Set<string>();
  const expanded = definitions.map((definition) =>
    definition.kind === Kind.OBJECT_TYPE_DEFINITION && directiveOf(definition, 'entity') !== undefined
      ? expandEntity({ entity: definition, entityInterface, targets })
      : definition,
  );
  const taken = new Set(
    definitions.flatMap((definition) => ('name' in definition && definition.name ? [definition.name.value] : [])),
  );
  const generated: ObjectTypeDefinitionNode[] = [];
  for (const target of targets) {
    if (!taken.has(connectionTypeName(target))) generated.push(connectionType(target));
    if (!taken.has(edgeTypeName(target))) generated.push(edgeType(target));
  }
  return { kind: Kind.DOCUMENT, definitions: [...expanded, ...generated] };
}

/** The node's directive of this name, if it has one. */
export function directiveOf(
  node: { readonly directives?: readonly ConstDirectiveNode[] },
  name: string,
): ConstDirectiveNode | undefined {
  return node.directives?.find((directive) => directive.name.value === name);
}

/** The named type of the items where the type is a list, else undefined. */
export function listItemName(type: TypeNode): string | undefined {
  const nullable = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
  return nullable.kind === Kind.LIST_TYPE ? namedType(nullable.type).name.value : undefined;
}

/** What is left of a type without its lists and non-nulls. */
export function namedType(type: TypeNode): NamedTypeNode {
  return type.kind === Kind.NAMED_TYPE ? type : namedType(type.type);
}

function mergeExtensions(definitions: readonly DefinitionNode[]): readonly DefinitionNode[] {
  const merged: DefinitionNode[] = [];
  const places = new Map<string, number>();
  for (const definition of definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    places.set(definition.name.value, places.size);
    merged.push(definition);
  }
  for (const definition of definitions) {
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) continue;
    if (definition.kind !== Kind.OBJECT_TYPE_EXTENSION) {
      merged.push(definition);
      continue;
    }
    const place = places.get(definition.name.value);
    const extended = place === undefined ? undefined : merged[place];
    if (place === undefined || extended?.kind !== Kind.OBJECT_TYPE_DEFINITION)
      throw new Error(`${definition.name.value} is extended, but no file defines it.`);
    merged[place] = {
      ...extended,
      fields: [...(extended.fields ?? []), ...(definition.fields ?? [])],
      directives: [...(extended.directives ?? []), ...(definition.directives ?? [])],
    };
  }
  return merged;
}

function expandEntity(options: {
  readonly entity: ObjectTypeDefinitionNode;
  readonly entityInterface: InterfaceTypeDefinitionNode;
  readonly targets: Set<string>;
}): ObjectTypeDefinitionNode {
  const { entity, entityInterface, targets } = options;
  const entityFields = entityInterface.fields ?? [];
  const own = (entity.fields ?? []).filter(
    (field) => !entityFields.some((other) => other.name.value === field.name.value),
  );
  const isProperty = (field: FieldDefinitionNode): boolean =>
    directiveOf(field, 'association') === undefined && (field.arguments ?? []).length === 0;
  return {
    ...entity,
    interfaces: [...(entityInterface.interfaces ?? []), { kind: Kind.NAMED_TYPE, name: entityInterface.name }],
    fields: [
      ...entityFields.filter((field) => field.name.value === 'id'),
      ...own.filter(isProperty),
      ...entityFields.filter((field) => field.name.value !== 'id'),
      ...own.filter((field) => !isProperty(field)).map((field) => expandAssociation(field, targets)),
    ],
  };
}

/** `friends: [User!]!` becomes `friends(first: …): UserConnection`; one that is not a list stays as it is. */
function expandAssociation(field: FieldDefinitionNode, targets: Set<string>): FieldDefinitionNode {
  const target = listItemName(field.type);
  if (directiveOf(field, 'association') === undefined || target === undefined) return field;
  targets.add(target);
  return {
    ...field,
    arguments: connectionArguments,
    type: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: connectionTypeName(target) } },
  };
}

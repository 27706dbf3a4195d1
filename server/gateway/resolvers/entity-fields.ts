import { Kind, type ObjectTypeDefinitionNode } from 'graphql';
import { directiveOf, namedType } from '#schema/expand-entities.ts';
import type { EntityDeclaration } from '#server/graph/declarations.ts';
import type { Entity } from '#server/graph/entity.ts';
import { encodeGlobalId } from '#server/graph/global-id.ts';
import { andThen } from '../execution/maybe-promise.ts';
import type { OperationContext } from '../execution/operation-context.ts';
import { cursorOf, pageLength } from './arguments.ts';
import { readPage } from './association-page.ts';
import { Connection, type Edge } from './connections.ts';
import type { FieldResolvers, Resolver } from './resolver.ts';

/** What a connection of an association takes. */
export interface ConnectionArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly since?: number | null;
  readonly until?: number | null;
}

/** The fields that follow from the declaration of an entity type: properties, associations, and those of every entity. */
export function entityResolvers(type: ObjectTypeDefinitionNode, declaration: EntityDeclaration): FieldResolvers {
  const resolvers: Record<string, Resolver> = {
    id: (entity: Entity) => encodeGlobalId(entity.type, entity.id),
    properties: (entity: Entity) => entity.properties,
    createdAt: (entity: Entity) => entity.createdAt,
    updatedAt: (entity: Entity) => entity.updatedAt,
    version: (entity: Entity) => entity.version,
  };
  for (const { name, defaultValue } of declaration.properties.values())
    resolvers[name] = (entity: Entity) => entity.properties[name] ?? defaultValue ?? null;
  for (const field of type.fields ?? []) {
    const value = directiveOf(field, 'association')?.arguments?.find(
      (argument) => argument.name.value === 'type',
    )?.value;
    if (value?.kind !== Kind.STRING) continue;
    const isList = namedType(field.type).name.value.endsWith('Connection');
    resolvers[field.name.value] = isList ? associationList(value.value) : onlyAssociation(value.value);
  }
  return resolvers;
}

export function associationConnection(
  context: OperationContext,
  list: { readonly from: Entity['id']; readonly type: string },
  args: ConnectionArguments,
): Connection {
  const request = {
    ...list,
    first: pageLength(args.first),
    after: cursorOf(args.after),
    since: args.since ?? null,
    until: args.until ?? null,
  };
  return new Connection<Edge>({
    page: () => readPage(context.reader, request),
    count: () => context.reader.count(list.from, list.type),
  });
}

function associationList(type: string): Resolver {
  return (entity: Entity, args: ConnectionArguments, context: OperationContext) =>
    associationConnection(context, { from: entity.id, type }, args);
}

/** The other end of the only edge. */
function onlyAssociation(type: string): Resolver {
  return (entity: Entity, _args: unknown, context: OperationContext) =>
    andThen(context.reader.list(entity.id, type, 1), ({ edges }) => {
      const edge = edges[0];
      return edge === undefined ? null : context.reader.entity(edge.to);
    });
}

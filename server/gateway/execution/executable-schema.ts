import {
  buildASTSchema,
  isInterfaceType,
  isObjectType,
  isScalarType,
  type DocumentNode,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { Declarations } from '#server/graph/declarations.ts';
import { placeOf, SchemaContradiction } from '../schema-contradiction.ts';
import type { ResolverMap } from '../resolvers/resolver.ts';
import { entityResolvers } from '../resolvers/entity-fields.ts';
import { connectionResolvers, edgeResolvers } from '../resolvers/connections.ts';
import { scalars } from './scalars.ts';

/**
 * The schema with its resolvers. Those of entity types follow from their declarations, those of connections and edges from their shape;
 * the rest is named one by one. `typeDefs` are those of `readDeclarations`, which refuses what is not valid; a field that needs code and
 * has none is refused here, with file and line.
 */
export function executableSchema(options: {
  readonly typeDefs: DocumentNode;
  readonly declarations: Declarations;
  readonly resolvers: ResolverMap;
}): GraphQLSchema {
  const { typeDefs, declarations, resolvers } = options;
  const schema = buildASTSchema(typeDefs, { assumeValidSDL: true });
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isScalarType(type)) Object.assign(type, scalars[type.name]);
    // Every value of an interface of ours, an entity or an event, knows its type.
    if (isInterfaceType(type)) type.resolveType = (value: { readonly type: string }) => value.type;
    if (isObjectType(type)) addResolvers({ type, declarations, own: resolvers[type.name] ?? {} });
  }
  for (const [type, fields] of Object.entries(resolvers)) checkNames(schema, type, Object.keys(fields));
  return schema;
}

function addResolvers(options: {
  readonly type: GraphQLObjectType;
  readonly declarations: Declarations;
  readonly own: ResolverMap[string];
}): void {
  const { type, declarations, own } = options;
  const fields = type.getFields();
  const declaration = declarations.entities.get(type.name);
  const derived =
    declaration !== undefined && type.astNode
      ? entityResolvers(type.astNode, declaration)
      : 'edges' in fields && 'pageInfo' in fields
        ? connectionResolvers
        : 'cursor' in fields && 'node' in fields
          ? edgeResolvers
          : {};
  const isRoot = ['Query', 'Mutation', 'Subscription'].includes(type.name);
  for (const field of Object.values(fields)) {
    const resolver = own[field.name] ?? derived[field.name];
    if (typeof resolver === 'object') {
      field.subscribe = resolver.subscribe;
      field.resolve = resolver.resolve;
    } else if (resolver !== undefined) {
      field.resolve = resolver;
    } else if ((declaration !== undefined || isRoot || field.args.length > 0) && field.astNode) {
      throw new SchemaContradiction(
        field.astNode,
        `${type.name}.${field.name} is neither a property nor an association, and no code answers it`,
      );
    }
  }
}

/** A resolver of a field that does not exist is a spelling mistake. */
function checkNames(schema: GraphQLSchema, typeName: string, fieldNames: readonly string[]): void {
  const type = schema.getType(typeName);
  const fields = isObjectType(type) ? type.getFields() : {};
  for (const name of fieldNames) {
    if (fields[name] === undefined)
      throw new Error(
        `There is a resolver of ${typeName}.${name}, but the schema${type?.astNode ? ` (${placeOf(type.astNode)})` : ''} has no such field.`,
      );
  }
}

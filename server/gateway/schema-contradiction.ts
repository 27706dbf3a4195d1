import { getLocation, type ASTNode, type GraphQLError } from 'graphql';

/** The schema's files are no GraphQL, contradict each other, or say what cannot be. The message begins with file and line. */
export class SchemaContradiction extends Error {
  override readonly name = 'SchemaContradiction';
  readonly code = 'SCHEMA_CONTRADICTION';

  constructor(place: ASTNode | string, message: string) {
    super(`${typeof place === 'string' ? place : placeOf(place)}: ${message}`);
  }

  static of({ source, positions, nodes, message }: GraphQLError): SchemaContradiction {
    const [position] = positions ?? [];
    if (source !== undefined && position !== undefined)
      return new SchemaContradiction(`${source.name}:${getLocation(source, position).line}`, message);
    return new SchemaContradiction(nodes?.[0] ?? 'schema', message);
  }
}

/** Where a node of the schema is written: `graph.graphql:29`. */
export function placeOf(node: ASTNode): string {
  return node.loc === undefined ? 'schema' : `${node.loc.source.name}:${node.loc.startToken.line}`;
}

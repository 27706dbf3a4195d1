import type { ASTNode } from 'graphql';

/** The directives contradict each other, or say what cannot be. The message begins with file and line. */
export class SchemaContradiction extends Error {
  override readonly name = 'SchemaContradiction';

  constructor(node: ASTNode, message: string) {
    super(`${placeOf(node)}: ${message}`);
  }
}

/** Where a node of the schema is written: `graph.graphql:29`. */
export function placeOf(node: ASTNode): string {
  return node.loc === undefined ? 'schema' : `${node.loc.source.name}:${node.loc.startToken.line}`;
}

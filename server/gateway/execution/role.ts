import { GraphQLError, OperationTypeNode } from 'graphql';
import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import { someRootField } from './root-fields.ts';

/** What a client may do; each includes those before it. */
export const roles = ['read', 'write', 'operate'] as const;
export type Role = (typeof roles)[number];

/** Root fields that change the cluster rather than the graph. */
export const operatorFields: readonly string[] = [
  'setPlugged',
  'setLink',
  'transferLeadership',
  'addNode',
  'promoteNode',
  'removeNode',
];

const known = new WeakMap<OperationDefinitionNode, Role>();

/** Throws GraphQLError (FORBIDDEN, status 403) where the operation needs more than the client's role. The document is valid. */
export function checkRole(operation: OperationDefinitionNode, document: DocumentNode, role: Role): void {
  let needed = known.get(operation);
  if (needed === undefined) known.set(operation, (needed = neededRole(operation, document)));
  if (roles.indexOf(role) >= roles.indexOf(needed)) return;
  throw new GraphQLError(`this needs a token with the role ${needed}; the one that was sent has ${role}`, {
    extensions: { code: 'FORBIDDEN', http: { status: 403 } },
  });
}

function neededRole(operation: OperationDefinitionNode, document: DocumentNode): Role {
  if (operation.operation !== OperationTypeNode.MUTATION) return 'read';
  const isOperators = someRootField(operation.selectionSet, document, (name) => operatorFields.includes(name));
  return isOperators ? 'operate' : 'write';
}

import { GraphQLError, Kind, OperationTypeNode } from 'graphql';
import type { DocumentNode, OperationDefinitionNode, SelectionSetNode } from 'graphql';

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
const operates: ReadonlySet<string> = new Set(operatorFields);

const known = new WeakMap<OperationDefinitionNode, Role>();

/** Throws GraphQLError (FORBIDDEN, status 403) where the operation needs more than the client's role. The document is valid. */
export function checkRole(operation: OperationDefinitionNode, document: DocumentNode, role: Role): void {
  const needed = known.get(operation) ?? neededRole(operation, document);
  known.set(operation, needed);
  if (roles.indexOf(role) >= roles.indexOf(needed)) return;
  throw new GraphQLError(`this needs a token with the role ${needed}; the one that was sent has ${role}`, {
    extensions: { code: 'FORBIDDEN', http: { status: 403 } },
  });
}

function neededRole(operation: OperationDefinitionNode, document: DocumentNode): Role {
  if (operation.operation !== OperationTypeNode.MUTATION) return 'read';
  return selectsOperator(operation.selectionSet, document) ? 'operate' : 'write';
}

function selectsOperator({ selections }: SelectionSetNode, document: DocumentNode): boolean {
  return selections.some((selection) => {
    if (selection.kind === Kind.FIELD) return operates.has(selection.name.value);
    if (selection.kind === Kind.INLINE_FRAGMENT) return selectsOperator(selection.selectionSet, document);
    const fragment = document.definitions.find(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
    );
    return fragment?.kind === Kind.FRAGMENT_DEFINITION && selectsOperator(fragment.selectionSet, document);
  });
}

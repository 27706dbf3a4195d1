import { GraphQLError, OperationTypeNode, getDirectiveValues, getOperationAST, getVariableValues } from 'graphql';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { Consistency } from '#server/cluster/node-service.ts';
import { checkCost, operationCost } from './operation-cost.ts';
import { checkRole, operatorFields, type Role } from './role.ts';
import { someRootField } from './root-fields.ts';

/** One operation, as it is sent by a client or made for an event. */
export interface OperationRequest {
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variableValues?: Readonly<Record<string, unknown>> | null | undefined;
  /** The header `instaface-at-least`; 0: none. */
  readonly atLeast: LogIndex;
  /** Whose subscriptions are counted together. */
  readonly client: string;
  /** What its client may do. */
  readonly role: Role;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

/** What is known of an operation before it runs. */
export interface OperationPlan {
  readonly operation: OperationDefinitionNode;
  /** False where every root field is answered without a look at the graph, so that the cluster can be watched whatever has failed. */
  readonly readsGraph: boolean;
  readonly consistency: Consistency;
  readonly atLeast: LogIndex;
  /** The objects that its answer may hold. */
  readonly cost: number;
}

/**
 * Throws GraphQLError when there is no such operation, its client may not ask for it, it may cost too much, or its `@read` cannot be
 * understood.
 */
export function planOperation(
  { schema, costMax }: { readonly schema: GraphQLSchema; readonly costMax: number },
  request: OperationRequest,
): OperationPlan {
  const operation = getOperationAST(request.document, request.operationName);
  if (operation === null || operation === undefined) throw new GraphQLError(noOperation(request));
  checkRole(operation, request.document, request.role);
  const { document, variableValues } = request;
  const cost = operationCost({ schema, document, operation }, variableValues);
  checkCost(cost, costMax);
  const readsGraph = readsGraphOf(operation, document);
  // A mutation waits for nothing before it is sent; what it reads afterwards includes its own commit.
  if (operation.operation !== OperationTypeNode.QUERY)
    return { operation, readsGraph, consistency: 'LOCAL', atLeast: request.atLeast, cost };
  const read = readDirective(schema, operation, request);
  const atLeast = Math.max(read.atLeast, request.atLeast) as LogIndex;
  return { operation, readsGraph, consistency: read.consistency, atLeast, cost };
}

function noOperation({ operationName }: OperationRequest): string {
  return !operationName
    ? 'The document holds several operations, or none: say which one by `operationName`.'
    : `The document holds no operation named ${JSON.stringify(operationName.slice(0, 100))}.`;
}

function readDirective(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  request: OperationRequest,
): { readonly consistency: Consistency; readonly atLeast: number } {
  const definition = schema.getDirective('read');
  if (!operation.directives?.length || !definition) return { consistency: 'SESSION', atLeast: 0 };
  const variables = getVariableValues(schema, operation.variableDefinitions ?? [], request.variableValues ?? {});
  if (variables.errors !== undefined) throw variables.errors[0] ?? new GraphQLError('The variables cannot be read.');
  // The schema has checked the values: @read takes a Consistency and a LogIndex.
  const values = getDirectiveValues(definition, operation, variables.coerced) as
    { readonly consistency: Consistency; readonly atLeast?: number | null } | undefined;
  return { consistency: values?.consistency ?? 'SESSION', atLeast: values?.atLeast ?? 0 };
}

const withoutGraph: ReadonlySet<string> = new Set([
  'cluster',
  'clusterEvents',
  'mutationStatus',
  ...operatorFields,
  '__schema',
  '__type',
  '__typename',
]);
const known = new WeakMap<OperationDefinitionNode, boolean>();

function readsGraphOf(operation: OperationDefinitionNode, document: DocumentNode): boolean {
  const before = known.get(operation);
  if (before !== undefined) return before;
  const reads = someRootField(operation.selectionSet, document, (name) => !withoutGraph.has(name));
  known.set(operation, reads);
  return reads;
}

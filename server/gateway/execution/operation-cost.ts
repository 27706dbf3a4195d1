/**
 * What an operation may cost, before it runs: the objects that its answer can hold if every list is as long as was asked for. A leaf costs
 * nothing, since it comes with its object. Compiled once an operation; where variables say how long lists are, to a function of them.
 */
import {
  getNamedType,
  getNullableType,
  GraphQLError,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
} from 'graphql';
import type {
  DocumentNode,
  FieldNode,
  GraphQLField,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
  ValueNode,
} from 'graphql';
import { listLengthDefault } from '#server/graph/limits.ts';

/** Of a list that takes no length, such as the nodes of the cluster. */
const listLengthAssumed = 10;
/** Arguments that say how long a list is, by themselves or by how many they hold. */
const lengthArguments: ReadonlySet<string> = new Set(['first', 'last', 'count', 'ids']);

type Variables = Readonly<Record<string, unknown>>;
type Estimate = number | ((variables: Variables) => number);

interface Place {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

const known = new WeakMap<OperationDefinitionNode, Estimate>();

/** In objects. The document is valid; variables may be anything. */
export function operationCost(place: Place, variables: Variables | null | undefined): number {
  let estimate = known.get(place.operation);
  if (estimate === undefined) {
    const root = place.schema.getRootType(place.operation.operation);
    estimate = ofSelections(place, place.operation.selectionSet, root?.name ?? '', null);
    known.set(place.operation, estimate);
  }
  return typeof estimate === 'number' ? estimate : estimate(variables ?? {});
}

/** Throws GraphQLError (LIMIT_EXCEEDED, status 400). */
export function checkCost(cost: number, costMax: number): void {
  if (cost <= costMax) return;
  throw new GraphQLError(
    `the answer may hold ${cost} objects; at most ${costMax} are allowed: ask for shorter lists or fewer of them`,
    {
      extensions: {
        code: 'LIMIT_EXCEEDED',
        cost: { estimated: cost, max: costMax },
        http: { status: 400, spec: true },
      },
    },
  );
}

/** `pageLength`: how much the connection that holds these fields was asked for. Fragments that exclude each other are both counted. */
function ofSelections(
  place: Place,
  { selections }: SelectionSetNode,
  typeName: string,
  pageLength: Estimate | null,
): Estimate {
  let sum: Estimate = 0;
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      sum = plus(sum, ofField(place, selection, typeName, pageLength));
      continue;
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragmentOf(place, selection.name.value);
    if (fragment === undefined) continue;
    const inner = fragment.typeCondition?.name.value ?? typeName;
    sum = plus(sum, ofSelections(place, fragment.selectionSet, inner, pageLength));
  }
  return sum;
}

function ofField(place: Place, node: FieldNode, typeName: string, pageLength: Estimate | null): Estimate {
  const type = place.schema.getType(typeName);
  const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
  // Introspection is bounded by a rule of its own.
  if (field === undefined || node.selectionSet === undefined) return 0;
  const inner = getNamedType(field.type);
  if (!isCompositeType(inner)) return 0;
  const asked = lengthOf(place, node, field);
  const isList = isListType(getNullableType(field.type));
  const each = plus(1, ofSelections(place, node.selectionSet, inner.name, isList ? null : asked));
  return isList ? times(asked ?? pageLength ?? listLengthAssumed, each) : each;
}

/** Null where no argument says it. */
function lengthOf({ operation }: Place, node: FieldNode, field: GraphQLField<unknown, unknown>): Estimate | null {
  const argument = field.args.find(({ name }) => lengthArguments.has(name));
  if (argument === undefined) return null;
  const value = node.arguments?.find(({ name }) => name.value === argument.name)?.value;
  if (value?.kind !== Kind.VARIABLE) return literalLength(value);
  const name = value.name.value;
  const declared = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
  const fallback = literalLength(declared?.defaultValue);
  return (variables) => valueLength(variables[name], fallback);
}

function literalLength(value: ValueNode | undefined): number {
  if (value?.kind === Kind.INT) return Math.max(0, Number(value.value));
  if (value?.kind === Kind.LIST) return value.values.length;
  return value?.kind === Kind.STRING ? 1 : listLengthDefault;
}

/** What is no length is refused when it is executed. */
function valueLength(value: unknown, fallback: number): number {
  if (typeof value === 'number') return Math.max(0, value);
  if (Array.isArray(value)) return value.length;
  return fallback;
}

function fragmentOf({ document }: Place, name: string) {
  return document.definitions.find(
    (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name,
  ) as Extract<DocumentNode['definitions'][number], { kind: Kind.FRAGMENT_DEFINITION }> | undefined;
}

function plus(a: Estimate, b: Estimate): Estimate {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  return (variables) => valueOf(a, variables) + valueOf(b, variables);
}

function times(a: Estimate, b: Estimate): Estimate {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  return (variables) => valueOf(a, variables) * valueOf(b, variables);
}

function valueOf(estimate: Estimate, variables: Variables): number {
  return typeof estimate === 'number' ? estimate : estimate(variables);
}

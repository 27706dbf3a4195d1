/**
 * An operation compiled once: per selection set the steps of its fields, with arguments, response names and the completion of their types
 * worked out beforehand. A program answers what memory holds, whole and without errors, at a fraction of what the executor of graphql takes.
 * Whatever else comes up (something to wait for, an error, null where none may be), it declines, and the executor of graphql carries the
 * operation out from its beginning: what an answer is stays that one's to say. So programs exist of reads only.
 */
import {
  getArgumentValues,
  getVariableValues,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { isPromise } from './maybe-promise.ts';
import type { OperationContext } from './operation-context.ts';

export interface OperationProgram {
  /** The data of the answer; null: declined. Never throws: what a resolver throws is left to the executor as well. */
  run(input: ProgramInput): Readonly<Record<string, unknown>> | null;
}

export interface ProgramInput {
  readonly rootValue: unknown;
  readonly context: OperationContext;
  readonly variableValues: Readonly<Record<string, unknown>> | null | undefined;
}

/** One run: arguments that hold variables are worked out once for all objects that the field is read of. */
interface Run {
  readonly context: OperationContext;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly args: (Arguments | undefined)[];
}

type Arguments = Readonly<Record<string, unknown>>;
type Resolve = GraphQLFieldResolver<unknown, OperationContext, Arguments>;
type Complete = (value: unknown, run: Run) => unknown;

interface Step {
  readonly responseName: string;
  readonly read: (source: unknown, run: Run) => unknown;
  readonly complete: Complete;
}

/** Of a program: a selection on an interface is compiled for each type that implements it. */
const stepsMax = 10_000;

/** Thrown to leave a run, and the compilation of what programs do not do. */
const declined = new Error('left to the executor of graphql');

/** Null: there is something in it that programs do not do. The document is valid. */
export function compileOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): OperationProgram | null {
  const root = schema.getRootType(operation.operation);
  if (operation.operation === OperationTypeNode.MUTATION || !root) return null;
  try {
    const compiler = new Compiler(schema, document);
    const complete = compiler.object(root, [operation.selectionSet]);
    return {
      run: ({ rootValue, context, variableValues }) => {
        const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {});
        if (coerced === undefined) return null;
        try {
          const run: Run = { context, variables: coerced, args: [] };
          return complete(rootValue ?? nothing, run) as Readonly<Record<string, unknown>>;
        } catch {
          return null;
        }
      },
    };
  } catch (error) {
    if (error === declined) return null;
    throw error;
  }
}

const nothing = {};

class Compiler {
  readonly #schema: GraphQLSchema;
  readonly #document: DocumentNode;
  #slots = 0;
  #steps = 0;

  constructor(schema: GraphQLSchema, document: DocumentNode) {
    this.#schema = schema;
    this.#document = document;
  }

  object(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): Complete {
    if (type.isTypeOf) throw declined;
    const fields = new Map<string, FieldNode[]>();
    for (const selectionSet of selectionSets) this.#collect(type, selectionSet, fields);
    const steps = [...fields].map(([responseName, nodes]) => this.#step(type, responseName, nodes));
    return (source, run) => {
      const result: Record<string, unknown> = {};
      for (const { responseName, read, complete } of steps) result[responseName] = complete(read(source, run), run);
      return result;
    };
  }

  /** The fields that are selected of an object of the type, in the order of the answer. */
  #collect(type: GraphQLObjectType, { selections }: SelectionSetNode, fields: Map<string, FieldNode[]>): void {
    for (const selection of selections) {
      // `@skip` and `@include`.
      if (selection.directives?.length) throw declined;
      if (selection.kind === Kind.FIELD) {
        const responseName = selection.alias?.value ?? selection.name.value;
        // An assignment to it would not make a member.
        if (responseName === '__proto__') throw declined;
        const known = fields.get(responseName);
        if (known === undefined) fields.set(responseName, [selection]);
        else known.push(selection);
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragment(selection.name.value);
      const condition = fragment.typeCondition?.name.value ?? type.name;
      if (this.#isOf(type, condition)) this.#collect(type, fragment.selectionSet, fields);
    }
  }

  #fragment(name: string) {
    for (const definition of this.#document.definitions)
      if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name) return definition;
    throw declined;
  }

  #isOf(type: GraphQLObjectType, condition: string): boolean {
    if (condition === type.name) return true;
    const wanted = this.#schema.getType(condition);
    return isAbstractType(wanted) && this.#schema.isSubType(wanted, type);
  }

  #step(type: GraphQLObjectType, responseName: string, nodes: readonly FieldNode[]): Step {
    if (++this.#steps > stepsMax) throw declined;
    const node = nodes[0];
    const name = node?.name.value ?? '';
    if (name === '__typename') return { responseName, read: () => type.name, complete: (value) => value };
    const field = type.getFields()[name];
    if (node === undefined || field === undefined) throw declined;
    const selectionSets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const complete = this.#complete(field.type, selectionSets);
    return { responseName, read: this.#read(field, node), complete };
  }

  #read(field: GraphQLField<unknown, unknown>, node: FieldNode): Step['read'] {
    const { name } = field;
    const resolve = field.resolve as Resolve | undefined;
    if (resolve === undefined) return (source) => memberOf(source, name);
    // It looks at where it stands in the answer, which no program knows.
    if (resolve.length > 3) throw declined;
    if (field.args.length === 0) return (source, { context }) => resolve(source, nothing, context, noInfo);
    if (!(node.arguments ?? []).some(({ value }) => holdsVariable(value))) {
      const args = argumentsOf(field, node, {});
      return (source, { context }) => resolve(source, args, context, noInfo);
    }
    const slot = this.#slots++;
    return (source, run) =>
      resolve(source, (run.args[slot] ??= getArgumentValues(field, node, run.variables)), run.context, noInfo);
  }

  #complete(type: GraphQLOutputType, selectionSets: readonly SelectionSetNode[]): Complete {
    if (isNonNullType(type)) {
      const complete = this.#present(type.ofType, selectionSets);
      return (value, run) => {
        if (value === null || value === undefined) throw declined;
        return complete(value, run);
      };
    }
    const complete = this.#present(type, selectionSets);
    return (value, run) => (value === null || value === undefined ? null : complete(value, run));
  }

  /** Of a value that is there. */
  #present(type: GraphQLOutputType, selectionSets: readonly SelectionSetNode[]): Complete {
    if (isListType(type)) return listOf(this.#complete(type.ofType, selectionSets));
    if (isLeafType(type)) return leaf(type);
    if (isObjectType(type)) return checked(this.object(type, selectionSets));
    if (isAbstractType(type)) return checked(this.#abstract(type, selectionSets));
    throw declined;
  }

  #abstract(type: GraphQLAbstractType, selectionSets: readonly SelectionSetNode[]): Complete {
    const { resolveType } = type;
    if (resolveType === undefined || resolveType === null || resolveType.length > 1) throw declined;
    const objects = new Map<unknown, Complete>();
    for (const possible of this.#schema.getPossibleTypes(type))
      objects.set(possible.name, this.object(possible, selectionSets));
    return (value, run) => {
      const complete = objects.get(resolveType.call(type, value, run.context, noInfo, type));
      if (complete === undefined) throw declined;
      return complete(value, run);
    };
  }
}

/** Nobody reads it: whoever takes four arguments is left alone. */
const noInfo = undefined as never;

function memberOf(source: unknown, name: string): unknown {
  const value = (source as Readonly<Record<string, unknown>>)[name];
  if (typeof value === 'function') throw declined;
  return value;
}

function argumentsOf(field: GraphQLField<unknown, unknown>, node: FieldNode, variables: Arguments): Arguments {
  try {
    return getArgumentValues(field, node, variables);
  } catch {
    // The executor tells it, at its path.
    throw declined;
  }
}

function holdsVariable(value: NonNullable<FieldNode['arguments']>[number]['value']): boolean {
  switch (value.kind) {
    case Kind.VARIABLE:
      return true;
    case Kind.LIST:
      return value.values.some(holdsVariable);
    case Kind.OBJECT:
      return value.fields.some((field) => holdsVariable(field.value));
    default:
      return false;
  }
}

/** Errors and promises stand where values do; they are the executor's. */
function checked(complete: Complete): Complete {
  return (value, run) => {
    if (value instanceof Error) throw declined;
    if (isPromise(value)) return abandon(value);
    return complete(value, run);
  };
}

/** Its field is read again, and a failure told there. */
function abandon(promise: Promise<unknown>): never {
  promise.catch(() => undefined);
  throw declined;
}

function listOf(complete: Complete): Complete {
  return (value, run) => {
    if (!Array.isArray(value)) return isPromise(value) ? abandon(value) : leave();
    const items: unknown[] = [];
    for (const item of value as readonly unknown[]) items.push(complete(item, run));
    return items;
  };
}

function leave(): never {
  throw declined;
}

function leaf(type: GraphQLLeafType): Complete {
  const serialize: Complete = checked((value) => {
    const written: unknown = type.serialize(value);
    return written === null || written === undefined ? leave() : written;
  });
  const isText = isSpecifiedScalarType(type) && ['String', 'ID'].includes(type.name);
  // Nearly every leaf is one of these, and stands for itself.
  return isText ? (value, run) => (typeof value === 'string' ? value : serialize(value, run)) : serialize;
}

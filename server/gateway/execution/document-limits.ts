/**
 * Bounds on a document, checked before validation: validation itself takes time that grows with the square of what it is given.
 * Fragments count wherever they are spread, so that a few lines cannot stand for millions of fields.
 */
import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** Tokens of a document. A batch belongs into variables. */
export const documentTokensMax = 10_000;
/** Fields of a document, counted where fragments are spread. */
export const documentFieldsMax = 2_000;
/** Fields side by side, and fields with a name of the client's own: both repeat one field as often as they like. */
export const documentBreadthMax = 500;
export const documentAliasesMax = 500;
/** Mutations of a document: they wait for one another. */
export const mutationsPerDocumentMax = 100;

interface Size {
  readonly fields: number;
  readonly depth: number;
  readonly aliases: number;
  /** Fields of the outermost selection set. */
  readonly outermost: number;
  /** Fields of the largest selection set. */
  readonly breadth: number;
}

/** The errors of a document that is too large; none when it may be validated. */
export function documentLimitErrors(document: DocumentNode, depthMax: number): readonly GraphQLError[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const sizes = new Map<string, Size>();
  let fields = 0;
  let aliases = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const size = sizeOf(definition.selectionSet, fragments, sizes);
    fields += size.fields;
    if (fields > documentFieldsMax) return [limit(`The document selects more than ${documentFieldsMax} fields.`)];
    if (size.depth > depthMax)
      return [limit(`The document is ${size.depth} fields deep; at most ${depthMax} are allowed.`)];
    aliases += size.aliases;
    if (aliases > documentAliasesMax) return [limit(`The document holds more than ${documentAliasesMax} aliases.`)];
    if (size.breadth > documentBreadthMax)
      return [limit(`The document selects more than ${documentBreadthMax} fields side by side.`)];
    const isMutation =
      definition.kind === Kind.OPERATION_DEFINITION && definition.operation === OperationTypeNode.MUTATION;
    if (isMutation && size.outermost > mutationsPerDocumentMax)
      return [limit(`The document holds more than ${mutationsPerDocumentMax} mutations; \`batch\` takes more.`)];
  }
  return [];
}

function sizeOf(
  selectionSet: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  sizes: Map<string, Size>,
): Size {
  let fields = 0;
  let depth = 0;
  let aliases = 0;
  let outermost = 0;
  let breadth = 0;
  for (const selection of selectionSet.selections) {
    const isField = selection.kind === Kind.FIELD;
    const inner =
      selection.kind === Kind.FRAGMENT_SPREAD
        ? fragmentSize(selection.name.value, fragments, sizes)
        : selection.selectionSet === undefined
          ? nothing
          : sizeOf(selection.selectionSet, fragments, sizes);
    fields += inner.fields + (isField ? 1 : 0);
    depth = Math.max(depth, inner.depth + (isField ? 1 : 0));
    aliases += inner.aliases + (isField && selection.alias !== undefined ? 1 : 0);
    outermost += isField ? 1 : inner.outermost;
    breadth = Math.max(breadth, inner.breadth);
  }
  return { fields, depth, aliases, outermost, breadth: Math.max(breadth, outermost) };
}

const nothing: Size = { fields: 0, depth: 0, aliases: 0, outermost: 0, breadth: 0 };

/** Each fragment is measured once; one that contains itself counts as nothing there, and validation refuses it. */
function fragmentSize(
  name: string,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  sizes: Map<string, Size>,
): Size {
  const known = sizes.get(name);
  if (known !== undefined) return known;
  const fragment = fragments.get(name);
  if (fragment === undefined) return nothing;
  sizes.set(name, nothing);
  const size = sizeOf(fragment.selectionSet, fragments, sizes);
  sizes.set(name, size);
  return size;
}

function limit(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'LIMIT_EXCEEDED', http: { status: 400, spec: true } } });
}

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
/** Mutations of a document: they wait for one another. */
export const mutationsPerDocumentMax = 100;

interface Size {
  readonly fields: number;
  readonly depth: number;
}

/** The errors of a document that is too large; none when it may be validated. */
export function documentLimitErrors(document: DocumentNode, depthMax: number): readonly GraphQLError[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const sizes = new Map<string, Size>();
  let fields = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const size = sizeOf(definition.selectionSet, fragments, sizes);
    fields += size.fields;
    if (fields > documentFieldsMax) return [limit(`The document selects more than ${documentFieldsMax} fields.`)];
    if (size.depth > depthMax)
      return [limit(`The document is ${size.depth} fields deep; at most ${depthMax} are allowed.`)];
    const isMutation =
      definition.kind === Kind.OPERATION_DEFINITION && definition.operation === OperationTypeNode.MUTATION;
    if (isMutation && definition.selectionSet.selections.length > mutationsPerDocumentMax)
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
  }
  return { fields, depth };
}

const nothing: Size = { fields: 0, depth: 0 };

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

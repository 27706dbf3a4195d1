import { Kind, type DocumentNode, type SelectionSetNode } from 'graphql';

/** Whether a root field of the operation, fragments included, is such a one. Fragments cannot contain themselves: the document is validated. */
export function someRootField(
  { selections }: SelectionSetNode,
  document: DocumentNode,
  isSuch: (name: string) => boolean,
): boolean {
  return selections.some((selection) => {
    if (selection.kind === Kind.FIELD) return isSuch(selection.name.value);
    if (selection.kind === Kind.INLINE_FRAGMENT) return someRootField(selection.selectionSet, document, isSuch);
    const fragment = document.definitions.find(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
    );
    return fragment?.kind === Kind.FRAGMENT_DEFINITION && someRootField(fragment.selectionSet, document, isSuch);
  });
}

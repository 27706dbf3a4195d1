/** What clients send, checked: every message names the argument, what was wanted and what came. */
import { decodeCursor } from '#server/graph/cursor.ts';
import type { Declarations, AssociationDeclaration } from '#server/graph/declarations.ts';
import type { ListPosition } from '#server/graph/entity.ts';
import { GraphError } from '#server/graph/errors.ts';
import { decodeGlobalId } from '#server/graph/global-id.ts';
import type { EntityId, EntityType } from '#server/graph/identifiers.ts';
import { listLengthDefault, listLengthMax } from '#server/graph/limits.ts';

/** How many a page holds. */
export function pageLength(first: number | null | undefined, name = 'first'): number {
  if (first === null || first === undefined) return listLengthDefault;
  if (first < 0 || first > listLengthMax)
    throw new GraphError('BAD_INPUT', `${name} must be from 0 to ${listLengthMax}, not ${first}`);
  return first;
}

/** The place that a cursor names; null without one. */
export function cursorOf(after: string | null | undefined): ListPosition | null {
  return typeof after === 'string' ? decodeCursor(after) : null;
}

/** The entity that an id means, which must be of this type. */
export function idOfType(id: string, type: EntityType, name: string): EntityId {
  const decoded = decodeGlobalId(id);
  if (decoded.type !== type)
    throw new GraphError(
      'BAD_INPUT',
      `${name} must be the id of a ${type}; ${JSON.stringify(id)} is that of a ${decoded.type}`,
    );
  return decoded.id;
}

/** A list of ids or names that is not longer than a list may be. */
export function boundedList<Item>(items: readonly Item[], name: string): readonly Item[] {
  if (items.length > listLengthMax)
    throw new GraphError('BAD_INPUT', `${name} must hold at most ${listLengthMax}, not ${items.length}`);
  return items;
}

export function declaredAssociation(declarations: Declarations, type: string): AssociationDeclaration {
  const declaration = declarations.associations.get(type);
  if (declaration !== undefined) return declaration;
  const known = [...declarations.associations.keys()].sort().join(', ');
  throw new GraphError(
    'BAD_INPUT',
    `${JSON.stringify(type.slice(0, 100))} is not an association type; there are ${known}`,
  );
}

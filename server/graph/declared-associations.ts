import type { AssociationDeclaration, Declarations } from './declarations.ts';
import { assert } from './errors.ts';
import type { AssociationType, EntityType } from './identifiers.ts';

const byDeclarations = new WeakMap<Declarations, Map<EntityType, readonly AssociationDeclaration[]>>();
const none: readonly AssociationDeclaration[] = [];

/** The association types that leave from entities of a type; with inverses they are all that can be attached to one. */
export function associationsFrom(declarations: Declarations, type: EntityType): readonly AssociationDeclaration[] {
  let byType = byDeclarations.get(declarations);
  if (byType === undefined) {
    byType = Map.groupBy(declarations.associations.values(), (association) => association.fromType);
    byDeclarations.set(declarations, byType);
  }
  return byType.get(type) ?? none;
}

/** A type that is known to be declared, because the command that names it was validated or the graph holds an edge of it. */
export function declaredAssociation(declarations: Declarations, type: AssociationType): AssociationDeclaration {
  const declaration = declarations.associations.get(type);
  assert(declaration !== undefined, `the association type ${type} is not declared`);
  return declaration;
}

/** What is written at the other end; null where nothing is. Both sides are declared and agree. */
export function declaredInverse(
  declarations: Declarations,
  association: AssociationDeclaration,
): AssociationDeclaration | null {
  if (association.inverse === null) return null;
  const inverse = declaredAssociation(declarations, association.inverse);
  assert(
    inverse.inverse === association.type,
    `the inverse of ${association.type} is ${inverse.type}, and that of ${inverse.type} is ${inverse.inverse}`,
  );
  return inverse;
}

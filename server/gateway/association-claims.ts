import type { FieldDefinitionNode } from 'graphql';
import type { AssociationDeclaration } from '#server/graph/declarations.ts';
import { SchemaContradiction, placeOf } from './schema-contradiction.ts';

/** What one field says of its association type. */
export interface AssociationClaim extends AssociationDeclaration {
  /** Where it is written. */
  readonly node: FieldDefinitionNode;
}

/**
 * The association types that the fields declare, those included that are only named as an inverse. Throws SchemaContradiction when two
 * fields say different things of one type.
 */
export function joinClaims(claims: readonly AssociationClaim[]): ReadonlyMap<string, AssociationDeclaration> {
  const stated = new Map<string, AssociationClaim>();
  for (const claim of claims) {
    const before = stated.get(claim.type);
    if (before !== undefined) refuse(claim, `${claim.type} is declared at ${placeOf(before.node)} already`);
    stated.set(claim.type, claim);
  }
  const associations = new Map<string, AssociationDeclaration>();
  for (const claim of stated.values()) associations.set(claim.type, declarationOf(claim));
  for (const claim of stated.values()) {
    if (claim.inverse === null) continue;
    const other = stated.get(claim.inverse);
    if (other !== undefined) checkPair(claim, other);
    else addInverse(associations, claim, claim.inverse);
  }
  return associations;
}

function declarationOf({ type, inverse, fromType, toType, single }: AssociationClaim): AssociationDeclaration {
  return { type, inverse, fromType, toType, single };
}

/** A type that is only named as an inverse is a list from there to here. */
function addInverse(associations: Map<string, AssociationDeclaration>, claim: AssociationClaim, type: string): void {
  const before = associations.get(type);
  if (before !== undefined) refuse(claim, `${type} is the inverse of ${before.inverse} already`);
  associations.set(type, { type, inverse: claim.type, fromType: claim.toType, toType: claim.fromType, single: false });
}

/** Both sides are declared, or the type names itself: they must be each other's inverse, between the same entity types. */
function checkPair(claim: AssociationClaim, other: AssociationClaim): void {
  if (other.inverse !== claim.type) {
    refuse(
      claim,
      `${claim.type} names ${other.type} as its inverse, but that one names ${other.inverse ?? 'none'} (${placeOf(other.node)})`,
    );
  }
  if (other.fromType !== claim.toType || other.toType !== claim.fromType) {
    refuse(
      claim,
      `${claim.type} leads from ${claim.fromType} to ${claim.toType}, but its inverse ${other.type} from ${other.fromType} to ${other.toType} (${placeOf(other.node)})`,
    );
  }
}

function refuse(claim: AssociationClaim, message: string): never {
  throw new SchemaContradiction(claim.node, message);
}

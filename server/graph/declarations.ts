import type { AssociationType, EntityType } from './identifiers.ts';
import type { JsonValue } from './entity.ts';

/** The kind of value a declared property takes, as the SDL's scalar names it. */
export const propertyKinds = ['String', 'Int', 'Float', 'Boolean', 'ID', 'DateTime', 'JSON'] as const;
export type PropertyKind = (typeof propertyKinds)[number];

export interface PropertyDeclaration {
  readonly name: string;
  readonly kind: PropertyKind;
  readonly list: boolean;
  readonly required: boolean;
  /** For entities written before the property was declared (`@default`). */
  readonly defaultValue: JsonValue | undefined;
}

export interface EntityDeclaration {
  readonly type: EntityType;
  /** The property that is unique within the type. */
  readonly key: string | null;
  readonly properties: ReadonlyMap<string, PropertyDeclaration>;
}

export interface AssociationDeclaration {
  readonly type: AssociationType;
  /** The type written on the other end in the same commit; a symmetric one names itself; null: nothing is written there. */
  readonly inverse: AssociationType | null;
  readonly fromType: EntityType;
  readonly toType: EntityType;
  /** Holds at most one edge per entity; a second is CONFLICT. */
  readonly single: boolean;
}

/** What the SDL declares of the graph: derived from the directives `@entity` and `@association`. */
export interface Declarations {
  readonly entities: ReadonlyMap<EntityType, EntityDeclaration>;
  readonly associations: ReadonlyMap<AssociationType, AssociationDeclaration>;
  /** SHA-256 of the canonical form, hex; part of the handshake between nodes. */
  readonly digest: string;
}

import type { Association, Entity, ListPosition } from './entity.ts';
import type { AssociationType, EntityId, EntityType, TimeMs } from './identifiers.ts';

/** What a node remembers one value of. `list` asks for the newest `length` edges, or for all when there are fewer. */
export type CacheKey =
  | { readonly kind: 'entity'; readonly id: EntityId }
  | { readonly kind: 'unique'; readonly type: EntityType; readonly key: string }
  | { readonly kind: 'association'; readonly from: EntityId; readonly type: AssociationType; readonly to: EntityId }
  | { readonly kind: 'count'; readonly from: EntityId; readonly type: AssociationType }
  | { readonly kind: 'list'; readonly from: EntityId; readonly type: AssociationType; readonly length: number };

/** The newest stretch of a list. Invariant: newest first, without duplicates; `complete` says that nothing follows. */
export interface ListStretch {
  readonly edges: readonly Association[];
  readonly complete: boolean;
}

/** The value of a key, of the kind of its key. Null is known absence. A count is never absent: it is 0. */
export type CacheValue =
  | { readonly kind: 'entity'; readonly entity: Entity | null }
  | { readonly kind: 'unique'; readonly id: EntityId | null }
  | { readonly kind: 'association'; readonly association: Association | null }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'list'; readonly stretch: ListStretch };

/** What only the database can answer. Lists of entities are newest first, by id descending. */
export type StoreQuery =
  /** Edges after a position (exclusive), `since` <= time < `until`. `length` edges at most. */
  | {
      readonly kind: 'page';
      readonly from: EntityId;
      readonly type: AssociationType;
      readonly after: ListPosition | null;
      readonly since: TimeMs | null;
      readonly until: TimeMs | null;
      readonly length: number;
    }
  | {
      readonly kind: 'entities-of-type';
      readonly type: EntityType;
      readonly before: EntityId | null;
      readonly length: number;
    }
  | { readonly kind: 'search'; readonly type: EntityType; readonly text: string; readonly length: number }
  | {
      readonly kind: 'random';
      readonly type: EntityType;
      readonly length: number;
      /** In [0, 1): where to look. */ readonly seed: number;
    }
  | { readonly kind: 'most-connected'; readonly type: AssociationType; readonly length: number }
  | { readonly kind: 'count-of-type'; readonly type: EntityType }
  /** Entities whose large deletion is not finished. */
  | { readonly kind: 'deleting'; readonly length: number };

export type StoreResult =
  | { readonly kind: 'page'; readonly edges: readonly Association[]; readonly complete: boolean }
  | { readonly kind: 'ids'; readonly ids: readonly EntityId[] }
  | { readonly kind: 'number'; readonly value: number };

import type { Association, Entity } from './entity.ts';
import type { AssociationType, EntityId, EntityType } from './identifiers.ts';

/**
 * What an entry changes: absolute new values, so that applying one needs no reads and can be repeated. The count of a list is
 * an effect of its own, in the same entry as the edge that changed it.
 */
export type Effect =
  | {
      readonly kind: 'entity-put';
      readonly entity: Entity;
      /** Made by this very entry: it has no edges before it. */ readonly created: boolean;
    }
  | { readonly kind: 'entity-removed'; readonly id: EntityId; readonly type: EntityType }
  | { readonly kind: 'key-put'; readonly type: EntityType; readonly key: string; readonly id: EntityId }
  | { readonly kind: 'key-removed'; readonly type: EntityType; readonly key: string }
  | {
      readonly kind: 'association-put';
      readonly association: Association;
      /** The list did not hold this edge before: subscriptions say ADDED, else CHANGED. */
      readonly created?: boolean;
    }
  | {
      readonly kind: 'association-removed';
      readonly from: EntityId;
      readonly type: AssociationType;
      readonly to: EntityId;
    }
  | { readonly kind: 'count-put'; readonly from: EntityId; readonly type: AssociationType; readonly count: number };

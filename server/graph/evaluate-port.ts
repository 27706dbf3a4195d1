import type { AssociationType, EntityId, EntityType } from './identifiers.ts';
import type { Association, Entity } from './entity.ts';
import type { CacheKey, ListStretch } from './cache-key.ts';

/** The state a command is evaluated on. `undefined`: not known here, prefetch it; never to be taken for absent. */
export interface GraphView {
  entity(id: EntityId): Entity | null | undefined;
  unique(type: EntityType, key: string): EntityId | null | undefined;
  association(from: EntityId, type: AssociationType, to: EntityId): Association | null | undefined;
  count(from: EntityId, type: AssociationType): number | undefined;
  /** At least `length` newest edges, or all. */
  list(from: EntityId, type: AssociationType, length: number): ListStretch | undefined;
}

/** Thrown by a look at the view that needs keys which are not there; the leader prefetches them and evaluates again. */
export class KeysMissing extends Error {
  override readonly name = 'KeysMissing';
  readonly keys: readonly CacheKey[];

  constructor(keys: readonly CacheKey[]) {
    super(`${keys.length} keys are not in the view`);
    this.keys = keys;
  }
}

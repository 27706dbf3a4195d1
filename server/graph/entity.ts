import type { AssociationType, EntityId, EntityType, LogIndex, TimeMs } from './identifiers.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type Properties = { readonly [name: string]: JsonValue };

export interface Entity {
  readonly id: EntityId;
  readonly type: EntityType;
  /** Every key-value property; none is null. */
  readonly properties: Properties;
  readonly createdAt: TimeMs;
  readonly updatedAt: TimeMs;
  /** The index of the commit that last changed this entity. */
  readonly version: LogIndex;
  /** A large deletion is under way: still readable, not found by every other command. Holds the key of the deletion. */
  readonly deletingKey: string | null;
}

/** One direction of an edge; its inverse is another Association, written in the same commit. */
export interface Association {
  readonly from: EntityId;
  readonly type: AssociationType;
  readonly to: EntityId;
  readonly time: TimeMs;
  readonly properties: Properties;
  /** The index of the commit that last changed it. */
  readonly version: LogIndex;
}

/** A place in a list that is ordered newest first: by time, then by `to`, both descending. */
export interface ListPosition {
  readonly time: TimeMs;
  readonly to: EntityId;
}

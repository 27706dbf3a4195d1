import type { AssociationType, EntityId, EntityType, LogIndex, TimeMs } from './identifiers.ts';
import type { JsonValue } from './entity.ts';

/** In a batch: the entity that the operation at this place in the list creates, written `#0`, `#1` … by clients. */
export interface CreatedReference {
  readonly created: number;
}
export type EntityReference = EntityId | CreatedReference;
/** Null removes a property where properties are merged. */
export type PropertyChanges = { readonly [name: string]: JsonValue };

/** `expectedType`: what the client's opaque id said the entity is; another type there is NOT_FOUND. Null: not checked. */
interface Target {
  readonly id: EntityReference;
  readonly expectedType: EntityType | null;
}

export type Operation =
  | { readonly kind: 'create-entity'; readonly type: EntityType; readonly properties: PropertyChanges }
  | (Target & {
      readonly kind: 'update-entity';
      readonly properties: PropertyChanges;
      readonly ifVersion: LogIndex | null;
    })
  | (Target & { readonly kind: 'delete-entity'; readonly ifVersion: LogIndex | null })
  | {
      readonly kind: 'add-association';
      readonly from: EntityReference;
      readonly type: AssociationType;
      readonly to: EntityReference;
      /** Null: the time of the commit. */
      readonly time: TimeMs | null;
      readonly properties: PropertyChanges;
      /** What to do with one that is there: replace its time and properties, or leave it as it is (befriend, like). */
      readonly ifPresent: 'replace' | 'keep';
    }
  | {
      readonly kind: 'remove-association';
      readonly from: EntityReference;
      readonly type: AssociationType;
      readonly to: EntityReference;
    }
  | {
      readonly kind: 'change-association-type';
      readonly from: EntityReference;
      readonly type: AssociationType;
      readonly to: EntityReference;
      readonly newType: AssociationType;
    };

/**
 * What a client asks for: all of these or none, in one commit, at most `operationsMax`. A single mutation is a list of one; posting
 * a status is two (create it, associate it with its author).
 */
export interface Command {
  readonly operations: readonly Operation[];
}

/** A command with its identity, on its way to the leader. */
export interface CommandRequest {
  /** The client's, or a UUIDv7 of the node that took the mutation. */
  readonly idempotencyKey: string;
  /** SHA-256 of the command's canonical form, base64url: the same key with another hash is IDEMPOTENCY_MISMATCH. */
  readonly hash: string;
  readonly command: Command;
}

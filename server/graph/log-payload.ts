import type { Effect } from './effect.ts';
import type { ErrorCode } from './errors.ts';
import type { EntityId, EntityType, LogIndex, NodeId, Term, TimeMs } from './identifiers.ts';

/** What one operation of a command did. `id`: of the entity created, else null. `changed`: false when it found things so already. */
export interface OperationResult {
  readonly id: EntityId | null;
  /** The type of that entity, which may have been deleted since. */
  readonly type?: EntityType | null;
  readonly changed: boolean;
}

/** What became of a command. A refusal that depends on the graph is a result too, logged without effects. */
export type Outcome =
  | { readonly kind: 'done'; readonly results: readonly OperationResult[] }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string }
  /** A large deletion whose first commit this is; its last commit carries the same key again, with `done`. */
  | { readonly kind: 'pending' };

export interface CommandRecord {
  readonly key: string;
  readonly hash: string;
  readonly outcome: Outcome;
  readonly effects: readonly Effect[];
}

/** The data of one `command` entry of the log. */
export type LogPayload =
  | {
      readonly kind: 'mutations';
      readonly time: TimeMs;
      readonly leader: NodeId;
      readonly records: readonly CommandRecord[];
    }
  /** Idempotency keys recorded before `before` (log time) are forgotten from this entry on. */
  | { readonly kind: 'expiry'; readonly time: TimeMs; readonly leader: NodeId; readonly before: TimeMs };

/** An entry of the log as the graph sees it. `payload` null: a configuration or the start of a leader, which change nothing here. */
export interface AppliedEntry {
  readonly index: LogIndex;
  readonly term: Term;
  readonly payload: LogPayload | null;
}

/** The commit that an idempotency key stands for. */
export interface RecordedMutation {
  readonly key: string;
  readonly hash: string;
  readonly index: LogIndex;
  readonly term: Term;
  readonly leader: NodeId;
  readonly time: TimeMs;
  readonly outcome: Outcome;
}

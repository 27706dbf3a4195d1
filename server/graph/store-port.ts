import type { CacheKey, CacheValue, StoreQuery, StoreResult } from './cache-key.ts';
import type { AppliedEntry, RecordedMutation } from './log-payload.ts';
import type { LogIndex, NodeId, Term } from './identifiers.ts';

/** Where the database stands: everything up to `index` is in it, and nothing after. */
export interface MaterializedMark {
  readonly cluster: string;
  readonly epoch: Term;
  readonly index: LogIndex;
  readonly term: Term;
  readonly owner: NodeId | null;
}

export interface StoreRead {
  readonly keys: readonly CacheKey[];
  readonly queries: readonly StoreQuery[];
  /** Idempotency keys to look up. */
  readonly mutations: readonly string[];
}

/** Values in the order of the request, true together at `label`. */
export interface StoreAnswer {
  readonly label: LogIndex;
  readonly values: readonly CacheValue[];
  readonly results: readonly StoreResult[];
  readonly mutations: readonly (RecordedMutation | null)[];
}

/**
 * The graph in a database, used by the leader alone. Every call rejects with a StoreError; `unavailable` may be tried again later.
 * Every call is bounded in time by the store itself.
 */
export interface GraphStore {
  /** `sqlite`, `mysql`, `mariadb` or `tidb`, once opened. */
  readonly kind: string;
  /** Connects; makes the database and its tables if they are missing (needs the rights for that only then). Can be called again. */
  open(): Promise<void>;
  /**
   * Makes this node the only writer: raises the epoch to `epoch` (first use writes `cluster` into the row), ends older sessions of
   * this user and schema, and then reads the mark.
   */
  claim(claim: { readonly cluster: string; readonly epoch: Term; readonly owner: NodeId }): Promise<MaterializedMark>;
  /** One transaction: entries `after`+1 … last, of which none is missing, with the compare-and-set as its first statement. */
  materialize(write: {
    readonly cluster: string;
    readonly epoch: Term;
    readonly after: LogIndex;
    readonly entries: readonly AppliedEntry[];
  }): Promise<void>;
  /** One statement, its label included; more keys than one can take are read by several in one snapshot, the label first. */
  read(request: StoreRead): Promise<StoreAnswer>;
  /** How many read statements have been sent, for `extensions.instaface` and tests. */
  readonly statements: number;
  close(): Promise<void>;
}

export const storeErrorKinds = ['unavailable', 'fenced', 'foreign-cluster', 'refused', 'corrupt'] as const;
/**
 * `unavailable`: away or too slow; `fenced`: another epoch owns it; `foreign-cluster`: it belongs to another cluster; `refused`: it
 * answers but will not do this (password, rights, version), the message says what to do; `corrupt`: it holds what cannot be.
 */
export type StoreErrorKind = (typeof storeErrorKinds)[number];

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: StoreErrorKind;

  constructor(kind: StoreErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

import type { Kysely } from 'kysely';
import type { NodeId, Term } from '#server/graph/identifiers.ts';
import type { Tables } from './tables.ts';

export type SqlValue = string | number | null;
export type SqlRow = readonly SqlValue[];

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/**
 * One statement for many rows of `width` values each. Its text is `head row tail` for one row and may be
 * `head row joiner row joiner row tail` for several.
 */
export interface RowWrite {
  readonly head: string;
  readonly row: string;
  readonly joiner: string;
  readonly tail: string;
  readonly width: number;
  readonly values: readonly SqlValue[];
  /** Rows in one statement at most, where an engine joins them. */
  readonly rowsMax: number;
}

export interface WriteTransaction {
  readonly first: Statement;
  readonly rows: readonly RowWrite[];
  readonly last: readonly Statement[];
}

/** Whose the database must be whenever a session is made anew. */
export interface Guard {
  readonly cluster: string;
  readonly epoch: Term;
  readonly owner: NodeId;
}

export interface StoreLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export type Flavour = 'sqlite' | 'mysql';

/**
 * What differs between the databases. Rejects with a StoreError, or with one of the two errors below, which the store handles.
 * Every call is bounded in time.
 */
export interface Engine {
  /** `sqlite`, `mysql`, `mariadb` or `tidb`; the last three are told apart by the first connection. */
  readonly kind: string;
  readonly flavour: Flavour;
  /** Runs on the writing session, statement by statement. */
  readonly db: Kysely<Tables>;
  /** Reachable, and the database (not its tables) is there. */
  open(): Promise<void>;
  /** From the next statement on the writing session is a new one. */
  renewWriter(): Promise<void>;
  /** Sessions are made unguarded until `claimed`. */
  unclaimed(): void;
  /** The claim succeeded: sessions of others are ended, now and whenever this process connects again. */
  claimed(guard: Guard): Promise<void>;
  /** Ends whoever holds locks that we wait for. To be called only when it is known that we own the database. */
  endRivals(): Promise<void>;
  /**
   * One transaction. Null: `first` did not match exactly one row, and nothing was done. Else how many rows each of the `last` changed.
   */
  write(transaction: WriteTransaction): Promise<readonly number[] | null>;
  /** All in one snapshot, in order. */
  read(statements: readonly Statement[]): Promise<readonly (readonly SqlRow[])[]>;
  close(): Promise<void>;
}

/** Somebody else's lock kept us waiting for a second. Nothing was done. */
export class LockWait extends Error {
  override readonly name = 'LockWait';
}

/** The session ended while a COMMIT was under way: it may have taken effect, now or later. */
export class CommitUnanswered extends Error {
  override readonly name = 'CommitUnanswered';
}

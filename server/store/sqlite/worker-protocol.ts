import type { SqlRow, SqlValue, Statement, WriteTransaction } from '../engine.ts';
import type { SessionResult } from '../session-dialect.ts';

/** What a thread with one connection is asked to do. Each is answered once, in order. */
export type WorkerRequest =
  | { readonly kind: 'open'; readonly file: string; readonly use: 'write' | 'read'; readonly lockWaitMs: number }
  | { readonly kind: 'execute'; readonly sql: string; readonly parameters: readonly SqlValue[] }
  | { readonly kind: 'write'; readonly transaction: WriteTransaction }
  | { readonly kind: 'read'; readonly statements: readonly Statement[] }
  | { readonly kind: 'close' };

/** What each of them is answered with. */
export interface WorkerResults {
  readonly open: null;
  readonly execute: SessionResult;
  readonly write: readonly number[] | null;
  readonly read: readonly (readonly SqlRow[])[];
  readonly close: null;
}

export interface WorkerFailure {
  readonly message: string;
  /** SQLite's primary result code; 0 where the error is none of SQLite's. */
  readonly resultCode: number;
}

export type WorkerAnswer =
  | { readonly id: number; readonly result: WorkerResults[keyof WorkerResults] }
  | { readonly id: number; readonly failure: WorkerFailure };

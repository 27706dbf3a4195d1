import { assert } from '#server/graph/errors.ts';
import { StoreError, type GraphStore } from '#server/graph/store-port.ts';
import type { Engine, StoreLog } from './engine.ts';
import { MysqlEngine } from './mysql/mysql-engine.ts';
import { SqlGraphStore } from './sql-graph-store.ts';
import { SqliteEngine } from './sqlite/sqlite-engine.ts';

export interface OpenStoreOptions {
  /** The longest any call may take. */
  readonly timeoutMs: number;
  readonly log: StoreLog;
}

/** The store at a URL: `sqlite:/path/to/file` or `mysql://user:password@host:port/schema`. It connects when it is opened. */
export function openStore(url: string, options: OpenStoreOptions): GraphStore {
  return new SqlGraphStore(engineAt(url, options));
}

export function engineAt(url: string, { timeoutMs, log }: OpenStoreOptions): Engine {
  assert(timeoutMs > 0, `timeoutMs ${timeoutMs} is a time`);
  const file = sqliteFileOf(url);
  if (file !== null) return new SqliteEngine({ file, timeoutMs, log });
  if (url.startsWith('mysql:')) return new MysqlEngine({ url, timeoutMs, log });
  throw new StoreError(
    'refused',
    `DATABASE_URL begins with ${url.split(':')[0]}: but must be sqlite:/path/to/file or mysql://user:password@host:port/schema`,
  );
}

/** Null: not of SQLite. */
export function sqliteFileOf(url: string): string | null {
  if (!url.startsWith('sqlite:')) return null;
  const file = decodeURIComponent(url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, ''));
  if (file === '')
    throw new StoreError('refused', 'DATABASE_URL sqlite: names no file: write sqlite:/path/to/graph.db');
  return file;
}

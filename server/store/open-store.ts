import { assert } from '#server/graph/errors.ts';
import { StoreError, type GraphStore } from '#server/graph/store-port.ts';
import type { StoreLog } from './engine.ts';
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
  const { timeoutMs, log } = options;
  assert(timeoutMs > 0, `timeoutMs ${timeoutMs} is a time`);
  if (url.startsWith('sqlite:')) {
    const file = decodeURIComponent(url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, ''));
    if (file === '')
      throw new StoreError('refused', 'DATABASE_URL sqlite: names no file: write sqlite:/path/to/graph.db');
    return new SqlGraphStore(new SqliteEngine({ file, timeoutMs, log }));
  }
  if (url.startsWith('mysql:')) return new SqlGraphStore(new MysqlEngine({ url, timeoutMs, log }));
  throw new StoreError(
    'refused',
    `DATABASE_URL begins with ${url.split(':')[0]}: but must be sqlite:/path/to/file or mysql://user:password@host:port/schema`,
  );
}

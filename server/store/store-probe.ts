import { parseMysqlUrl } from './mysql/mysql-address.ts';
import { MysqlSession } from './mysql/mysql-session.ts';

/**
 * A way to ask whether the database at a URL answers this machine, without becoming its writer: a session of its own, one row read. Null
 * where that makes no sense: a SQLite file is on one machine, and nobody opens it but the leader.
 */
export function storeProbe(url: string, timeoutMs: number): (() => Promise<void>) | null {
  if (!url.startsWith('mysql:')) return null;
  return async () => {
    const address = parseMysqlUrl(url);
    const session = await MysqlSession.connect(address, address.schema, timeoutMs);
    try {
      await session.query('select log_index from materialized where id = 1');
    } finally {
      session.destroy();
    }
  };
}

import { StoreError } from '#server/graph/store-port.ts';
import { errorNumberOf, errorNumbers } from './mysql-errors.ts';
import type { MysqlSession } from './mysql-session.ts';

const mariadbVersionMin = [10, 6] as const;
const mysqlVersionMin = [8, 0] as const;

/** By what `select version()` says, such as `8.4.3`, `10.11.6-MariaDB-log`, `8.0.11-TiDB-v8.5.0`. */
export function serverKind(version: string): 'mysql' | 'mariadb' | 'tidb' {
  if (/mariadb/i.test(version)) return 'mariadb';
  return /tidb/i.test(version) ? 'tidb' : 'mysql';
}

/** Older servers lack what the statements use. MySQL 8.4 and MariaDB 10.11 are the oldest that are tested. */
export function checkVersion(version: string): void {
  const kind = serverKind(version);
  if (kind === 'tidb') return;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [majorMin, minorMin] = kind === 'mariadb' ? mariadbVersionMin : mysqlVersionMin;
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return;
  throw new StoreError('refused', `the database is ${kind} ${version}: take MySQL 8.4, MariaDB 10.11, TiDB, or newer`);
}

/**
 * Ends the sessions of this user in this schema that are not our own. Every account may see and end its own sessions without further
 * rights. Returns their ids; a session that is rolling back may hold its locks for a while yet.
 */
export async function killOthers(
  session: MysqlSession,
  options: {
    readonly kind: string;
    readonly user: string;
    readonly schema: string;
    readonly own: ReadonlySet<number>;
  },
): Promise<readonly number[]> {
  // A TiDB server lists only its own sessions otherwise; the id names the server that the session is on.
  const list =
    options.kind === 'tidb'
      ? 'select ID as Id, USER as User, DB as db from information_schema.cluster_processlist'
      : 'show processlist';
  const { rows } = await session.query(list);
  const ids = (rows as readonly { Id: number; User: string; db: string | null }[])
    .filter(({ Id, User, db }) => User === options.user && db === options.schema && !options.own.has(Id))
    .map(({ Id }) => Id);
  for (const id of ids) {
    await session.query(`kill ${id}`).catch((error: unknown) => {
      if (errorNumberOf(error) !== errorNumbers.noSuchThread) throw error;
    });
  }
  return ids;
}

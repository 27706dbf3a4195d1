import { StoreError } from '#server/graph/store-port.ts';
import { LockWait } from '../engine.ts';
import { describeAddress, type MysqlAddress } from './mysql-address.ts';

/** Error numbers of the servers (dev.mysql.com/doc/mysql-errors, mariadb.com/kb/en/mariadb-error-codes). */
export const errorNumbers = {
  unknownDatabase: 1049,
  /** MariaDB from 11.6 on: the row changed after the transaction's snapshot. */
  rowChanged: 1020,
  noSuchThread: 1094,
} as const;

const lockWaits = new Set([1205, 1213]);
const passwordRefused = new Set([1045, 1251, 1524, 1698, 1820]);
const rightsMissing = new Set([1044, 1142, 1143, 1227, 1370]);
const readOnly = new Set([1290, 1792, 1836]);
const tablesChanged = new Set([1054, 1146]);
/** Full, shutting down, too many connections, killed, interrupted, still starting. */
const passing = new Set([
  1021, 1040, 1041, 1053, 1077, 1114, 1129, 1152, 1158, 1159, 1160, 1161, 1184, 1203, 1226, 1317, 1927, 3169,
]);

/** The server's number of an error, or null where it comes from the connection or from us. */
export function errorNumberOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('errno' in error) || !('sqlState' in error)) return null;
  return typeof error.errno === 'number' && error.errno > 0 ? error.errno : null;
}

/** What to do about it, in words. Errors that are ours already stay as they are. */
export function storeErrorOf(error: unknown, address: MysqlAddress): Error {
  if (error instanceof StoreError || error instanceof LockWait) return error;
  const number = errorNumberOf(error);
  const message = error instanceof Error ? error.message || String(error) : String(error);
  const where = `the database at ${describeAddress(address)}`;
  const options = { cause: error };
  if (number === null) return new StoreError('unavailable', `${where} is away: ${message}`, options);
  if (lockWaits.has(number)) return new LockWait(message, options);
  if (passwordRefused.has(number)) {
    return new StoreError(
      'refused',
      `${where} refuses the user or the password (${message}): check DATABASE_URL`,
      options,
    );
  }
  if (rightsMissing.has(number)) return new StoreError('refused', rightsMessage(where, message, address), options);
  if (readOnly.has(number)) {
    const text = `${where} is read-only (${message}): point DATABASE_URL at the primary, or promote this replica`;
    return new StoreError('unavailable', text, options);
  }
  if (tablesChanged.has(number)) {
    return new StoreError('refused', `${where} has lost tables or columns (${message}): restore it`, options);
  }
  if (passing.has(number)) return new StoreError('unavailable', `${where}: ${message}`, options);
  return new StoreError('refused', `${where} answers with error ${number}: ${message}`, options);
}

function rightsMessage(where: string, message: string, { user, schema }: MysqlAddress): string {
  const grant = (rights: string) => `grant ${rights} on \`${schema}\`.* to '${user}'@'…'`;
  return (
    `${where} does not give its user the rights (${message}): \`${grant('select, insert, update, delete')}\` ` +
    `once the tables are there, \`${grant('all')}\` to have them made`
  );
}

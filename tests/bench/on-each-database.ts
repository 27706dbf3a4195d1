import { privateDatabase, type DatabaseService } from '#tests/support/services.ts';
import type { BenchRow } from './row.ts';

/** The same on SQLite and on the server that is at hand, one after the other. `databaseUrl` and `server`: null for SQLite. */
export async function onEachDatabase(
  measure: (name: string, databaseUrl: string | null, server: DatabaseService | null) => Promise<readonly BenchRow[]>,
): Promise<readonly BenchRow[]> {
  const rows = await measure('SQLite', null, null);
  const database = await privateDatabase();
  if (database.kind === 'none') return [...rows, leftOut(database.reason)];
  try {
    return [...rows, ...(await measure(database.name, database.url, database))];
  } finally {
    await database.stop();
  }
}

/** What was promised on a server and could not be looked at here is not met. */
export function leftOut(reason: string): BenchRow {
  return { name: 'MariaDB', measured: 0, unit: 'runs', bound: null, ok: false, note: `left out: ${reason}` };
}

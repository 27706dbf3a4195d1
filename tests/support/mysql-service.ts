import { createConnection } from 'mysql2/promise';
import type { DatabaseService } from './services.ts';

let schemas = 0;

/** A MySQL or MariaDB that answers at a URL; schemas that tests asked for are dropped at the end. */
export async function mysqlService(options: {
  readonly url: string;
  readonly origin: 'private' | 'container' | 'given';
  readonly faults: DatabaseService['faults'];
  readonly pid?: () => number | null;
  readonly dataFolder?: string;
  readonly stop: () => Promise<void>;
}): Promise<DatabaseService> {
  const { url, faults } = options;
  const made: string[] = [];
  const version = await query(url, 'select version() as version');
  const kind = /mariadb/i.test(version) ? 'mariadb' : 'mysql';
  const fault = (name: keyof NonNullable<DatabaseService['faults']>) => async () => {
    if (faults === null) throw new Error(`a database that was given by its URL cannot ${name}`);
    await faults[name]();
  };
  return {
    kind,
    name: `${kind === 'mariadb' ? 'MariaDB' : 'MySQL'} ${version.split('-')[0]} (${options.origin})`,
    url,
    freshUrl: () => {
      const fresh = new URL(url);
      schemas += 1;
      const schema = `instaface_test_${process.pid}_${schemas}`;
      made.push(schema);
      fresh.pathname = `/${schema}`;
      return fresh.href;
    },
    pid: options.pid ?? (() => null),
    dataFolder: options.dataFolder ?? null,
    faults,
    kill: fault('kill'),
    restart: fault('restart'),
    pause: fault('pause'),
    resume: fault('resume'),
    stop: async () => {
      // A private server goes with its folder; one that stays is left as it was.
      if (options.origin === 'given') for (const schema of made) await query(url, `drop database if exists ${schema}`);
      await options.stop();
    },
  };
}

/** The first value of the first row, as text. */
async function query(url: string, sql: string): Promise<string> {
  const { hostname, port, username, password } = new URL(url);
  const connection = await createConnection({
    host: hostname,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    connectTimeout: 5_000,
  });
  try {
    const [rows] = await connection.query<never[]>({ sql, rowsAsArray: true });
    const [row] = Array.isArray(rows) ? (rows as unknown[]) : [];
    return Array.isArray(row) ? String(row[0]) : '';
  } finally {
    await connection.end();
  }
}

import { existsSync, readFileSync } from 'node:fs';
import { createConnection } from 'mysql2/promise';

/** The texts of the statements that a database was asked, as far as they are told apart. */
export interface StatementLog {
  texts(): Promise<readonly string[]>;
}

/** Of SQLite, in nodes that load `sqlite-statements.ts` and have the file in INSTAFACE_TEST_STATEMENTS. */
export function sqliteStatementLog(file: string): StatementLog {
  const texts = (): readonly string[] =>
    existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  return { texts: () => Promise.resolve(texts()) };
}

/** The server's general query log, from now on. Needs a user who may set global variables. */
export async function mysqlStatementLog(url: string): Promise<StatementLog> {
  const run = async (...statements: readonly string[]): Promise<unknown> => {
    const connection = await createConnection(url);
    try {
      let rows: unknown = [];
      for (const sql of statements) [rows] = await connection.query(sql);
      return rows;
    } finally {
      await connection.end();
    }
  };
  await run(
    'set global general_log = 0',
    "set global log_output = 'TABLE'",
    'truncate table mysql.general_log',
    'set global general_log = 1',
  );
  return {
    texts: async () => {
      const rows = await run(
        'set global general_log = 0',
        "select distinct convert(argument using utf8mb4) as text from mysql.general_log where command_type in ('Query', 'Execute')",
      );
      return (rows as readonly { readonly text: string }[]).map(({ text }) => text);
    },
  };
}

import { createConnection, type Connection } from 'mysql2';
import { StoreError } from '#server/graph/store-port.ts';
import type { SqlRow, SqlValue } from '../engine.ts';
import { describeAddress, type MysqlAddress } from './mysql-address.ts';

/** Seconds that the server waits for a lock; MySQL counts in whole ones. */
const lockWaitSeconds = 1;

interface Answer {
  /** Lists of values where `arrays` was asked for, else records by column. */
  readonly rows: readonly unknown[];
  /** Rows that an update matched, or that were written or deleted. */
  readonly changes: number;
}

/** One connection. Whatever it is asked is answered within the time, or it is dead. */
export class MysqlSession {
  readonly #connection: Connection;
  readonly #address: MysqlAddress;
  readonly #timeoutMs: number;
  #dead = false;

  private constructor(connection: Connection, address: MysqlAddress, timeoutMs: number) {
    this.#connection = connection;
    this.#address = address;
    this.#timeoutMs = timeoutMs;
  }

  /** Rejects with what the server or the network says. `schema` null: connected to no schema. */
  static async connect(address: MysqlAddress, schema: string | null, timeoutMs: number): Promise<MysqlSession> {
    const { host, port, user, password, tls } = address;
    const connection = createConnection({
      host,
      port,
      user,
      password,
      ...(schema === null ? {} : { database: schema }),
      ...(tls ? { ssl: { rejectUnauthorized: true } } : {}),
      charset: 'UTF8MB4_BIN',
      connectTimeout: timeoutMs,
      // An update reports the rows that it matched, not only those that it changed: the compare-and-set counts them.
      flags: ['FOUND_ROWS'],
      multipleStatements: false,
    });
    const session = new MysqlSession(connection, address, timeoutMs);
    // Told to whoever asks next; without a listener it would end the process.
    connection.on('error', () => session.destroy());
    try {
      await session.#bounded<void>('the connection', (done, fail) => {
        connection.once('connect', () => done());
        connection.once('error', fail);
      });
      // Escaped text needs backslashes to mean what they do by default, and identifiers their backquotes.
      await session.query(
        `set session innodb_lock_wait_timeout = ${lockWaitSeconds}, sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', autocommit = 1`,
      );
      await session.query('set session transaction isolation level repeatable read');
      return session;
    } catch (error) {
      session.destroy();
      throw error;
    }
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Rejects with the server's error, after which the session goes on, or with another, after which it is dead. */
  query(sql: string, parameters: readonly SqlValue[] = []): Promise<Answer> {
    return this.#query({ sql, values: [...parameters], rowsAsArray: false });
  }

  async rows(sql: string, parameters: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    const { rows } = await this.#query({ sql, values: [...parameters], rowsAsArray: true });
    // With rowsAsArray every row is a list; our columns are numbers, text and null.
    return rows as readonly SqlRow[];
  }

  destroy(): void {
    this.#dead = true;
    this.#connection.destroy();
  }

  #query(options: { sql: string; values: SqlValue[]; rowsAsArray: boolean }): Promise<Answer> {
    return this.#bounded('a statement', (done, fail) => {
      this.#connection.query(options, (error, result) => {
        if (error !== null) fail(error);
        else if (Array.isArray(result)) done({ rows: result, changes: 0 });
        else done({ rows: [], changes: result.affectedRows });
      });
    });
  }

  #bounded<Result>(
    what: string,
    act: (done: (result: Result) => void, fail: (error: Error) => void) => void,
  ): Promise<Result> {
    if (this.#dead) return Promise.reject(new StoreError('unavailable', 'the connection to the database was lost'));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.destroy();
        const where = describeAddress(this.#address);
        reject(
          new StoreError('unavailable', `the database at ${where} did not answer ${what} in ${this.#timeoutMs} ms`),
        );
      }, this.#timeoutMs);
      const done = (result: Result): void => {
        clearTimeout(timer);
        resolve(result);
      };
      act(done, (error) => {
        clearTimeout(timer);
        if ('fatal' in error && error.fatal === true) this.destroy();
        reject(error);
      });
    });
  }
}

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
  /** What still waits for an answer, by the way to end the wait. */
  readonly #waiting = new Set<(error: Error) => void>();

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
    connection.on('error', (error) => session.destroy(error));
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

  /** Ends the connection at once; whatever waits for an answer gets the cause. */
  destroy(cause: Error = new StoreError('unavailable', 'the connection to the database was lost')): void {
    this.#dead = true;
    this.#connection.destroy();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const fail of waiting) fail(cause);
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
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(fail);
      };
      const fail = (error: Error): void => {
        settle();
        // The server ended the connection, or cannot be understood any more.
        if ('fatal' in error && error.fatal === true) this.destroy();
        reject(error);
      };
      const timer = setTimeout(() => {
        const where = describeAddress(this.#address);
        fail(new StoreError('unavailable', `the database at ${where} did not answer ${what} in ${this.#timeoutMs} ms`));
        this.destroy();
      }, this.#timeoutMs);
      this.#waiting.add(fail);
      act((result) => {
        settle();
        resolve(result);
      }, fail);
    });
  }
}

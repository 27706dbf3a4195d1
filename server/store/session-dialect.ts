import {
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Flavour, SqlValue } from './engine.ts';

export interface SessionResult {
  readonly rows: readonly Readonly<Record<string, SqlValue>>[];
  /** Rows matched by an update, or written. */
  readonly changes: number;
}

/** One session of a database: what Kysely needs of it. */
export interface SqlSession {
  execute(sql: string, parameters: readonly SqlValue[]): Promise<SessionResult>;
}

/** Kysely on a single session that is shared by all statements, one at a time. */
export class SessionDialect implements Dialect {
  readonly #flavour: Flavour;
  readonly #session: SqlSession;

  constructor(flavour: Flavour, session: SqlSession) {
    this.#flavour = flavour;
    this.#session = session;
  }

  createDriver(): Driver {
    return new SessionDriver(this.#session);
  }

  createQueryCompiler(): QueryCompiler {
    return this.#flavour === 'sqlite' ? new SqliteQueryCompiler() : new MysqlQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return this.#flavour === 'sqlite' ? new SqliteAdapter() : new MysqlAdapter();
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return this.#flavour === 'sqlite' ? new SqliteIntrospector(db) : new MysqlIntrospector(db);
  }
}

class SessionDriver implements Driver {
  readonly #connection: SessionConnection;
  /** The session is held by one user at a time, or statements would slip into another's transaction. */
  #released: Promise<void> = Promise.resolve();
  #release: () => void = () => {};

  constructor(session: SqlSession) {
    this.#connection = new SessionConnection(session);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#released;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#released = promise;
    await before;
    this.#release = resolve;
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    this.#release();
  }

  async beginTransaction(): Promise<void> {
    await this.#connection.session.execute('begin', []);
  }

  async commitTransaction(): Promise<void> {
    await this.#connection.session.execute('commit', []);
  }

  async rollbackTransaction(): Promise<void> {
    await this.#connection.session.execute('rollback', []);
  }

  async destroy(): Promise<void> {}
}

class SessionConnection implements DatabaseConnection {
  readonly session: SqlSession;

  constructor(session: SqlSession) {
    this.session = session;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    // The values are our own columns: numbers, strings and null.
    const result = await this.session.execute(query.sql, query.parameters as readonly SqlValue[]);
    return { rows: result.rows as Row[], numAffectedRows: BigInt(result.changes) };
  }

  // oxlint-disable-next-line require-yield -- Kysely asks for the method; nothing here reads so much that it would stream.
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('the store reads whole answers, it does not stream');
  }
}

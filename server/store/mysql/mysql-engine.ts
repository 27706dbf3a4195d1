import { Kysely } from 'kysely';
import { format } from 'mysql2';
import { StoreError } from '#server/graph/store-port.ts';
import {
  CommitUnanswered,
  type Engine,
  type Guard,
  type SqlRow,
  type SqlValue,
  type Statement,
  type StoreLog,
  type WriteTransaction,
} from '../engine.ts';
import { checkOwned, readMark } from '../mark.ts';
import { SessionDialect, type SessionResult } from '../session-dialect.ts';
import type { Tables } from '../tables.ts';
import { parseMysqlUrl, type MysqlAddress } from './mysql-address.ts';
import { errorNumberOf, errorNumbers, storeErrorOf } from './mysql-errors.ts';
import { MysqlLane } from './mysql-lane.ts';
import { MysqlSession } from './mysql-session.ts';
import { multiRowStatements } from './multi-row.ts';
import { checkVersion, killOthers, serverKind } from './server-sessions.ts';

/** Fills wait for each other at most a little; more sessions would only make the server's work slower. */
const readingLanes = 2;

/** MySQL, MariaDB or TiDB: one session writes, two read. */
export class MysqlEngine implements Engine {
  readonly flavour = 'mysql';
  readonly db: Kysely<Tables>;
  readonly #address: MysqlAddress;
  readonly #timeoutMs: number;
  readonly #log: StoreLog;
  readonly #writer: MysqlLane;
  readonly #readers: readonly MysqlLane[];
  /** Connection ids of ours, as the server numbers them. */
  readonly #own = new Map<MysqlSession, number>();
  #kind = 'mysql';
  #guard: Guard | null = null;
  #closed = false;
  /** Sessions are made, and those of others ended, one at a time: else two new ones of ours would end each other. */
  #settled: Promise<unknown> = Promise.resolve();

  constructor(options: { url: string; timeoutMs: number; log: StoreLog }) {
    this.#address = parseMysqlUrl(options.url);
    this.#timeoutMs = options.timeoutMs;
    this.#log = options.log;
    const lane = () => new MysqlLane(() => this.#alone(() => this.#connect()), options.timeoutMs);
    this.#writer = lane();
    this.#readers = Array.from({ length: readingLanes }, lane);
    this.db = dbOf((act) => this.#on(this.#writer, act));
  }

  get kind(): string {
    return this.#kind;
  }

  async open(): Promise<void> {
    this.#closed = false;
    await this.#on(this.#writer, (session) => session.query('select 1'));
  }

  async renewWriter(): Promise<void> {
    this.#writer.drop();
  }

  unclaimed(): void {
    this.#guard = null;
  }

  async claimed(guard: Guard): Promise<void> {
    this.#guard = guard;
    await this.endRivals();
  }

  async endRivals(): Promise<void> {
    await this.#on(this.#writer, (session) => this.#alone(() => this.#endOthers(session)));
  }

  write(transaction: WriteTransaction): Promise<readonly number[] | null> {
    return this.#on(this.#writer, async (session) => {
      try {
        return await this.#transact(session, transaction);
      } catch (error) {
        if (!session.dead) await session.query('rollback').catch(() => session.destroy());
        throw error;
      }
    });
  }

  read(statements: readonly Statement[]): Promise<readonly (readonly SqlRow[])[]> {
    const [lane] = this.#readers.toSorted((a, b) => a.users - b.users);
    return this.#on(lane ?? this.#writer, async (session) => {
      const [only] = statements;
      if (only !== undefined && statements.length === 1) return [await session.rows(only.sql, only.parameters)];
      const answers: (readonly SqlRow[])[] = [];
      // The first statement, which begins with the label, makes the snapshot that all of them read.
      await session.query('start transaction');
      try {
        for (const { sql, parameters } of statements) answers.push(await session.rows(sql, parameters));
      } finally {
        if (!session.dead) await session.query('rollback').catch(() => session.destroy());
      }
      return answers;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#guard = null;
    for (const lane of [this.#writer, ...this.#readers]) lane.drop();
  }

  async #transact(session: MysqlSession, { first, rows, last }: WriteTransaction): Promise<readonly number[] | null> {
    await session.query('start transaction');
    const matched = await session.query(first.sql, first.parameters).catch((error: unknown) => {
      if (errorNumberOf(error) === errorNumbers.rowChanged) return { changes: 0 };
      throw error;
    });
    if (matched.changes !== 1) {
      await session.query('rollback');
      return null;
    }
    // The text of each is made while the server works on the one before.
    let before: Promise<unknown> = Promise.resolve();
    for (const { sql, parameters } of rows.flatMap((write) => multiRowStatements(write))) {
      const text = format(sql, [...parameters]);
      await before;
      before = session.query(text);
    }
    await before;
    const changed: number[] = [];
    for (const { sql, parameters } of last) changed.push((await session.query(sql, parameters)).changes);
    await session.query('commit').catch((error: unknown) => {
      if (session.dead)
        throw new CommitUnanswered('the session ended while its COMMIT was under way', { cause: error });
      throw error;
    });
    return changed;
  }

  /** With errors made ours. */
  async #on<Result>(lane: MysqlLane, act: (session: MysqlSession) => Promise<Result>): Promise<Result> {
    try {
      return await lane.use(act);
    } catch (error) {
      if (error instanceof CommitUnanswered) throw error;
      throw storeErrorOf(error, this.#address);
    }
  }

  async #alone<Result>(act: () => Promise<Result>): Promise<Result> {
    const result = this.#settled.then(act);
    this.#settled = result.catch(() => {});
    return result;
  }

  async #connect(): Promise<MysqlSession> {
    if (this.#closed) throw new StoreError('unavailable', 'the database was closed');
    const session = await this.#connectToSchema();
    try {
      const [row] = await session.rows('select version(), connection_id()', []);
      const version = String(row?.[0]);
      checkVersion(version);
      this.#kind = serverKind(version);
      for (const known of this.#own.keys()) if (known.dead) this.#own.delete(known);
      this.#own.set(session, Number(row?.[1]));
      if (this.#guard !== null) {
        // Rows stay locked by the session of a vanished client for hours; but a newer owner's sessions are not ours to end.
        checkOwned(await readMark(dbOf((act) => act(session))), this.#guard);
        await this.#endOthers(session);
      }
      return session;
    } catch (error) {
      session.destroy();
      this.#own.delete(session);
      throw error;
    }
  }

  async #connectToSchema(): Promise<MysqlSession> {
    const { schema } = this.#address;
    try {
      return await MysqlSession.connect(this.#address, schema, this.#timeoutMs);
    } catch (error) {
      if (errorNumberOf(error) !== errorNumbers.unknownDatabase) throw error;
    }
    const session = await MysqlSession.connect(this.#address, null, this.#timeoutMs);
    try {
      const name = `\`${schema.replaceAll('`', '``')}\``;
      await session.query(`create database if not exists ${name} character set utf8mb4 collate utf8mb4_bin`);
    } finally {
      session.destroy();
    }
    this.#log.info({ schema }, 'made the database');
    return MysqlSession.connect(this.#address, schema, this.#timeoutMs);
  }

  async #endOthers(session: MysqlSession): Promise<void> {
    const { user, schema } = this.#address;
    const ended = await killOthers(session, { kind: this.#kind, user, schema, own: new Set(this.#own.values()) });
    if (ended.length > 0) this.#log.warn({ sessions: ended }, 'ended sessions of others in the database');
  }
}

/** Kysely on whatever session `use` gives. */
function dbOf(use: (act: (session: MysqlSession) => Promise<SessionResult>) => Promise<SessionResult>): Kysely<Tables> {
  const execute = (sql: string, parameters: readonly SqlValue[]) =>
    use(async (session) => {
      const { rows, changes } = await session.query(sql, parameters);
      // Without rowsAsArray every row is a record of our columns' values.
      return { rows: rows as SessionResult['rows'], changes };
    });
  return new Kysely<Tables>({ dialect: new SessionDialect('mysql', { execute }) });
}

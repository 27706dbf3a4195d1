import { Kysely } from 'kysely';
import { StoreError } from '#server/graph/store-port.ts';
import {
  LockWait,
  type Engine,
  type Guard,
  type SqlRow,
  type Statement,
  type StoreLog,
  type WriteTransaction,
} from '../engine.ts';
import { SessionDialect } from '../session-dialect.ts';
import type { Tables } from '../tables.ts';
import { FileHolders, isAlive } from './file-holders.ts';
import { SqliteThread } from './sqlite-thread.ts';

/** A lock held for longer is taken for that of a stopped process. */
const lockWaitMs = 1_000;
const endingMs = 2_000;
const endingPollMs = 10;

/** SQLite in two threads of this process: one writes, one reads snapshots of the WAL beside it. */
export class SqliteEngine implements Engine {
  readonly kind = 'sqlite';
  readonly flavour = 'sqlite';
  readonly db: Kysely<Tables>;
  readonly #file: string;
  readonly #log: StoreLog;
  readonly #writer: SqliteThread;
  readonly #reader: SqliteThread;
  readonly #holders: FileHolders;

  constructor(options: { file: string; timeoutMs: number; log: StoreLog }) {
    const { file, timeoutMs } = options;
    this.#file = file;
    this.#log = options.log;
    this.#writer = new SqliteThread({ file, use: 'write', timeoutMs, lockWaitMs });
    this.#reader = new SqliteThread({ file, use: 'read', timeoutMs, lockWaitMs });
    this.#holders = new FileHolders(file);
    const execute = (sql: string, parameters: Statement['parameters']) =>
      this.#writer.call({ kind: 'execute', sql, parameters });
    this.db = new Kysely<Tables>({ dialect: new SessionDialect('sqlite', { execute }) });
  }

  async open(): Promise<void> {
    try {
      this.#holders.enter();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // As when SQLite itself says so: it passes.
      if (error instanceof Error && 'code' in error && error.code === 'ENOSPC')
        throw new StoreError('unavailable', `${this.#file}: ${reason}`, { cause: error });
      throw new StoreError('refused', `${this.#file} cannot be written (${reason}): check the path and its rights`, {
        cause: error,
      });
    }
    await this.#writer.call({ kind: 'execute', sql: 'select 1', parameters: [] });
  }

  /** A connection to a file has no state that would outlive its statement. */
  async renewWriter(): Promise<void> {}

  unclaimed(): void {}

  /** Nobody is ended for having the file open: the compare-and-set fences an idle predecessor. */
  async claimed(_guard: Guard): Promise<void> {}

  async endRivals(): Promise<void> {
    const ended = this.#holders.end();
    for (const { pid } of ended) {
      this.#log.warn({ pid, file: this.#file }, 'ended a process that kept the database locked');
    }
    const end = performance.now() + endingMs;
    while (ended.some(isAlive) && performance.now() < end) {
      await new Promise((resolve) => {
        setTimeout(resolve, endingPollMs);
      });
    }
  }

  write(transaction: WriteTransaction): Promise<readonly number[] | null> {
    return this.#writer.call({ kind: 'write', transaction });
  }

  async read(statements: readonly Statement[]): Promise<readonly (readonly SqlRow[])[]> {
    try {
      return await this.#reader.call({ kind: 'read', statements });
    } catch (error) {
      // Readers of a WAL wait for nobody but a connection that recovers it.
      if (error instanceof LockWait) throw new StoreError('unavailable', error.message, { cause: error });
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#writer.close(), this.#reader.close()]);
    this.#holders.leave();
  }
}

/**
 * A thread that holds one connection to the file, as node:sqlite blocks the thread it runs in. A whole transaction is one message: the
 * lock is held for as long as SQLite works, and never while a message travels.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';
import type { RowWrite, SqlRow, SqlValue, Statement, WriteTransaction } from '../engine.ts';
import type { SessionResult } from '../session-dialect.ts';
import type { WorkerAnswer, WorkerFailure, WorkerRequest, WorkerResults } from './worker-protocol.ts';

const statementsMax = 200;
/** The low byte of an extended result code is the primary one. */
const resultCodeMask = 0xff;

class Connection {
  readonly #database: DatabaseSync;
  /** Prepared statements, the one used longest ago first. */
  readonly #prepared = new Map<string, StatementSync>();

  constructor(request: Extract<WorkerRequest, { kind: 'open' }>) {
    this.#database = new DatabaseSync(request.file, { timeout: request.lockWaitMs });
    this.#database.exec('pragma journal_mode = wal');
    // What a commit acknowledged is on the disk: the log is compacted by it.
    this.#database.exec('pragma synchronous = full');
    this.#database.exec('pragma cache_size = -16384');
    // A page that many commits change is written into the file once, not after every few of them. 64 MiB of WAL.
    this.#database.exec('pragma wal_autocheckpoint = 16384');
    if (request.use === 'read') this.#database.exec('pragma query_only = true');
  }

  execute(sql: string, parameters: readonly SqlValue[]): SessionResult {
    const statement = this.#database.prepare(sql);
    if (statement.columns().length === 0) return { rows: [], changes: Number(statement.run(...parameters).changes) };
    return { rows: statement.all(...parameters) as Record<string, SqlValue>[], changes: 0 };
  }

  write({ first, rows, last }: WriteTransaction): readonly number[] | null {
    // Takes the lock at once, so that waiting for it is where the transaction begins and not in its midst.
    this.#database.exec('begin immediate');
    try {
      const { changes } = this.#prepare(first.sql).run(...first.parameters);
      if (Number(changes) !== 1) {
        this.#database.exec('rollback');
        return null;
      }
      for (const write of rows) this.#writeRows(write);
      const changed = last.map(({ sql, parameters }) => Number(this.#prepare(sql).run(...parameters).changes));
      this.#database.exec('commit');
      return changed;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      throw error;
    }
  }

  read(statements: readonly Statement[]): readonly (readonly SqlRow[])[] {
    if (statements.length < 2) return statements.map((statement) => this.#rows(statement));
    this.#database.exec('begin');
    try {
      return statements.map((statement) => this.#rows(statement));
    } finally {
      this.#database.exec('rollback');
    }
  }

  close(): void {
    this.#database.close();
  }

  #writeRows({ head, row, tail, width, values }: RowWrite): void {
    const statement = this.#prepare(head + row + tail);
    for (let at = 0; at < values.length; at += width) statement.run(...values.slice(at, at + width));
  }

  #rows({ sql, parameters }: Statement): readonly SqlRow[] {
    const statement = this.#prepare(sql);
    statement.setReturnArrays(true);
    // With setReturnArrays each row is a list of the values of its columns, which are numbers, text and null.
    return statement.all(...parameters) as unknown as SqlRow[];
  }

  #prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    const statement = known ?? this.#database.prepare(sql);
    if (known !== undefined) this.#prepared.delete(sql);
    this.#prepared.set(sql, statement);
    for (const oldest of this.#prepared.keys()) {
      if (this.#prepared.size <= statementsMax) break;
      this.#prepared.delete(oldest);
    }
    return statement;
  }
}

let connection: Connection | null = null;

function answer(request: WorkerRequest): WorkerResults[keyof WorkerResults] {
  if (request.kind === 'open') {
    connection = new Connection(request);
    return null;
  }
  if (connection === null) throw new Error(`the file is not open: ${request.kind}`);
  switch (request.kind) {
    case 'execute':
      return connection.execute(request.sql, request.parameters);
    case 'write':
      return connection.write(request.transaction);
    case 'read':
      return connection.read(request.statements);
    case 'close':
      connection.close();
      connection = null;
      return null;
  }
}

function failureOf(error: unknown): WorkerFailure {
  const resultCode = error instanceof Error && 'errcode' in error ? Number(error.errcode) & resultCodeMask : 0;
  return { message: error instanceof Error ? error.message : String(error), resultCode };
}

const port = parentPort;
if (port === null) throw new Error('this module runs as a worker thread');
port.on('message', ({ id, request }: { id: number; request: WorkerRequest }) => {
  const reply = (message: WorkerAnswer): void => port.postMessage(message);
  try {
    reply({ id, result: answer(request) });
  } catch (error) {
    reply({ id, failure: failureOf(error) });
  }
});

import { Worker } from 'node:worker_threads';
import { StoreError } from '#server/graph/store-port.ts';
import { LockWait } from '../engine.ts';
import type { WorkerAnswer, WorkerFailure, WorkerRequest, WorkerResults } from './worker-protocol.ts';

interface Waiting {
  readonly resolve: (result: WorkerResults[keyof WorkerResults]) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** The rows of one transaction pass through a thread and are garbage: a small young generation keeps it from hoarding them. */
const threadLimits = { maxYoungGenerationSizeMb: 8 };

/** A worker thread with one connection, opened by the first call that needs it. A thread that does not answer in time is given up. */
export class SqliteThread {
  readonly #file: string;
  readonly #use: 'write' | 'read';
  readonly #timeoutMs: number;
  readonly #lockWaitMs: number;
  #worker: Worker | null = null;
  #opened: Promise<unknown> = Promise.resolve();
  #lastId = 0;
  readonly #waiting = new Map<number, Waiting>();

  constructor(options: { file: string; use: 'write' | 'read'; timeoutMs: number; lockWaitMs: number }) {
    this.#file = options.file;
    this.#use = options.use;
    this.#timeoutMs = options.timeoutMs;
    this.#lockWaitMs = options.lockWaitMs;
  }

  async call<Kind extends Exclude<WorkerRequest['kind'], 'open' | 'close'>>(
    request: Extract<WorkerRequest, { kind: Kind }>,
  ): Promise<WorkerResults[Kind]> {
    const worker = this.#worker ?? this.#start();
    await this.#opened;
    // The worker answers each kind with the result that the protocol names for it.
    return (await this.#ask(worker, request)) as WorkerResults[Kind];
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === null) return;
    try {
      await this.#opened;
      await this.#ask(worker, { kind: 'close' });
    } catch {
      // A connection that failed or hangs is closed by the end of its thread.
    }
    this.#giveUp(worker, new StoreError('unavailable', 'the database was closed'));
    await worker.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), { resourceLimits: threadLimits });
    this.#worker = worker;
    worker.on('message', (answer: WorkerAnswer) => this.#onAnswer(answer));
    worker.on('error', (error) => this.#giveUp(worker, new StoreError('unavailable', error.message, { cause: error })));
    worker.on('exit', () => this.#giveUp(worker, new StoreError('unavailable', 'the thread of the database ended')));
    const { file, lockWaitMs } = { file: this.#file, lockWaitMs: this.#lockWaitMs };
    this.#opened = this.#ask(worker, { kind: 'open', file, use: this.#use, lockWaitMs });
    this.#opened.catch((error: unknown) => {
      this.#giveUp(worker, error instanceof Error ? error : new Error(String(error)));
      void worker.terminate();
    });
    return worker;
  }

  #ask(worker: Worker, request: WorkerRequest): Promise<WorkerResults[keyof WorkerResults]> {
    if (this.#worker !== worker)
      return Promise.reject(new StoreError('unavailable', 'the thread of the database ended'));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#giveUp(worker, new StoreError('unavailable', `${this.#file} did not answer in ${this.#timeoutMs} ms`));
        void worker.terminate();
      }, this.#timeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
      // oxlint-disable-next-line require-post-message-target-origin -- a thread has no origin
      worker.postMessage({ id, request });
    });
  }

  #onAnswer(answer: WorkerAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    if ('failure' in answer) waiting.reject(this.#errorOf(answer.failure));
    else waiting.resolve(answer.result);
  }

  /** The next call starts a new thread; all that wait for this one fail. */
  #giveUp(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject, timer } of waiting) {
      clearTimeout(timer);
      reject(error);
    }
  }

  /** By SQLite's primary result codes (sqlite.org/rescode.html). */
  #errorOf({ message, resultCode }: WorkerFailure): Error {
    const file = this.#file;
    switch (resultCode) {
      case 5: // busy
      case 6: // locked
        return new LockWait(`${file} is locked: ${message}`);
      case 11: // corrupt
      case 26: // not a database
        return new StoreError(
          'corrupt',
          `${file} is damaged or no SQLite database (${message}): restore it or move it away`,
        );
      case 3: // perm
      case 8: // read-only
      case 14: // cannot open
      case 23: // authorization
        return new StoreError(
          'refused',
          `${file} cannot be opened for writing (${message}): check the path and its rights`,
        );
      case 1: // SQL error, such as a table that is not there
        return new StoreError('refused', `${file}: ${message}`);
      case 10: // input or output
      case 13: // full
        return new StoreError('unavailable', `${file}: ${message}`);
      default:
        return new StoreError('unavailable', `${file}: ${message} (code ${resultCode})`);
    }
  }
}

import { StoreError } from '#server/graph/store-port.ts';
import type { MysqlSession } from './mysql-session.ts';

/** A session for one user at a time, connected when it is needed, and again after it died. */
export class MysqlLane {
  readonly #connect: () => Promise<MysqlSession>;
  readonly #waitMs: number;
  #session: MysqlSession | null = null;
  /** Those who use it or wait for it. */
  #users = 0;
  #free: Promise<void> = Promise.resolve();

  /** `waitMs`: the longest that anyone waits for their turn. */
  constructor(connect: () => Promise<MysqlSession>, waitMs: number) {
    this.#connect = connect;
    this.#waitMs = waitMs;
  }

  get users(): number {
    return this.#users;
  }

  async use<Result>(act: (session: MysqlSession) => Promise<Result>): Promise<Result> {
    const before = this.#free;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#free = before.then(() => promise);
    this.#users += 1;
    try {
      await this.#turn(before);
      if (this.#session === null || this.#session.dead) this.#session = await this.#connect();
      return await act(this.#session);
    } finally {
      this.#users -= 1;
      resolve();
    }
  }

  /** The next user gets a new connection. */
  drop(): void {
    this.#session?.destroy();
    this.#session = null;
  }

  async #turn(before: Promise<void>): Promise<void> {
    if (this.#users === 1) return;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new StoreError('unavailable', `the database was busy for ${this.#waitMs} ms`)),
      this.#waitMs,
    );
    try {
      await Promise.race([before, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

import { assert } from '#server/graph/errors.ts';
import type { TimeMs } from '#server/graph/identifiers.ts';
import {
  StoreError,
  type GraphStore,
  type MaterializedMark,
  type StoreAnswer,
  type StoreRead,
} from '#server/graph/store-port.ts';
import { compileBranches, type BranchTemplates } from './branch-templates.ts';
import { ensureTables } from './create-tables.ts';
import { CommitUnanswered, LockWait, type Engine, type Guard } from './engine.ts';
import { checkClaimable, checkOwned, claimMark, compareAndSet, deleteExpired, readMark } from './mark.ts';
import { ReadPlan } from './read-plan.ts';
import { rowChangesOf } from './row-changes.ts';
import { RowWrites } from './write-rows.ts';

type Materialization = Parameters<GraphStore['materialize']>[0];

/** How often a lock of others is waited for, a second each, before a call fails. */
const lockWaitsMax = 4;
/** How often entries are written again whose COMMIT was not answered. */
const attemptsMax = 3;
/** Rows of forgotten mutations that one transaction deletes. */
const expiredRowsMax = 2_000;

/** The graph in SQL; what differs between the databases is in its engine. */
export class SqlGraphStore implements GraphStore {
  readonly #engine: Engine;
  readonly #branches: BranchTemplates;
  readonly #writes: RowWrites;
  #tablesEnsured = false;
  /** Of the last claim, for the owner in messages and checks. */
  #owner: Guard['owner'] | null = null;
  /** Rows of mutations recorded before this may still have to be deleted; null: none. */
  #expiredRows: TimeMs | null = null;
  #statements = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#branches = compileBranches(engine.db, engine.flavour);
    this.#writes = new RowWrites(engine.db, engine.flavour);
  }

  get kind(): string {
    return this.#engine.kind;
  }

  get statements(): number {
    return this.#statements;
  }

  async open(): Promise<void> {
    try {
      await this.#engine.open();
      await this.#ensureTables();
    } catch (error) {
      // Locked by somebody: the claim waits, and knows whether it may end the one who holds it.
      if (!(error instanceof LockWait)) throw error;
    }
  }

  async claim(claim: Guard): Promise<MaterializedMark> {
    this.#engine.unclaimed();
    await this.#engine.renewWriter();
    const { db } = this.#engine;
    const mayTake = async () => {
      if (this.#tablesEnsured) checkClaimable(await readMark(db), claim);
    };
    const mark = await this.#overLocks(mayTake, async () => {
      await this.#ensureTables();
      await claimMark(db, claim);
      return readMark(db);
    });
    checkOwned(mark, claim);
    await this.#engine.claimed(claim);
    this.#owner = claim.owner;
    this.#expiredRows = mark.expiredBefore === 0 ? null : mark.expiredBefore;
    // Sessions of others ended after the first look: what they had committed until then is in the second.
    const settled = await readMark(db);
    checkOwned(settled, claim);
    const { cluster, epoch, index, term, owner } = settled;
    return { cluster, epoch, index, term, owner };
  }

  async materialize(write: Materialization): Promise<void> {
    const owner = this.#owner;
    assert(owner !== null, 'the database is claimed before anything is written to it');
    const guard = { cluster: write.cluster, epoch: write.epoch, owner };
    let rest = write;
    for (let attempts = 1; rest.entries.length > 0; attempts++) {
      if (await this.#write(rest, guard)) return;
      if (attempts === attemptsMax) throw new StoreError('unavailable', `no commit was answered, ${attempts} times`);
      rest = await this.#unwritten(rest, guard);
    }
  }

  async read(request: StoreRead): Promise<StoreAnswer> {
    const plan = new ReadPlan(this.#engine, this.#branches, request);
    const statements = plan.statements();
    this.#statements += statements.length;
    return plan.answer(await this.#engine.read(statements));
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  async #ensureTables(): Promise<void> {
    if (this.#tablesEnsured) return;
    await ensureTables(this.#engine.db, this.#engine.flavour);
    this.#tablesEnsured = true;
  }

  /** True: written. False: whether it was cannot be known from this, or the compare-and-set found the row elsewhere. */
  async #write(write: Materialization, guard: Guard): Promise<boolean> {
    const { db, flavour } = this.#engine;
    const changes = rowChangesOf(write.entries);
    assert(
      changes.index === write.after + write.entries.length,
      `entries from ${write.after} on end at ${changes.index}`,
    );
    const before = changes.expiredBefore ?? this.#expiredRows;
    const transaction = {
      first: compareAndSet(db, write, changes),
      rows: this.#writes.of(changes),
      last: before === null ? [] : [deleteExpired(db, flavour, before, expiredRowsMax)],
    };
    const mayEnd = async () => checkOwned(await readMark(db), guard);
    try {
      const changed = await this.#overLocks(mayEnd, () => this.#engine.write(transaction));
      if (changed === null) return false;
      this.#expiredRows = changed.some((rows) => rows === expiredRowsMax) ? before : null;
      return true;
    } catch (error) {
      if (!(error instanceof CommitUnanswered)) throw error;
      // The new session ends the old one before it reads, so that the old COMMIT cannot come after.
      await this.#engine.renewWriter();
      return false;
    }
  }

  /**
   * After a write that found the row elsewhere, or whose COMMIT was not answered: what of it is still to be written. While the epoch is
   * our own, nobody but us wrote those entries, so what is in the database needs not be written again.
   */
  async #unwritten(write: Materialization, guard: Guard): Promise<Materialization> {
    const mark = await readMark(this.#engine.db);
    checkOwned(mark, guard);
    const last = write.after + write.entries.length;
    if (mark.index < write.after || mark.index > last) {
      throw new StoreError(
        'fenced',
        `the database stands at ${mark.index}, not between ${write.after} and ${last}: it went back or was changed; claim it again`,
      );
    }
    return { ...write, after: mark.index, entries: write.entries.slice(mark.index - write.after) };
  }

  /** Repeats what somebody's lock stopped, after ending its holder, if `mayEnd` does not reject. */
  async #overLocks<Result>(mayEnd: () => Promise<void>, act: () => Promise<Result>): Promise<Result> {
    for (let waits = 1; ; waits++) {
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof LockWait)) throw error;
        if (waits === lockWaitsMax) throw new StoreError('unavailable', error.message, { cause: error });
        await mayEnd();
        await this.#engine.endRivals();
      }
    }
  }
}

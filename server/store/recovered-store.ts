import { existsSync } from 'node:fs';
import { StoreError, type MaterializedMark } from '#server/graph/store-port.ts';
import { ensureTables } from './create-tables.ts';
import { LockWait, type Engine } from './engine.ts';
import { readMark, replaceMark } from './mark.ts';
import { engineAt, sqliteFileOf, type OpenStoreOptions } from './open-store.ts';
import { FileHolders } from './sqlite/file-holders.ts';
import { storeProbe } from './store-probe.ts';

/** A database without a cluster, to be given to a new one. Every call rejects with a StoreError and is bounded in time. */
export interface RecoveredStore {
  /** Where the database was found. */
  readonly mark: MaterializedMark;
  /** Gives it to another cluster. Rejects with `fenced`, and has changed nothing, if somebody wrote to it since it was opened. */
  giveTo(mark: Omit<MaterializedMark, 'owner'>): Promise<void>;
  close(): Promise<void>;
}

/** Neither makes a database that is missing nor ends anybody's session: whoever is still there is a reason to stop. */
export async function openRecoveredStore(url: string, options: OpenStoreOptions): Promise<RecoveredStore> {
  await checkPresent(url, options);
  const engine = engineAt(url, options);
  try {
    const mark = await withoutLocks(async () => {
      await engine.open();
      await ensureTables(engine.db, engine.flavour);
      return readMark(engine.db);
    });
    return { mark, giveTo: (next) => giveTo(engine, mark, next), close: () => engine.close() };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

async function checkPresent(url: string, { timeoutMs }: OpenStoreOptions): Promise<void> {
  const file = sqliteFileOf(url);
  if (file !== null) {
    if (!existsSync(file)) throw new StoreError('refused', `there is no database at ${file}`);
    const [holder] = new FileHolders(file).others();
    if (holder === undefined) return;
    throw new StoreError('refused', `process ${holder.pid} has ${file} open: stop the cluster first`);
  }
  const probe = storeProbe(url, timeoutMs);
  if (probe === null) return;
  await probe().catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError('refused', `the database holds no graph that could be read: ${reason}`, { cause: error });
  });
}

async function giveTo(engine: Engine, old: MaterializedMark, next: Omit<MaterializedMark, 'owner'>): Promise<void> {
  if (await withoutLocks(() => replaceMark(engine.db, old, next))) return;
  throw new StoreError(
    'fenced',
    `the database has moved on from ${old.index} of term ${old.epoch}: a node writes to it; stop the cluster first`,
  );
}

async function withoutLocks<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof LockWait)) throw error;
    throw new StoreError('refused', `somebody keeps the database locked (${error.message}): stop the cluster first`, {
      cause: error,
    });
  }
}

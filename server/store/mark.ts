import { sql, type Kysely } from 'kysely';
import type { LogIndex, NodeId, Term, TimeMs } from '#server/graph/identifiers.ts';
import { StoreError, type MaterializedMark } from '#server/graph/store-port.ts';
import type { Flavour, Guard, Statement } from './engine.ts';
import type { RowChanges } from './row-changes.ts';
import type { Tables } from './tables.ts';

export interface StoredMark extends MaterializedMark {
  readonly expiredBefore: TimeMs;
}

/** The row is read without a lock: it shows the last commit, whoever holds it locked. */
export async function readMark(db: Kysely<Tables>): Promise<StoredMark> {
  const row = await db.selectFrom('materialized').selectAll().where('id', '=', 1).executeTakeFirst();
  if (row === undefined)
    throw new StoreError('corrupt', 'the table materialized has lost its row: restore the database');
  return {
    cluster: row.cluster,
    epoch: row.epoch as Term,
    index: row.log_index as LogIndex,
    term: row.log_term as Term,
    owner: row.owner === '' ? null : (row.owner as NodeId),
    expiredBefore: row.expired_before,
  };
}

/** Whether the database may be taken, or still is the guard's. Throws why not. */
export function checkClaimable(mark: StoredMark, guard: Guard): void {
  if (mark.cluster !== '' && mark.cluster !== guard.cluster) {
    throw new StoreError(
      'foreign-cluster',
      `the database belongs to cluster ${mark.cluster}, not to ${guard.cluster}: give each cluster a database of its own`,
    );
  }
  if (mark.epoch > guard.epoch || (mark.epoch === guard.epoch && mark.owner !== guard.owner)) {
    throw new StoreError(
      'fenced',
      `the database is owned by ${mark.owner} since term ${mark.epoch}; ${guard.owner} claims it for term ${guard.epoch}`,
    );
  }
}

/** Throws unless the database is the guard's. */
export function checkOwned(mark: StoredMark, guard: Guard): void {
  checkClaimable(mark, guard);
  if (mark.cluster === guard.cluster && mark.epoch === guard.epoch) return;
  throw new StoreError(
    'fenced',
    `the database stands at term ${mark.epoch}, before the claim of ${guard.owner} for term ${guard.epoch}: it went back; claim it again`,
  );
}

/** Raises the epoch, writes the cluster's identity at the first use. Changes no row where it is not allowed. */
export async function claimMark(db: Kysely<Tables>, guard: Guard): Promise<void> {
  await db
    .updateTable('materialized')
    .set({ cluster: guard.cluster, epoch: guard.epoch, owner: guard.owner })
    .where('id', '=', 1)
    .where('cluster', 'in', ['', guard.cluster])
    .where((where) =>
      where.or([
        where('epoch', '<', guard.epoch),
        where.and([where('epoch', '=', guard.epoch), where('owner', '=', guard.owner)]),
      ]),
    )
    .execute();
}

/** Gives the database to another cluster, at another index. False: it is not where `old` says, and nothing was changed. */
export async function replaceMark(
  db: Kysely<Tables>,
  old: MaterializedMark,
  mark: Omit<MaterializedMark, 'owner'>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('materialized')
    .set({ cluster: mark.cluster, epoch: mark.epoch, log_index: mark.index, log_term: mark.term, owner: '' })
    .where('id', '=', 1)
    .where('cluster', '=', old.cluster)
    .where('epoch', '=', old.epoch)
    .where('log_index', '=', old.index)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** The first statement of every write: it matches one row, or the writer is fenced and has taken no lock. */
export function compareAndSet(
  db: Kysely<Tables>,
  write: { readonly cluster: string; readonly epoch: Term; readonly after: LogIndex },
  changes: RowChanges,
): Statement {
  const before = changes.expiredBefore ?? 0;
  const { sql: text, parameters } = db
    .updateTable('materialized')
    .set({
      log_index: changes.index,
      log_term: changes.term,
      expired_before: sql<number>`case when expired_before < ${before} then ${before} else expired_before end`,
    })
    .where('id', '=', 1)
    .where('cluster', '=', write.cluster)
    .where('epoch', '=', write.epoch)
    .where('log_index', '=', write.after)
    .compile();
  return { sql: text, parameters: parameters as Statement['parameters'] };
}

/** Deletes some rows of forgotten mutations: a bounded number, so that no transaction grows with what a day left behind. */
export function deleteExpired(db: Kysely<Tables>, flavour: Flavour, before: TimeMs, rowsMax: number): Statement {
  const expired = db.selectFrom('applied_mutation').select('idempotency_key').where('time', '<', before).limit(rowsMax);
  const query =
    flavour === 'sqlite'
      ? db.deleteFrom('applied_mutation').where('idempotency_key', 'in', expired)
      : db.deleteFrom('applied_mutation').where('time', '<', before).orderBy('time').limit(rowsMax);
  const { sql: text, parameters } = query.compile();
  return { sql: text, parameters: parameters as Statement['parameters'] };
}

import { sql, type Kysely, type RawBuilder } from 'kysely';
import { StoreError } from '#server/graph/store-port.ts';
import type { Flavour } from './engine.ts';
import { tableDeclarations, type AnyTable, type ColumnKind } from './table-declarations.ts';
import type { Tables } from './tables.ts';

/** Of the tables that this program writes. */
const schemaVersion = 1;

/**
 * Keys are `varbinary` in MySQL: every character collation that MySQL, MariaDB and TiDB share, binary ones included, takes `k` and
 * `k ` for the same key. Names (types, hashes) are words without spaces.
 */
const mysqlTypes: Readonly<Record<ColumnKind, string>> = {
  number: 'bigint',
  name: 'varchar(64)',
  key: 'varbinary(2048)',
  word: 'varbinary(256)',
  text: 'varchar(255)',
  json: 'mediumtext',
};

/** Makes what is missing, and refuses tables of another version. Needs the right to create tables only if some are missing. */
export async function ensureTables(db: Kysely<Tables>, flavour: Flavour): Promise<void> {
  const present = await presentTables(db, flavour);
  if (Object.keys(tableDeclarations).some((name) => !present.has(name))) await createTables(db, flavour);
  const row = await db.selectFrom('schema_version').select('version').where('id', '=', 1).executeTakeFirst();
  const mark = await db.selectFrom('materialized').select('id').where('id', '=', 1).executeTakeFirst();
  if (row === undefined || mark === undefined) {
    // Tables that an administrator made from our statements, or a creation that was cut off before its rows.
    await createRows(db, flavour);
    return;
  }
  if (row.version === schemaVersion) return;
  throw new StoreError(
    'refused',
    `the database's tables have version ${row.version} and this program works with ${schemaVersion}: run the version of Instaface that made them`,
  );
}

async function presentTables(db: Kysely<Tables>, flavour: Flavour): Promise<ReadonlySet<string>> {
  const names =
    flavour === 'sqlite'
      ? sql<{ name: string }>`select name from sqlite_master where type = 'table'`
      : sql<{ name: string }>`select table_name as name from information_schema.tables where table_schema = database()`;
  const { rows } = await names.execute(db);
  return new Set(rows.map(({ name }) => name.toLowerCase()));
}

/** Can be repeated, and raced by another node. */
async function createTables(db: Kysely<Tables>, flavour: Flavour): Promise<void> {
  for (const [name, declaration] of Object.entries<AnyTable>(tableDeclarations)) {
    if (flavour === 'sqlite') await createSqliteTable(db, name, declaration);
    else await createMysqlTable(db, name, declaration);
  }
  await createRows(db, flavour);
}

async function createRows(db: Kysely<Tables>, flavour: Flavour): Promise<void> {
  const ignore = sql.raw(flavour === 'sqlite' ? 'insert or ignore into' : 'insert ignore into');
  await sql`${ignore} materialized (id, cluster, epoch, log_index, log_term, owner, expired_before) values (1, '', 0, 0, 0, '', 0)`.execute(
    db,
  );
  // The version comes last: with it, everything before it is there.
  await sql`${ignore} schema_version (id, version) values (1, ${schemaVersion})`.execute(db);
}

/** Rows are kept in the primary key's order without a copy under a row number. */
async function createSqliteTable(db: Kysely<Tables>, name: string, declaration: AnyTable): Promise<void> {
  const type = (kind: ColumnKind) => (kind === 'number' ? 'integer' : 'text');
  const parts = sql.join(tableParts(declaration, type));
  await sql`create table if not exists ${sql.ref(name)} (${parts}) without rowid, strict`.execute(db);
  for (const [index, columns] of Object.entries(declaration.indexes)) {
    await sql`create index if not exists ${sql.ref(index)} on ${sql.ref(name)} (${indexColumns(columns)})`.execute(db);
  }
}

async function createMysqlTable(db: Kysely<Tables>, name: string, declaration: AnyTable): Promise<void> {
  const indexes = Object.entries(declaration.indexes);
  const parts = sql.join([
    ...tableParts(declaration, (kind) => mysqlTypes[kind]),
    ...indexes.map(([index, columns]) => sql`index ${sql.ref(index)} (${indexColumns(columns)})`),
  ]);
  const options = sql.raw('engine = InnoDB row_format = dynamic default character set utf8mb4 collate utf8mb4_bin');
  await sql`create table if not exists ${sql.ref(name)} (${parts}) ${options}`.execute(db);
}

function tableParts(declaration: AnyTable, type: (kind: ColumnKind) => string): RawBuilder<unknown>[] {
  const columns = Object.entries(declaration.columns).map(([column, declared]) => {
    const [kind, nullable] = declared.split(' or ');
    return sql`${sql.ref(column)} ${sql.raw(type(kind as ColumnKind))} ${sql.raw(nullable ?? 'not null')}`;
  });
  return [...columns, sql`primary key (${indexColumns(declaration.primaryKey)})`];
}

function indexColumns(columns: readonly string[]): RawBuilder<unknown> {
  return sql.join(
    columns.map((column) => {
      const [name = '', order] = column.split(' ');
      return order === undefined ? sql.ref(name) : sql`${sql.ref(name)} ${sql.raw(order)}`;
    }),
  );
}

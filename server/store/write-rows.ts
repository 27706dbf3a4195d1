import { sql, type Kysely } from 'kysely';
import { assert } from '#server/graph/errors.ts';
import type { Properties } from '#server/graph/entity.ts';
import type { Flavour, RowWrite, SqlValue } from './engine.ts';
import type { RowChanges } from './row-changes.ts';
import { entityWords } from './search-words.ts';
import { shuffleOf } from './shuffle.ts';
import type { Tables } from './tables.ts';

type Template = Omit<RowWrite, 'values'>;
type TableName = keyof Tables;
type ColumnOf<Table extends TableName> = string & keyof Tables[Table];

const upsertRowsMax = 1_000;
/** Deletes name their rows by a chain of `or`, which the planners of MySQL handle well only while it is short. */
const deleteRowsMax = 200;

/**
 * Row changes as statements. Kysely compiles the statement for one row of each table, once; its text is then repeated for many, as
 * compiling thousands of values on every commit would cost several times what the database takes to write them.
 */
export class RowWrites {
  readonly #db: Kysely<Tables>;
  readonly #flavour: Flavour;
  readonly #entity: Template;
  readonly #association: Template;
  readonly #count: Template;
  readonly #key: Template;
  readonly #mutation: Template;
  readonly #word: Template;
  readonly #deleting: Template;
  readonly #typeCount: Template;
  readonly #entityGone: Template;
  readonly #deletingGone: Template;
  readonly #wordsGone: Template;
  readonly #associationGone: Template;
  readonly #countGone: Template;
  readonly #keyGone: Template;

  constructor(db: Kysely<Tables>, flavour: Flavour) {
    this.#db = db;
    this.#flavour = flavour;
    this.#entity = this.#upsert(
      'entity',
      ['id'],
      ['type', 'properties', 'created_at', 'updated_at', 'version', 'deleting_key', 'shuffle'],
    );
    this.#association = this.#upsert('association', ['from_id', 'type', 'to_id'], ['time', 'properties', 'version']);
    this.#count = this.#upsert('association_count', ['from_id', 'type'], ['count']);
    this.#key = this.#upsert('entity_key', ['type', 'unique_key'], ['id']);
    this.#mutation = this.#upsert(
      'applied_mutation',
      ['idempotency_key'],
      ['hash', 'log_index', 'log_term', 'leader', 'time', 'outcome'],
    );
    this.#word = this.#upsert('entity_word', ['type', 'word', 'id'], ['id']);
    this.#deleting = this.#upsert('entity_deleting', ['id'], ['id']);
    this.#typeCount = this.#upsert('entity_type_count', ['type'], ['count'], 'add');
    this.#entityGone = this.#remove('entity', ['id']);
    this.#deletingGone = this.#remove('entity_deleting', ['id']);
    this.#wordsGone = this.#remove('entity_word', ['id']);
    this.#associationGone = this.#remove('association', ['from_id', 'type', 'to_id']);
    this.#countGone = this.#remove('association_count', ['from_id', 'type']);
    this.#keyGone = this.#remove('entity_key', ['type', 'unique_key']);
  }

  of(changes: RowChanges): readonly RowWrite[] {
    const { entitiesPut, entitiesRemoved } = changes;
    const known = entitiesPut.filter(({ created }) => !created).map(({ entity }) => entity.id);
    return [
      fill(this.#entityGone, entitiesRemoved, (id) => [id]),
      fill(this.#deletingGone, entitiesRemoved, (id) => [id]),
      fill(this.#wordsGone, [...entitiesRemoved, ...known], (id) => [id]),
      fill(this.#keyGone, changes.keysRemoved, (row) => [row.type, row.key]),
      fill(this.#associationGone, changes.associationsRemoved, (row) => [row.from, row.type, row.to]),
      fill(this.#countGone, changes.countsRemoved, (row) => [row.from, row.type]),
      fill(this.#entity, entitiesPut, ({ entity }) => [
        entity.id,
        entity.type,
        jsonOf(entity.properties),
        entity.createdAt,
        entity.updatedAt,
        entity.version,
        entity.deletingKey,
        shuffleOf(entity.id),
      ]),
      fill(
        this.#deleting,
        entitiesPut.filter(({ entity }) => entity.deletingKey !== null),
        ({ entity }) => [entity.id],
      ),
      fill(
        this.#word,
        entitiesPut.flatMap(({ entity }) => entityWords(entity).map((word) => ({ entity, word }))),
        ({ entity, word }) => [entity.type, word, entity.id],
      ),
      fill(this.#key, changes.keysPut, (row) => [row.type, row.key, row.id]),
      fill(this.#association, changes.associationsPut, (row) => [
        row.from,
        row.type,
        row.to,
        row.time,
        jsonOf(row.properties),
        row.version,
      ]),
      fill(this.#count, changes.countsPut, (row) => [row.from, row.type, row.count]),
      fill(this.#typeCount, [...changes.typeCounts], ([type, change]) => [type, change]),
      fill(this.#mutation, changes.mutationsPut, (row) => [
        row.key,
        row.hash,
        row.index,
        row.term,
        row.leader,
        row.time,
        JSON.stringify(row.outcome),
      ]),
    ].filter(({ values }) => values.length > 0);
  }

  /** `set`: what a row that is there gets of the new one; `add`: its number is added to. */
  #upsert<Table extends TableName>(
    table: Table,
    keys: readonly ColumnOf<Table>[],
    changed: readonly ColumnOf<Table>[],
    how: 'set' | 'add' = 'set',
  ): Template {
    const columns = [...new Set([...keys, ...changed])];
    const offered = (column: string) =>
      this.#flavour === 'sqlite' ? sql`${sql.ref(`excluded.${column}`)}` : sql`values(${sql.ref(column)})`;
    const assignments = changed.map((column) =>
      how === 'set'
        ? sql`${sql.ref(column)} = ${offered(column)}`
        : sql`${sql.ref(column)} = ${sql.ref(`${table}.${column}`)} + ${offered(column)}`,
    );
    const onConflict =
      this.#flavour === 'sqlite'
        ? sql`on conflict (${sql.join(keys.map((key) => sql.ref(key)))}) do update set ${sql.join(assignments)}`
        : sql`on duplicate key update ${sql.join(assignments)}`;
    const row = `(${columns.map(() => '?').join(', ')})`;
    const { sql: text } =
      sql`insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))}) values ${sql.raw(row)} ${onConflict}`.compile(
        this.#db,
      );
    return this.#cut(text, row, ', ', columns.length, upsertRowsMax);
  }

  #remove<Table extends TableName>(table: Table, keys: readonly ColumnOf<Table>[]): Template {
    const conditions = keys.map((key) => sql`${sql.ref(key)} = ?`);
    const { sql: row } = sql`(${sql.join(conditions, sql` and `)})`.compile(this.#db);
    const { sql: text } = sql`delete from ${sql.table(table)} where ${sql.raw(row)}`.compile(this.#db);
    return this.#cut(text, row, ' or ', keys.length, deleteRowsMax);
  }

  #cut(text: string, row: string, joiner: string, width: number, rowsMax: number): Template {
    const [head, tail, ...more] = text.split(row);
    assert(head !== undefined && tail !== undefined && more.length === 0, `one row stands in ${text}`);
    return { head, row, joiner, tail, width, rowsMax };
  }
}

function fill<Row>(template: Template, rows: readonly Row[], valuesOf: (row: Row) => readonly SqlValue[]): RowWrite {
  const values: SqlValue[] = [];
  for (const row of rows) for (const value of valuesOf(row)) values.push(value);
  return { ...template, values };
}

function jsonOf(properties: Properties): string {
  for (const _name in properties) return JSON.stringify(properties);
  return '{}';
}

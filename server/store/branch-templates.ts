import { sql, type CompiledQuery, type Kysely, type RawBuilder, type AliasedSelectQueryBuilder } from 'kysely';
import { assert } from '#server/graph/errors.ts';
import type { Flavour } from './engine.ts';
import type { Tables } from './tables.ts';

/** The columns that every branch of the one read statement has: the branch's number, four whole numbers and four texts. */
export const branchColumns = ['tag', 'n1', 'n2', 'n3', 'n4', 't1', 't2', 't3', 't4'] as const;
type ValueColumn = Exclude<(typeof branchColumns)[number], 'tag'>;

/** The texts of the branches; parameters in the order of the text, the tag always first. */
export interface BranchTemplates {
  readonly label: string;
  /** …ids */
  readonly entities: string;
  /** type, …keys */
  readonly keys: string;
  /** from, type, …to */
  readonly edges: string;
  /** type, …from */
  readonly counts: string;
  /** …keys */
  readonly mutations: string;
  /** from, type, length */
  readonly list: string;
  /** from, type, since, until, length */
  readonly window: string;
  /** from, type, time, to (exclusive), length */
  readonly ties: string;
  /** type, before, length */
  readonly entitiesOfType: string;
  /** type, at, length */
  readonly shuffledFrom: string;
  /** type, at, length */
  readonly shuffledBefore: string;
  /** type, length */
  readonly mostConnected: string;
  /** type */
  readonly countOfType: string;
  /** length */
  readonly deleting: string;
}

/** Any select of the common columns. */
interface LimitedBranch {
  compile(): CompiledQuery;
  as(alias: 'branch'): AliasedSelectQueryBuilder<object, 'branch'>;
}

/**
 * Kysely composes and compiles each branch once. A read then joins their texts by `union all`: compiling some hundred branches anew
 * would take longer than the database needs for them.
 */
export function compileBranches(db: Kysely<Tables>, flavour: Flavour): BranchTemplates {
  return {
    ...compileKeys(db),
    ...compileLists(db, flavour),
    ...compileEntities(db, flavour),
    ...compileCounts(db, flavour),
  };
}

function compileKeys(db: Kysely<Tables>): Pick<BranchTemplates, 'label' | 'entities' | 'keys' | 'mutations'> {
  const mark = db.selectFrom('materialized').where('id', '=', sql<number>`1`);
  const entities = db.selectFrom('entity').where('id', 'in', [0]);
  const dates = { n2: 'created_at', n3: 'updated_at', n4: 'version' };
  const keys = db.selectFrom('entity_key').where('type', '=', '').where('unique_key', 'in', ['']);
  const mutations = db
    .selectFrom('applied_mutation')
    .where('idempotency_key', 'in', [''])
    .where('time', '>=', mark.select('expired_before'));
  const recorded = { n1: 'log_index', n2: 'log_term', n3: 'time', t2: 'outcome', t3: 'hash', t4: 'leader' };
  return {
    label: whole(mark.select(columns({ n1: 'log_index' }, sql`0`)), []),
    entities: whole(
      entities.select(columns({ n1: 'id', ...dates, t1: 'type', t2: 'properties', t3: 'deleting_key' })),
      [null, 0],
    ),
    keys: whole(keys.select(columns({ n1: 'id', t1: 'type', t2: asText('unique_key') })), [null, '', '']),
    mutations: whole(mutations.select(columns({ t1: asText('idempotency_key'), ...recorded })), [null, '']),
  };
}

function compileLists(
  db: Kysely<Tables>,
  flavour: Flavour,
): Pick<BranchTemplates, 'edges' | 'list' | 'window' | 'ties'> {
  const edges = db
    .selectFrom('association')
    .where('from_id', '=', 0)
    .where('type', '=', '')
    .select(columns({ n1: 'from_id', n2: 'to_id', n3: 'time', n4: 'version', t1: 'type', t2: 'properties' }));
  const newest = edges.orderBy('time', 'desc').orderBy('to_id', 'desc').limit(1);
  const window = newest.where('time', '>=', 0).where('time', '<', 0);
  const ties = edges.where('time', '=', 0).where('to_id', '<', 0).orderBy('to_id', 'desc').limit(1);
  return {
    edges: whole(edges.where('to_id', 'in', [0]), [null, 0, '', 0]),
    list: checked(limited(db, flavour, newest), [null, 0, '', 1]),
    window: checked(limited(db, flavour, window), [null, 0, '', 0, 0, 1]),
    ties: checked(limited(db, flavour, ties), [null, 0, '', 0, 0, 1]),
  };
}

function compileEntities(
  db: Kysely<Tables>,
  flavour: Flavour,
): Pick<BranchTemplates, 'entitiesOfType' | 'shuffledFrom' | 'shuffledBefore' | 'deleting'> {
  const ids = db
    .selectFrom('entity')
    .where('type', '=', '')
    .select(columns({ n1: 'id' }));
  const older = ids.where('id', '<', 0).orderBy('id', 'desc').limit(1);
  const shuffled = ids.orderBy('shuffle').orderBy('id').limit(1);
  const deleting = db
    .selectFrom('entity_deleting')
    .select(columns({ n1: 'id' }))
    .orderBy('id')
    .limit(1);
  // MySQL's planner takes types to be spread evenly over ids, and would look for the people of the first day among all statuses since.
  const byType = (text: string) =>
    flavour === 'sqlite' ? text : text.replace('from `entity`', 'from `entity` force index (`entity_by_type`)');
  return {
    entitiesOfType: byType(checked(limited(db, flavour, older), [null, '', 0, 1])),
    shuffledFrom: checked(limited(db, flavour, shuffled.where('shuffle', '>=', 0)), [null, '', 0, 1]),
    shuffledBefore: checked(limited(db, flavour, shuffled.where('shuffle', '<', 0)), [null, '', 0, 1]),
    deleting: checked(limited(db, flavour, deleting), [null, 1]),
  };
}

function compileCounts(
  db: Kysely<Tables>,
  flavour: Flavour,
): Pick<BranchTemplates, 'counts' | 'mostConnected' | 'countOfType'> {
  const counts = db.selectFrom('association_count').where('type', '=', '');
  const most = counts
    .select(columns({ n1: 'from_id' }))
    .orderBy('count', 'desc')
    .orderBy('from_id')
    .limit(1);
  const ofType = db.selectFrom('entity_type_count').where('type', '=', '');
  return {
    counts: whole(counts.where('from_id', 'in', [0]).select(columns({ n1: 'from_id', n2: 'count', t1: 'type' })), [
      null,
      '',
      0,
    ]),
    mostConnected: checked(limited(db, flavour, most), [null, '', 1]),
    countOfType: whole(ofType.select(columns({ n1: 'count' })), [null, '']),
  };
}

/** The common columns; the tag is a parameter unless it is given. */
export function columns(
  values: Partial<Record<ValueColumn, string | RawBuilder<unknown>>>,
  tag: RawBuilder<unknown> = sql`${null}`,
) {
  return branchColumns.map((column) => {
    const value = column === 'tag' ? tag : values[column];
    if (value === undefined) return sql`null`.as(column);
    return (typeof value === 'string' ? sql.ref(value) : value).as(column);
  });
}

/** Keys are binary in MySQL, and would be answered as bytes. */
function asText(column: string): RawBuilder<string> {
  return sql<string>`cast(${sql.ref(column)} as char)`;
}

/**
 * A branch that is ordered and limited. SQLite wants it as a derived table. MySQL and MariaDB take it in parentheses, and there a derived
 * table with JSON in it is a temporary table on the disk: ten times as slow.
 */
export function limited(db: Kysely<Tables>, flavour: Flavour, branch: LimitedBranch): CompiledQuery {
  if (flavour === 'sqlite') return db.selectFrom(branch.as('branch')).selectAll().compile();
  const compiled = branch.compile();
  return { ...compiled, sql: `(${compiled.sql})` };
}

function whole(branch: { compile(): CompiledQuery }, parameters: readonly unknown[]): string {
  return checked(branch.compile(), parameters);
}

/** Checks that the parameters stand in the text in the order in which they will be given. */
function checked(compiled: CompiledQuery, parameters: readonly unknown[]): string {
  assert(
    JSON.stringify(compiled.parameters) === JSON.stringify(parameters),
    `${compiled.sql} takes ${JSON.stringify(compiled.parameters)}, not ${JSON.stringify(parameters)}`,
  );
  return compiled.sql;
}

import type { CacheKey, CacheValue, StoreQuery, StoreResult } from '#server/graph/cache-key.ts';
import { StoreError, type StoreAnswer, type StoreRead } from '#server/graph/store-port.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { RecordedMutation } from '#server/graph/log-payload.ts';
import type { BranchTemplates } from './branch-templates.ts';
import type { Engine, SqlRow, SqlValue, Statement } from './engine.ts';
import { addInBranches, type AddBranch } from './in-branches.ts';
import { KeyBranches } from './key-branches.ts';
import { QueryBranches } from './query-branches.ts';
import { mutationOf, numberAt } from './row-decoding.ts';

/** SQLite takes 500; planning takes MySQL longer than reading from some hundred on. */
const branchesPerStatementMax = 300;
/** SQLite takes 32,766. */
const parametersPerStatementMax = 20_000;
interface Branch extends Statement {
  readonly take: (row: SqlRow) => void;
}

/** One read: its statements, and the answer from their rows. */
export class ReadPlan {
  readonly #templates: BranchTemplates;
  readonly #branches: Branch[] = [];
  readonly #values: readonly (() => CacheValue)[];
  readonly #results: readonly (() => StoreResult)[];
  readonly #mutationKeys: readonly string[];
  readonly #mutations = new Map<string, RecordedMutation>();

  constructor(engine: Pick<Engine, 'db' | 'flavour'>, templates: BranchTemplates, request: StoreRead) {
    this.#templates = templates;
    this.#mutationKeys = request.mutations;
    const add: AddBranch = (sql, parameters, take) => this.#branches.push({ sql, parameters, take });
    const keys = new KeyBranches(templates, add);
    this.#values = request.keys.map((key: CacheKey) => keys.want(key));
    keys.finish();
    const queries = new QueryBranches(engine.db, engine.flavour, templates, add);
    this.#results = request.queries.map((query: StoreQuery) => queries.want(query));
    addInBranches(templates.mutations, [], [...new Set(request.mutations)], add, (row) => {
      const mutation = mutationOf(row);
      this.#mutations.set(mutation.key, mutation);
    });
  }

  /** The first one begins with the label. */
  statements(): readonly Statement[] {
    const statements: Statement[] = [];
    let texts = [this.#templates.label];
    let parameters: SqlValue[] = [];
    for (const [at, branch] of this.#branches.entries()) {
      const full = parameters.length + branch.parameters.length >= parametersPerStatementMax;
      if (texts.length > 0 && (texts.length >= branchesPerStatementMax || full)) {
        statements.push({ sql: texts.join(' union all '), parameters });
        texts = [];
        parameters = [];
      }
      texts.push(branch.sql);
      parameters.push(at + 1, ...branch.parameters);
    }
    statements.push({ sql: texts.join(' union all '), parameters });
    return statements;
  }

  answer(rowsOfStatements: readonly (readonly SqlRow[])[]): StoreAnswer {
    let label: LogIndex | null = null;
    for (const rows of rowsOfStatements) {
      for (const row of rows) {
        const tag = numberAt(row, 0);
        if (tag === 0) label = numberAt(row, 1) as LogIndex;
        else this.#branches[tag - 1]?.take(row);
      }
    }
    if (label === null)
      throw new StoreError('corrupt', 'the table materialized has lost its row: restore the database');
    return {
      label,
      values: this.#values.map((value) => value()),
      results: this.#results.map((result) => result()),
      mutations: this.#mutationKeys.map((key) => this.#mutations.get(key) ?? null),
    };
  }
}

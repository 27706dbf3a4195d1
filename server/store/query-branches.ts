import type { Kysely } from 'kysely';
import type { StoreQuery, StoreResult } from '#server/graph/cache-key.ts';
import type { Association } from '#server/graph/entity.ts';
import type { EntityId } from '#server/graph/identifiers.ts';
import { timeMsMax, timeMsMin } from '#server/graph/limits.ts';
import type { BranchTemplates } from './branch-templates.ts';
import type { Flavour, SqlRow, SqlValue } from './engine.ts';
import type { AddBranch } from './in-branches.ts';
import { associationOf, at, idAt, newestFirst, numberAt } from './row-decoding.ts';
import { searchBranch } from './search-branch.ts';
import { shuffleRange } from './shuffle.ts';
import type { Tables } from './tables.ts';

type PageQuery = Extract<StoreQuery, { kind: 'page' }>;

/** The branches for what only the database can answer: a bounded stretch of an index each. */
export class QueryBranches {
  readonly #db: Kysely<Tables>;
  readonly #flavour: Flavour;
  readonly #templates: BranchTemplates;
  readonly #add: AddBranch;

  constructor(db: Kysely<Tables>, flavour: Flavour, templates: BranchTemplates, add: AddBranch) {
    this.#db = db;
    this.#flavour = flavour;
    this.#templates = templates;
    this.#add = add;
  }

  /** Returns the way to its result, for when the rows have been taken. */
  want(query: StoreQuery): () => StoreResult {
    const templates = this.#templates;
    switch (query.kind) {
      case 'page':
        return this.#wantPage(query);
      case 'entities-of-type': {
        const before = query.before ?? Number.MAX_SAFE_INTEGER;
        return this.#wantIds(query.length, [[templates.entitiesOfType, [query.type, before, query.length]]]);
      }
      case 'search': {
        const branch = searchBranch(this.#db, this.#flavour, query);
        return this.#wantIds(query.length, branch === null ? [] : [[branch.sql, branch.parameters]]);
      }
      case 'random': {
        const place = Math.floor(query.seed * shuffleRange);
        return this.#wantIds(query.length, [
          [templates.shuffledFrom, [query.type, place, query.length]],
          [templates.shuffledBefore, [query.type, place, query.length]],
        ]);
      }
      case 'most-connected':
        return this.#wantIds(query.length, [[templates.mostConnected, [query.type, query.length]]]);
      case 'count-of-type': {
        let value = 0;
        this.#add(templates.countOfType, [query.type], (row) => {
          value = numberAt(row, at.n1);
        });
        return () => ({ kind: 'number', value });
      }
      case 'deleting':
        return this.#wantIds(query.length, [[templates.deleting, [query.length]]]);
    }
  }

  /** The first ids of the branches, in their order, each once. */
  #wantIds(length: number, branches: readonly (readonly [sql: string, parameters: readonly SqlValue[]])[]) {
    const found = branches.map((): EntityId[] => []);
    for (const [place, [sql, parameters]] of branches.entries()) {
      this.#add(sql, parameters, (row) => found[place]?.push(idAt(row, at.n1)));
    }
    return (): StoreResult => ({ kind: 'ids', ids: [...new Set(found.flat())].slice(0, length) });
  }

  /**
   * Edges after a position are those of its very time with a smaller `to`, then those of earlier times: two stretches of the index.
   * One condition with `or`, or a comparison of pairs, is a stretch of the index to one of the databases and a scan to another.
   */
  #wantPage({ from, type, after, since, until, length }: PageQuery): () => StoreResult {
    const edges: Association[] = [];
    const take = (row: SqlRow) => edges.push(associationOf(row));
    const low = since ?? timeMsMin;
    const high = until ?? timeMsMax + 1;
    if (after !== null && after.time >= low && after.time < high) {
      this.#add(this.#templates.ties, [from, type, after.time, after.to, length + 1], take);
    }
    const end = after === null ? high : Math.min(high, after.time);
    if (end > low) this.#add(this.#templates.window, [from, type, low, end, length + 1], take);
    return () => ({
      kind: 'page',
      edges: newestFirst(edges).slice(0, length),
      complete: edges.length <= length,
    });
  }
}

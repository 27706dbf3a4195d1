import { assert } from '#server/graph/errors.ts';
import type { Association, Entity } from '#server/graph/entity.ts';
import type { Effect } from '#server/graph/effect.ts';
import type { AssociationType, EntityId, EntityType, LogIndex, Term, TimeMs } from '#server/graph/identifiers.ts';
import type { AppliedEntry, RecordedMutation } from '#server/graph/log-payload.ts';

export interface KeyRow {
  readonly type: EntityType;
  readonly key: string;
  readonly id: EntityId;
}
export interface EdgeName {
  readonly from: EntityId;
  readonly type: AssociationType;
  readonly to: EntityId;
}
export interface CountRow {
  readonly from: EntityId;
  readonly type: AssociationType;
  readonly count: number;
}
export interface EntityRow {
  readonly entity: Entity;
  /** Made by these very entries: the database has nothing of it yet. */
  readonly created: boolean;
}

/** What a stretch of the log leaves behind, row by row: each row at most once, in the order of its primary key. */
export interface RowChanges {
  readonly index: LogIndex;
  readonly term: Term;
  readonly entitiesPut: readonly EntityRow[];
  readonly entitiesRemoved: readonly EntityId[];
  readonly keysPut: readonly KeyRow[];
  readonly keysRemoved: readonly Omit<KeyRow, 'id'>[];
  readonly associationsPut: readonly Association[];
  readonly associationsRemoved: readonly EdgeName[];
  readonly countsPut: readonly CountRow[];
  /** Lists that became empty. */
  readonly countsRemoved: readonly Omit<CountRow, 'count'>[];
  /** By how much the number of entities of a type changed; never 0. */
  readonly typeCounts: ReadonlyMap<EntityType, number>;
  readonly mutationsPut: readonly RecordedMutation[];
  /** Mutations recorded before this are forgotten; null: nothing expired. */
  readonly expiredBefore: TimeMs | null;
}

/**
 * Coalesces entries to the final state of each row they touch. Effects hold absolute values, so the last one on a row wins; only the
 * numbers by type are sums, which is right because the compare-and-set brings each entry to the database exactly once.
 */
export function rowChangesOf(entries: readonly AppliedEntry[]): RowChanges {
  const rows = new RowCollector();
  for (const entry of entries) rows.add(entry);
  return rows.changes();
}

class RowCollector {
  #last: AppliedEntry | null = null;
  #expiredBefore: TimeMs | null = null;
  readonly #entities = new Map<EntityId, EntityRow | null>();
  readonly #keys = new Map<string, KeyRow | Omit<KeyRow, 'id'>>();
  readonly #associations = new Map<string, Association | EdgeName>();
  readonly #counts = new Map<string, CountRow>();
  readonly #typeCounts = new Map<EntityType, number>();
  readonly #mutations = new Map<string, RecordedMutation>();

  add(entry: AppliedEntry): void {
    const before = this.#last;
    assert(
      before === null || before.index + 1 === entry.index,
      `entry ${entry.index} does not follow entry ${before?.index}`,
    );
    this.#last = entry;
    const payload = entry.payload;
    if (payload === null) return;
    if (payload.kind === 'expiry') {
      this.#expiredBefore = Math.max(this.#expiredBefore ?? payload.before, payload.before);
      return;
    }
    const { time, leader } = payload;
    for (const { key, hash, outcome, effects } of payload.records) {
      this.#mutations.set(key, { key, hash, index: entry.index, term: entry.term, leader, time, outcome });
      for (const effect of effects) this.#effect(effect);
    }
  }

  #effect(effect: Effect): void {
    switch (effect.kind) {
      case 'entity-put': {
        const { entity } = effect;
        const created = effect.created || this.#entities.get(entity.id)?.created === true;
        this.#entities.set(entity.id, { entity, created });
        if (effect.created) this.#countType(entity.type, 1);
        return;
      }
      case 'entity-removed':
        this.#entities.set(effect.id, null);
        this.#countType(effect.type, -1);
        return;
      case 'key-put':
        this.#keys.set(`${effect.type}:${effect.key}`, effect);
        return;
      case 'key-removed':
        this.#keys.set(`${effect.type}:${effect.key}`, { type: effect.type, key: effect.key });
        return;
      case 'association-put': {
        const { association } = effect;
        this.#associations.set(`${association.from}:${association.to}:${association.type}`, association);
        return;
      }
      case 'association-removed':
        this.#associations.set(`${effect.from}:${effect.to}:${effect.type}`, effect);
        return;
      case 'count-put':
        this.#counts.set(`${effect.from}:${effect.type}`, effect);
    }
  }

  #countType(type: EntityType, change: number): void {
    this.#typeCounts.set(type, (this.#typeCounts.get(type) ?? 0) + change);
  }

  changes(): RowChanges {
    assert(this.#last !== null, 'there are entries to materialize');
    const entities = [...this.#entities].sort(([a], [b]) => a - b);
    const keys = [...this.#keys.values()].sort((a, b) => compare(a.type, b.type) || compare(a.key, b.key));
    const associations = [...this.#associations.values()].sort(
      (a, b) => a.from - b.from || compare(a.type, b.type) || a.to - b.to,
    );
    const counts = [...this.#counts.values()].sort((a, b) => a.from - b.from || compare(a.type, b.type));
    const expiredBefore = this.#expiredBefore;
    return {
      index: this.#last.index,
      term: this.#last.term,
      entitiesPut: entities.map(([, row]) => row).filter((row) => row !== null),
      entitiesRemoved: entities.filter(([, row]) => row === null).map(([id]) => id),
      keysPut: keys.filter((row) => 'id' in row),
      keysRemoved: keys.filter((row) => !('id' in row)),
      associationsPut: associations.filter((row) => 'properties' in row),
      associationsRemoved: associations.filter((row) => !('properties' in row)),
      countsPut: counts.filter((row) => row.count > 0),
      countsRemoved: counts.filter((row) => row.count === 0),
      typeCounts: new Map([...this.#typeCounts].filter(([, change]) => change !== 0)),
      mutationsPut: [...this.#mutations.values()]
        .filter((row) => expiredBefore === null || row.time >= expiredBefore)
        .sort((a, b) => compare(a.key, b.key)),
      expiredBefore,
    };
  }
}

function compare(a: string, b: string): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

import type { CacheKey, CacheValue, StoreQuery, StoreResult } from '#server/graph/cache-key.ts';
import type { Effect } from '#server/graph/effect.ts';
import type { Association, Entity } from '#server/graph/entity.ts';
import type { EntityId } from '#server/graph/identifiers.ts';
import type { AppliedEntry, RecordedMutation } from '#server/graph/log-payload.ts';

/** The graph as plain maps, one effect after the other, and each question answered by looking at everything. */
export class NaiveGraph {
  readonly entities = new Map<EntityId, Entity>();
  readonly #keys = new Map<string, EntityId>();
  readonly associations = new Map<string, Association>();
  readonly #counts = new Map<string, { from: EntityId; type: string; count: number }>();
  readonly #mutations = new Map<string, RecordedMutation>();

  apply({ index, term, payload }: AppliedEntry): void {
    if (payload === null) return;
    if (payload.kind === 'expiry') {
      for (const [key, { time }] of this.#mutations) if (time < payload.before) this.#mutations.delete(key);
      return;
    }
    const { time, leader } = payload;
    for (const { key, hash, outcome, effects } of payload.records) {
      this.#mutations.set(key, { key, hash, index, term, leader, time, outcome });
      for (const effect of effects) this.#effect(effect);
    }
  }

  #effect(effect: Effect): void {
    switch (effect.kind) {
      case 'entity-put':
        this.entities.set(effect.entity.id, effect.entity);
        return;
      case 'entity-removed':
        this.entities.delete(effect.id);
        return;
      case 'key-put':
        this.#keys.set(`${effect.type}:${effect.key}`, effect.id);
        return;
      case 'key-removed':
        this.#keys.delete(`${effect.type}:${effect.key}`);
        return;
      case 'association-put':
        this.associations.set(edgeName(effect.association), effect.association);
        return;
      case 'association-removed':
        this.associations.delete(edgeName(effect));
        return;
      case 'count-put':
        this.#counts.set(`${effect.from}:${effect.type}`, effect);
    }
  }

  mutation(key: string): RecordedMutation | null {
    return this.#mutations.get(key) ?? null;
  }

  list(from: EntityId, type: string): readonly Association[] {
    return [...this.associations.values()]
      .filter((edge) => edge.from === from && edge.type === type)
      .sort((a, b) => b.time - a.time || b.to - a.to);
  }

  value(key: CacheKey): CacheValue {
    switch (key.kind) {
      case 'entity':
        return { kind: 'entity', entity: this.entities.get(key.id) ?? null };
      case 'unique':
        return { kind: 'unique', id: this.#keys.get(`${key.type}:${key.key}`) ?? null };
      case 'association':
        return { kind: 'association', association: this.associations.get(edgeName(key)) ?? null };
      case 'count':
        return { kind: 'count', count: this.#counts.get(`${key.from}:${key.type}`)?.count ?? 0 };
      case 'list': {
        const edges = this.list(key.from, key.type);
        return {
          kind: 'list',
          stretch: { edges: edges.slice(0, key.length), complete: edges.length <= key.length },
        };
      }
    }
  }

  result(query: Exclude<StoreQuery, { kind: 'search' | 'random' }>): StoreResult {
    switch (query.kind) {
      case 'page': {
        const { after, since, until, length } = query;
        const edges = this.list(query.from, query.type)
          .filter(({ time, to }) => after === null || time < after.time || (time === after.time && to < after.to))
          .filter(({ time }) => (since === null || time >= since) && (until === null || time < until));
        return { kind: 'page', edges: edges.slice(0, length), complete: edges.length <= length };
      }
      case 'entities-of-type': {
        const ids = this.idsOfType(query.type).filter((id) => query.before === null || id < query.before);
        return { kind: 'ids', ids: ids.slice(0, query.length) };
      }
      case 'most-connected': {
        const counts = [...this.#counts.values()].filter(({ type, count }) => type === query.type && count > 0);
        const ids = counts.sort((a, b) => b.count - a.count || a.from - b.from).map(({ from }) => from);
        return { kind: 'ids', ids: ids.slice(0, query.length) };
      }
      case 'count-of-type':
        return { kind: 'number', value: this.idsOfType(query.type).length };
      case 'deleting': {
        const ids = [...this.entities.values()].filter(({ deletingKey }) => deletingKey !== null).map(({ id }) => id);
        return { kind: 'ids', ids: ids.sort((a, b) => a - b).slice(0, query.length) };
      }
    }
  }

  /** Newest first. */
  idsOfType(type: string): readonly EntityId[] {
    const ids = [...this.entities.values()].filter((entity) => entity.type === type).map(({ id }) => id);
    return ids.sort((a, b) => b - a);
  }
}

function edgeName({ from, type, to }: { from: EntityId; type: string; to: EntityId }): string {
  return `${from}:${type}:${to}`;
}

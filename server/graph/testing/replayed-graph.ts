import type { CacheKey, CacheValue, ListStretch } from '../cache-key.ts';
import type { Effect } from '../effect.ts';
import type { Association, Entity } from '../entity.ts';
import type { GraphView } from '../evaluate-port.ts';
import type { AssociationType, EntityId, EntityType } from '../identifiers.ts';

/** The whole graph, made of nothing but the effects of a log: what every cache and database must agree with. */
export class ReplayedGraph implements GraphView {
  readonly entities = new Map<EntityId, Entity>();
  readonly keys = new Map<string, EntityId>();
  readonly associations = new Map<string, Association>();
  readonly counts = new Map<string, number>();

  apply(effects: readonly Effect[]): void {
    for (const effect of effects) this.#applyOne(effect);
  }

  copy(): ReplayedGraph {
    const copy = new ReplayedGraph();
    for (const [id, entity] of this.entities) copy.entities.set(id, entity);
    for (const [key, id] of this.keys) copy.keys.set(key, id);
    for (const [place, association] of this.associations) copy.associations.set(place, association);
    for (const [place, count] of this.counts) copy.counts.set(place, count);
    return copy;
  }

  entity(id: EntityId): Entity | null {
    return this.entities.get(id) ?? null;
  }

  unique(type: EntityType, key: string): EntityId | null {
    return this.keys.get(`${type} ${key}`) ?? null;
  }

  association(from: EntityId, type: AssociationType, to: EntityId): Association | null {
    return this.associations.get(`${from} ${type} ${to}`) ?? null;
  }

  count(from: EntityId, type: AssociationType): number {
    return this.counts.get(`${from} ${type}`) ?? 0;
  }

  list(from: EntityId, type: AssociationType, length: number): ListStretch {
    const all = [...this.associations.values()].filter((edge) => edge.from === from && edge.type === type);
    all.sort((left, right) => right.time - left.time || right.to - left.to);
    return { edges: all.slice(0, length), complete: all.length <= length };
  }

  /** A list is given with `key.length` edges, or all. */
  value(key: CacheKey): CacheValue {
    switch (key.kind) {
      case 'entity':
        return { kind: 'entity', entity: this.entity(key.id) };
      case 'unique':
        return { kind: 'unique', id: this.unique(key.type, key.key) };
      case 'association':
        return { kind: 'association', association: this.association(key.from, key.type, key.to) };
      case 'count':
        return { kind: 'count', count: this.count(key.from, key.type) };
      case 'list':
        return { kind: 'list', stretch: this.list(key.from, key.type, key.length) };
    }
  }

  #applyOne(effect: Effect): void {
    switch (effect.kind) {
      case 'entity-put':
        return void this.entities.set(effect.entity.id, effect.entity);
      case 'entity-removed':
        return void this.entities.delete(effect.id);
      case 'key-put':
        return void this.keys.set(`${effect.type} ${effect.key}`, effect.id);
      case 'key-removed':
        return void this.keys.delete(`${effect.type} ${effect.key}`);
      case 'association-put': {
        const { from, type, to } = effect.association;
        return void this.associations.set(`${from} ${type} ${to}`, effect.association);
      }
      case 'association-removed':
        return void this.associations.delete(`${effect.from} ${effect.type} ${effect.to}`);
      case 'count-put':
        return void this.counts.set(`${effect.from} ${effect.type}`, effect.count);
    }
  }
}

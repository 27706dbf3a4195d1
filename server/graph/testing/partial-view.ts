import type { CacheKey, ListStretch } from '../cache-key.ts';
import type { Association, Entity } from '../entity.ts';
import type { GraphView } from '../evaluate-port.ts';
import type { AssociationType, EntityId, EntityType } from '../identifiers.ts';

/** A view that knows only what it was taught, as the leader's cache does. */
export class PartialView implements GraphView {
  readonly #whole: GraphView;
  readonly #known = new Set<string>();
  readonly #lengths = new Map<string, number>();

  constructor(whole: GraphView) {
    this.#whole = whole;
  }

  learn(keys: readonly CacheKey[]): void {
    for (const key of keys) {
      if (key.kind !== 'list') this.#known.add(Object.values(key).join(' '));
      else this.#lengths.set(`${key.from} ${key.type}`, key.length);
    }
  }

  entity(id: EntityId): Entity | null | undefined {
    return this.#knows('entity', id) ? this.#whole.entity(id) : undefined;
  }

  unique(type: EntityType, key: string): EntityId | null | undefined {
    return this.#knows('unique', type, key) ? this.#whole.unique(type, key) : undefined;
  }

  association(from: EntityId, type: AssociationType, to: EntityId): Association | null | undefined {
    return this.#knows('association', from, type, to) ? this.#whole.association(from, type, to) : undefined;
  }

  count(from: EntityId, type: AssociationType): number | undefined {
    return this.#knows('count', from, type) ? this.#whole.count(from, type) : undefined;
  }

  list(from: EntityId, type: AssociationType, length: number): ListStretch | undefined {
    const known = this.#lengths.get(`${from} ${type}`);
    if (known === undefined) return undefined;
    const stretch = this.#whole.list(from, type, known);
    return stretch !== undefined && (stretch.complete || stretch.edges.length >= length) ? stretch : undefined;
  }

  #knows(...key: readonly (string | number)[]): boolean {
    return this.#known.has(key.join(' '));
  }
}

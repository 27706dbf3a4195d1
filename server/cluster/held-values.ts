import { cacheKeyText } from '#server/cache/cache-key-text.ts';
import type { GraphCache } from '#server/cache/graph-cache.ts';
import type { CacheKey, CacheValue, ListStretch } from '#server/graph/cache-key.ts';
import type { Association, Entity } from '#server/graph/entity.ts';
import { assert } from '#server/graph/errors.ts';
import type { GraphView } from '#server/graph/evaluate-port.ts';
import type { AssociationType, EntityId, EntityType, LogIndex } from '#server/graph/identifiers.ts';

interface Held {
  readonly key: CacheKey;
  readonly value: CacheValue;
  /** The index that the value is true at. */
  readonly label: LogIndex;
}

/**
 * The cache, and on top of it what one operation has fetched: held here until the operation ends, so that a cache under pressure
 * cannot lose it in between, and rolled forward with the log. Every look answers what is true at the applied index, or undefined.
 */
export class HeldValues implements GraphView {
  readonly #cache: GraphCache;
  readonly #held = new Map<string, Held>();

  constructor(cache: GraphCache) {
    this.#cache = cache;
  }

  clear(): void {
    this.#held.clear();
  }

  hold(key: CacheKey, value: CacheValue, label: LogIndex): void {
    assert(value.kind === key.kind, `a value of kind ${value.kind} was fetched for a key of kind ${key.kind}`);
    const text = cacheKeyText(key);
    const known = this.#held.get(text);
    // Two stretches of one list: the longer one answers more; of the same length the later one lasts longer.
    if (known !== undefined && lengthOf(known.key) > lengthOf(key)) return;
    this.#held.set(text, { key, value, label });
  }

  entity(id: EntityId): Entity | null | undefined {
    const cached = this.#cache.entity(id);
    if (cached !== undefined) return cached;
    const value = this.#at({ kind: 'entity', id });
    return value?.kind === 'entity' ? value.entity : undefined;
  }

  unique(type: EntityType, key: string): EntityId | null | undefined {
    const cached = this.#cache.unique(type, key);
    if (cached !== undefined) return cached;
    const value = this.#at({ kind: 'unique', type, key });
    return value?.kind === 'unique' ? value.id : undefined;
  }

  association(from: EntityId, type: AssociationType, to: EntityId): Association | null | undefined {
    const cached = this.#cache.association(from, type, to);
    if (cached !== undefined) return cached;
    const value = this.#at({ kind: 'association', from, type, to });
    return value?.kind === 'association' ? value.association : undefined;
  }

  count(from: EntityId, type: AssociationType): number | undefined {
    const cached = this.#cache.count(from, type);
    if (cached !== undefined) return cached;
    const value = this.#at({ kind: 'count', from, type });
    return value?.kind === 'count' ? value.count : undefined;
  }

  list(from: EntityId, type: AssociationType, length: number): ListStretch | undefined {
    const cached = this.#cache.list(from, type, length);
    if (cached !== undefined) return cached;
    const value = this.#at({ kind: 'list', from, type, length });
    if (value?.kind !== 'list') return undefined;
    const { stretch } = value;
    return stretch.complete || stretch.edges.length >= length ? stretch : undefined;
  }

  /** The value of a key at the applied index; undefined: not known here. */
  valueOf(key: CacheKey): CacheValue | undefined {
    switch (key.kind) {
      case 'entity':
        return known(this.entity(key.id), (entity) => ({ kind: 'entity', entity }));
      case 'unique':
        return known(this.unique(key.type, key.key), (id) => ({ kind: 'unique', id }));
      case 'association':
        return known(this.association(key.from, key.type, key.to), (association) => ({
          kind: 'association',
          association,
        }));
      case 'count':
        return known(this.count(key.from, key.type), (count) => ({ kind: 'count', count }));
      case 'list':
        return known(this.list(key.from, key.type, key.length), (stretch) => ({
          kind: 'list',
          stretch: newest(stretch, key.length),
        }));
    }
  }

  /** What is held, true at the applied index: not what is from ahead of it, nor what the tail no longer reaches. */
  #at(key: CacheKey): CacheValue | undefined {
    const text = cacheKeyText(key);
    const held = this.#held.get(text);
    const applied = this.#cache.appliedIndex;
    if (held === undefined || held.label > applied) return undefined;
    if (held.label === applied) return held.value;
    const value = this.#cache.rollForward({ key: held.key, value: held.value, from: held.label });
    if (value === undefined) this.#held.delete(text);
    else this.#held.set(text, { key: held.key, value, label: applied });
    return value;
  }
}

function known<Value>(value: Value | undefined, wrap: (value: Value) => CacheValue): CacheValue | undefined {
  return value === undefined ? undefined : wrap(value);
}

/** At most `length` edges, so that an answer is no larger than what was asked for. */
function newest(stretch: ListStretch, length: number): ListStretch {
  if (stretch.edges.length <= length) return stretch;
  return { edges: stretch.edges.slice(0, length), complete: false };
}

function lengthOf(key: CacheKey): number {
  return key.kind === 'list' ? key.length : 0;
}

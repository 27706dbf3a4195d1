import type { CacheKey } from '#server/graph/cache-key.ts';
import type { Effect } from '#server/graph/effect.ts';
import { assert } from '#server/graph/errors.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';

/** An effect in the chain of all that concern the same entity, list owner or key. */
interface Link {
  readonly effect: Effect;
  readonly index: LogIndex;
  older: Link | null;
  newer: Link | null;
}

interface Chain {
  oldest: Link;
  newest: Link;
}

/**
 * Effects of the tail by what they concern, so that a fill of hundreds of keys does not read thousands of entries. Chains are by entity
 * id (its value; its edges of all types; its counts) and by unique key; the rest of a key is compared on the way along its chain.
 */
export class TouchedIndex {
  readonly #entities = new Map<number, Chain>();
  readonly #edges = new Map<number, Chain>();
  readonly #counts = new Map<number, Chain>();
  readonly #keys = new Map<string, Chain>();

  #size = 0;

  /** How many effects are held. */
  get size(): number {
    return this.#size;
  }

  /** Effects come in the order of the log. */
  add(effect: Effect, index: LogIndex): void {
    this.#size += 1;
    switch (effect.kind) {
      case 'entity-put':
        return append(this.#entities, effect.entity.id, effect, index);
      case 'entity-removed':
        return append(this.#entities, effect.id, effect, index);
      case 'key-put':
      case 'key-removed':
        return append(this.#keys, `${effect.type}:${effect.key}`, effect, index);
      case 'association-put':
        return append(this.#edges, effect.association.from, effect, index);
      case 'association-removed':
        return append(this.#edges, effect.from, effect, index);
      case 'count-put':
        return append(this.#counts, effect.from, effect, index);
    }
  }

  /** Effects leave in the order in which they came. */
  removeOldest(effect: Effect, index: LogIndex): void {
    this.#size -= 1;
    switch (effect.kind) {
      case 'entity-put':
        return removeOldest(this.#entities, effect.entity.id, index);
      case 'entity-removed':
        return removeOldest(this.#entities, effect.id, index);
      case 'key-put':
      case 'key-removed':
        return removeOldest(this.#keys, `${effect.type}:${effect.key}`, index);
      case 'association-put':
        return removeOldest(this.#edges, effect.association.from, index);
      case 'association-removed':
        return removeOldest(this.#edges, effect.from, index);
      case 'count-put':
        return removeOldest(this.#counts, effect.from, index);
    }
  }

  /** What concerns a key after an index, in the order of the log. */
  since(key: CacheKey, after: LogIndex): Effect[] {
    switch (key.kind) {
      case 'entity':
        return collect(this.#entities.get(key.id), after, () => true);
      case 'unique':
        return collect(this.#keys.get(`${key.type}:${key.key}`), after, () => true);
      case 'association':
        return collect(this.#edges.get(key.from), after, (effect) => {
          const edge = edgeOf(effect);
          return edge?.type === key.type && edge.to === key.to;
        });
      case 'count':
        return collect(
          this.#counts.get(key.from),
          after,
          (effect) => effect.kind === 'count-put' && effect.type === key.type,
        );
      case 'list':
        return collect(this.#edges.get(key.from), after, (effect) => edgeOf(effect)?.type === key.type);
    }
  }

  clear(): void {
    this.#size = 0;
    for (const chains of [this.#entities, this.#edges, this.#counts, this.#keys]) chains.clear();
  }
}

function edgeOf(effect: Effect): { readonly type: string; readonly to: number } | null {
  if (effect.kind === 'association-put') return effect.association;
  return effect.kind === 'association-removed' ? effect : null;
}

function append<Name>(chains: Map<Name, Chain>, name: Name, effect: Effect, index: LogIndex): void {
  const chain = chains.get(name);
  const link: Link = { effect, index, older: chain?.newest ?? null, newer: null };
  if (chain === undefined) {
    chains.set(name, { oldest: link, newest: link });
  } else {
    chain.newest.newer = link;
    chain.newest = link;
  }
}

function removeOldest<Name>(chains: Map<Name, Chain>, name: Name, index: LogIndex): void {
  const chain = chains.get(name);
  assert(chain !== undefined && chain.oldest.index === index, `entry ${index} is not the oldest of its chain`);
  const { newer } = chain.oldest;
  if (newer === null) {
    chains.delete(name);
    return;
  }
  // Without this the trimmed effects would be kept alive by those after them.
  newer.older = null;
  chain.oldest = newer;
}

/** From the newest back: nearly always the newest is old enough, and nothing has touched the key. */
function collect(chain: Chain | undefined, after: LogIndex, concerns: (effect: Effect) => boolean): Effect[] {
  const effects: Effect[] = [];
  for (let link = chain?.newest ?? null; link !== null && link.index > after; link = link.older) {
    if (concerns(link.effect)) effects.push(link.effect);
  }
  return effects.reverse();
}

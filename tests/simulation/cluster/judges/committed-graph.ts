import { cacheKeyText } from '#server/cache/cache-key-text.ts';
import type { CacheKey, CacheValue } from '#server/graph/cache-key.ts';
import type { Effect } from '#server/graph/effect.ts';
import type { Association, Entity } from '#server/graph/entity.ts';
import { effectKey } from '#server/graph/effect-key.ts';
import type { AssociationType, EntityId, LogIndex, TimeMs } from '#server/graph/identifiers.ts';
import type { AppliedEntry } from '#server/graph/log-payload.ts';

interface Version {
  readonly index: LogIndex;
  /** Null: absent from here on. */
  readonly effect: Effect | null;
}

/** The edges of one list, newest first, from `index` on. */
interface ListVersion {
  readonly index: LogIndex;
  readonly edges: readonly Association[];
}

/**
 * The oracle: the committed log, replayed in the plainest way, with every version of every row, so that it can say what any key was at
 * any index. It knows nothing of caches.
 */
export class CommittedGraph {
  /** Values that judges have held against it. */
  compared = 0;
  readonly #rows = new Map<string, Version[]>();
  readonly #lists = new Map<string, ListVersion[]>();
  readonly #entries: AppliedEntry[] = [];
  readonly #expiries: { readonly index: LogIndex; readonly before: TimeMs }[] = [];

  /** Everything up to here is known. */
  get index(): LogIndex {
    return this.#entries.length as LogIndex;
  }

  entryAt(index: LogIndex): AppliedEntry | undefined {
    return this.#entries[index - 1];
  }

  /** The next one. */
  append(entry: AppliedEntry): void {
    if (entry.index !== this.index + 1) throw new Error(`entry ${entry.index} is committed after ${this.index}`);
    this.#entries.push(entry);
    const { payload } = entry;
    if (payload?.kind === 'expiry') this.#expiries.push({ index: entry.index, before: payload.before });
    if (payload?.kind !== 'mutations') return;
    for (const { effects } of payload.records) for (const effect of effects) this.#apply(effect, entry.index);
  }

  /** The keys of everything that there ever was, to go through. */
  *keys(): Generator<CacheKey> {
    for (const versions of this.#rows.values()) {
      const effect = versions.find((version) => version.effect !== null)?.effect;
      if (effect !== undefined && effect !== null) yield keyOf(effect);
    }
    for (const versions of this.#lists.values()) {
      const edge = versions.find(({ edges }) => edges.length > 0)?.edges[0];
      if (edge !== undefined) yield { kind: 'list', from: edge.from, type: edge.type, length: Number.MAX_SAFE_INTEGER };
    }
  }

  valueAt(key: CacheKey, index: LogIndex): CacheValue {
    if (key.kind === 'list') {
      const edges = this.edgesAt(key.from, key.type, index);
      return { kind: 'list', stretch: { edges: edges.slice(0, key.length), complete: edges.length <= key.length } };
    }
    const effect = latest(this.#rows.get(cacheKeyText(key)), index)?.effect ?? null;
    switch (key.kind) {
      case 'entity':
        return { kind: 'entity', entity: effect?.kind === 'entity-put' ? effect.entity : null };
      case 'unique':
        return { kind: 'unique', id: effect?.kind === 'key-put' ? effect.id : null };
      case 'association':
        return { kind: 'association', association: effect?.kind === 'association-put' ? effect.association : null };
      case 'count':
        return { kind: 'count', count: effect?.kind === 'count-put' ? effect.count : 0 };
    }
  }

  entityAt(id: EntityId, index: LogIndex): Entity | null {
    const value = this.valueAt({ kind: 'entity', id }, index);
    return value.kind === 'entity' ? value.entity : null;
  }

  /** Log time before which idempotency keys are forgotten. */
  expiredBefore(index: LogIndex): TimeMs {
    return latest(this.#expiries, index)?.before ?? 0;
  }

  /** Newest first. */
  edgesAt(from: EntityId, type: AssociationType, index: LogIndex): readonly Association[] {
    return latest(this.#lists.get(`${from} ${type}`), index)?.edges ?? [];
  }

  #apply(effect: Effect, index: LogIndex): void {
    const isAbsence = effect.kind.endsWith('-removed');
    add(this.#rows, rowText(effect), { index, effect: isAbsence ? null : effect });
    if (effect.kind !== 'association-put' && effect.kind !== 'association-removed') return;
    const { from, type, to } = effect.kind === 'association-put' ? effect.association : effect;
    const others = this.edgesAt(from, type, index).filter((edge) => edge.to !== to);
    const edges = effect.kind === 'association-put' ? [...others, effect.association] : others;
    add(this.#lists, `${from} ${type}`, {
      index,
      edges: edges.toSorted((a, b) => b.time - a.time || b.to - a.to),
    });
  }
}

/** The names of rows are those of cache keys, but for unique keys. */
function rowText(effect: Effect): string {
  return effect.kind === 'key-put' || effect.kind === 'key-removed'
    ? cacheKeyText({ kind: 'unique', type: effect.type, key: effect.key })
    : effectKey(effect);
}

function keyOf(effect: Effect): CacheKey {
  switch (effect.kind) {
    case 'entity-put':
      return { kind: 'entity', id: effect.entity.id };
    case 'entity-removed':
      return { kind: 'entity', id: effect.id };
    case 'key-put':
    case 'key-removed':
      return { kind: 'unique', type: effect.type, key: effect.key };
    case 'association-put':
      return { ...edgeOf(effect.association), kind: 'association' };
    case 'association-removed':
      return { ...edgeOf(effect), kind: 'association' };
    case 'count-put':
      return { kind: 'count', from: effect.from, type: effect.type };
  }
}

/** What an effect changes, as caches know it: its row, and of an edge the list too. */
export function keysTouched(effect: Effect): readonly CacheKey[] {
  const key = keyOf(effect);
  if (key.kind !== 'association') return [key];
  const { from, type } = key;
  return [key, { kind: 'list', from, type, length: 1 }];
}

function edgeOf({
  from,
  type,
  to,
}: {
  readonly from: EntityId;
  readonly type: AssociationType;
  readonly to: EntityId;
}): {
  readonly from: EntityId;
  readonly type: AssociationType;
  readonly to: EntityId;
} {
  return { from, type, to };
}

function add<Each extends { readonly index: LogIndex }>(all: Map<string, Each[]>, name: string, version: Each): void {
  const versions = all.get(name);
  if (versions === undefined) all.set(name, [version]);
  else if (versions.at(-1)?.index === version.index) versions[versions.length - 1] = version;
  else versions.push(version);
}

/** The last that is not after the index. Questions are mostly about the present, so the search begins there. */
function latest<Each extends { readonly index: LogIndex }>(
  versions: readonly Each[] | undefined,
  index: LogIndex,
): Each | undefined {
  if (versions === undefined) return undefined;
  for (let place = versions.length - 1; place >= 0; place--) {
    const version = versions[place];
    if (version !== undefined && version.index <= index) return version;
  }
  return undefined;
}

import type { CacheKey, CacheValue, ListStretch } from '#server/graph/cache-key.ts';
import { comparePositions } from '#server/graph/cursor.ts';
import type { Effect } from '#server/graph/effect.ts';
import type { Association } from '#server/graph/entity.ts';

/** A value after effects that concern its key, in the order of the log. An incomplete stretch may come out shorter, even without an edge. */
export function rollForward(key: CacheKey, value: CacheValue, effects: readonly Effect[]): CacheValue {
  return effects.reduce((rolled, effect) => after(key, rolled, effect), value);
}

function after(key: CacheKey, value: CacheValue, effect: Effect): CacheValue {
  switch (effect.kind) {
    case 'entity-put':
      return value.kind === 'entity' ? { kind: 'entity', entity: effect.entity } : value;
    case 'entity-removed':
      return value.kind === 'entity' ? { kind: 'entity', entity: null } : value;
    case 'key-put':
      return value.kind === 'unique' ? { kind: 'unique', id: effect.id } : value;
    case 'key-removed':
      return value.kind === 'unique' ? { kind: 'unique', id: null } : value;
    case 'association-put':
      if (value.kind === 'list') return { kind: 'list', stretch: withEdge(value.stretch, effect.association) };
      return value.kind === 'association' ? { kind: 'association', association: effect.association } : value;
    case 'association-removed':
      if (value.kind === 'list') return { kind: 'list', stretch: withoutEdge(value.stretch, effect.to) };
      return value.kind === 'association' ? { kind: 'association', association: null } : value;
    case 'count-put':
      return value.kind === 'count' && key.kind === 'count' ? { kind: 'count', count: effect.count } : value;
  }
}

/** A new time removes and inserts again; past the end of an incomplete stretch the edge is left out. */
function withEdge(stretch: ListStretch, edge: Association): ListStretch {
  const oldest = stretch.edges.at(-1);
  const edges = stretch.edges.filter((other) => other.to !== edge.to);
  const isInside = stretch.complete || (oldest !== undefined && comparePositions(edge, oldest) <= 0);
  if (!isInside) return { edges, complete: false };
  const place = edges.findIndex((other) => comparePositions(edge, other) <= 0);
  edges.splice(place < 0 ? edges.length : place, 0, edge);
  return { edges, complete: stretch.complete };
}

function withoutEdge(stretch: ListStretch, to: number): ListStretch {
  return { edges: stretch.edges.filter((other) => other.to !== to), complete: stretch.complete };
}

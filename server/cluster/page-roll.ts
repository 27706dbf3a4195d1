import { comparePositions } from '#server/graph/cursor.ts';
import type { StoreQuery, StoreResult } from '#server/graph/cache-key.ts';
import type { Effect } from '#server/graph/effect.ts';
import type { Association, ListPosition } from '#server/graph/entity.ts';

export type PageQuery = Extract<StoreQuery, { kind: 'page' }>;
export type PageResult = Extract<StoreResult, { kind: 'page' }>;

/**
 * A page of a list, from the database, brought forward by the effects since. Undefined when that is not possible: so many edges are gone
 * that what follows the page must be read.
 */
export function rollPage(query: PageQuery, page: PageResult, effects: Iterable<Effect>): PageResult | undefined {
  let { edges, complete } = page;
  for (const effect of effects) {
    if (effect.kind === 'association-removed') {
      if (effect.from !== query.from || effect.type !== query.type) continue;
      edges = edges.filter((edge) => edge.to !== effect.to);
    } else if (effect.kind === 'association-put') {
      const { association } = effect;
      if (association.from !== query.from || association.type !== query.type) continue;
      const end = complete ? null : (edges.at(-1) ?? null);
      edges = edges.filter((edge) => edge.to !== association.to);
      // Past the end of a page that others follow: where it belongs among those is not known.
      const isWithin = complete || (end !== null && comparePositions(association, end) <= 0);
      if (isWithin && isWanted(query, association)) edges = [...edges, association].sort(comparePositions);
      if (edges.length > query.length) {
        edges = edges.slice(0, query.length);
        complete = false;
      }
    }
  }
  if (edges === page.edges) return page;
  if (edges.length < page.edges.length && !complete && edges.length === 0) return undefined;
  return { kind: 'page', edges, complete };
}

function isWanted(query: PageQuery, edge: Association): boolean {
  const { after, since, until } = query;
  if (after !== null && comparePositions(edge, after satisfies ListPosition) <= 0) return false;
  return (since === null || edge.time >= since) && (until === null || edge.time < until);
}

/**
 * A page of an association list. What the cached stretch at the head of the list holds is answered from it; a page just past its end makes
 * it longer; one far beyond goes to the database. Cursors are places by value, so they stay valid while the list changes.
 */
import type { ListStretch } from '#server/graph/cache-key.ts';
import { comparePositions } from '#server/graph/cursor.ts';
import type { Association, ListPosition } from '#server/graph/entity.ts';
import type { AssociationType, EntityId, TimeMs } from '#server/graph/identifiers.ts';
import { andThen, type MaybePromise } from '../execution/maybe-promise.ts';
import type { Reader } from '../execution/reader.ts';

/** How far from its head a list is kept in memory for the sake of a page. */
export const stretchLengthMax = 2_000;

export interface PageRequest {
  readonly from: EntityId;
  readonly type: AssociationType;
  readonly first: number;
  /** Exclusive. */
  readonly after: ListPosition | null;
  /** `since` <= time < `until`. */
  readonly since: TimeMs | null;
  readonly until: TimeMs | null;
}

export interface Page<Edge> {
  readonly edges: readonly Edge[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** How much longer a stretch is asked for when the page begins somewhere behind its end, nobody knows how far. */
const growth = 4;

export function readPage(reader: Reader, request: PageRequest): MaybePromise<Page<Association>> {
  const start = startOf(request);
  const needed = request.first + 1;
  return pageWithin(
    reader,
    request,
    start === null ? needed : Math.min(growth * needed, Math.max(needed, stretchLengthMax)),
  );
}

/** The page from the newest `length` edges, or from a longer stretch where they do not reach; a walk through a list makes it longer step by step. */
function pageWithin(reader: Reader, request: PageRequest, length: number): MaybePromise<Page<Association>> {
  const { from, type, first } = request;
  const start = startOf(request);
  return andThen(reader.list(from, type, length), (stretch) => {
    const offset = start === null ? 0 : edgesUpTo(stretch.edges, start);
    if (isCovered(stretch, offset, request)) return cut(stretch, offset, request);
    const longer = isReached(stretch, offset, start) ? offset + first + 1 : Math.min(growth * length, stretchLengthMax);
    if (longer <= length || longer > stretchLengthMax) return pageOfStore(reader, request, start);
    return pageWithin(reader, request, longer);
  });
}

/** The later in the list of `after` and `until`: the page begins behind it. No edge has an id of 0, so `until` itself is left out. */
function startOf({ after, until }: PageRequest): ListPosition | null {
  const bound = until === null ? null : { time: until, to: 0 as EntityId };
  if (after === null || bound === null) return after ?? bound;
  return comparePositions(after, bound) > 0 ? after : bound;
}

/** How many edges stand before the place or at it, by bisection. */
function edgesUpTo(edges: readonly Association[], place: ListPosition): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const edge = edges[middle];
    if (edge !== undefined && comparePositions(edge, place) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The stretch holds the whole page, and whether something follows it. */
function isCovered(stretch: ListStretch, offset: number, { first, since }: PageRequest): boolean {
  if (stretch.complete || stretch.edges.length > offset + first) return true;
  const last = stretch.edges.at(-1);
  return since !== null && last !== undefined && last.time < since;
}

/** The place where the page begins is within the stretch, so it is known how much longer it must be. */
function isReached(stretch: ListStretch, offset: number, start: ListPosition | null): boolean {
  const last = stretch.edges.at(-1);
  return start === null || offset < stretch.edges.length || (last !== undefined && comparePositions(last, start) === 0);
}

function cut(stretch: ListStretch, offset: number, { first, since }: PageRequest): Page<Association> {
  const rest = stretch.edges.slice(offset, offset + first + 1);
  const inTime = since === null ? rest : rest.filter((edge) => edge.time >= since);
  return { edges: inTime.slice(0, first), hasNextPage: inTime.length > first, hasPreviousPage: offset > 0 };
}

function pageOfStore(
  reader: Reader,
  request: PageRequest,
  start: ListPosition | null,
): MaybePromise<Page<Association>> {
  const { from, type, first, after, since, until } = request;
  return andThen(reader.query({ kind: 'page', from, type, after, since, until, length: first + 1 }), (result) => {
    const edges = result.kind === 'page' ? result.edges : [];
    return { edges: edges.slice(0, first), hasNextPage: edges.length > first, hasPreviousPage: start !== null };
  });
}

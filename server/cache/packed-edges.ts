import type { ListPosition } from '#server/graph/entity.ts';
import type { EntityId, TimeMs } from '#server/graph/identifiers.ts';

/**
 * The edges of a list stretch as one array of plain numbers, three to an edge: to, time, version. Oldest first, so that a new edge, which
 * nearly always is the newest, goes to the end. V8 keeps such an array as bare doubles: 24 bytes an edge and 48 for the array.
 */
export type PackedEdges = number[];

export const numbersPerEdge = 3;
/** A list of so many edges is copied when it changes, and so has no spare room; a longer one grows in place, as V8 sees fit. */
const exactEdgesMax = 64;

export interface PackedEdge {
  readonly to: EntityId;
  readonly time: TimeMs;
  readonly version: number;
}

export function edgesIn(edges: PackedEdges): number {
  return edges.length / numbersPerEdge;
}

/** Where an edge to `to` starts in the array, or -1. Looks from the newest on: it is the one that people undo and look for. */
export function placeOfEdge(edges: PackedEdges, to: EntityId): number {
  for (let place = edges.length - numbersPerEdge; place >= 0; place -= numbersPerEdge) {
    if (edges[place] === to) return place;
  }
  return -1;
}

/** Where an edge at this position is or would go. */
export function placeFor(edges: PackedEdges, position: ListPosition): number {
  let low = 0;
  let high = edgesIn(edges);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const time = edges[middle * numbersPerEdge + 1] ?? 0;
    const to = edges[middle * numbersPerEdge] ?? 0;
    if (time < position.time || (time === position.time && to < position.to)) low = middle + 1;
    else high = middle;
  }
  return low * numbersPerEdge;
}

/** The array with one edge more; the array given is no longer to be used. */
export function withEdge(edges: PackedEdges, place: number, edge: PackedEdge): PackedEdges {
  if (edgesIn(edges) >= exactEdgesMax) {
    if (place === edges.length) edges.push(edge.to, edge.time, edge.version);
    else edges.splice(place, 0, edge.to, edge.time, edge.version);
    return edges;
  }
  const added = [edge.to, edge.time, edge.version];
  if (edges.length === 0) return added;
  return place === edges.length ? edges.concat(added) : edges.slice(0, place).concat(added, edges.slice(place));
}

/** The array with one edge less; the array given is no longer to be used. */
export function withoutEdge(edges: PackedEdges, place: number): PackedEdges {
  if (edgesIn(edges) > exactEdgesMax) {
    edges.splice(place, numbersPerEdge);
    return edges;
  }
  return edges.slice(0, place).concat(edges.slice(place + numbersPerEdge));
}

/** Only the newest `length` edges. */
export function newestEdges(edges: PackedEdges, length: number): PackedEdges {
  return edges.slice(Math.max(0, edges.length - length * numbersPerEdge));
}

/** Of the array itself. One that grows in place has up to half as much again to spare. */
export function packedBytes(edges: PackedEdges): number {
  const numbers = edges.length;
  return 48 + 8 * (edgesIn(edges) > exactEdgesMax ? numbers * 1.25 : numbers);
}

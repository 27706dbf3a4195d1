import type { Association, Properties } from '#server/graph/entity.ts';
import { comparePositions } from '#server/graph/cursor.ts';
import type { AssociationType, EntityId, LogIndex } from '#server/graph/identifiers.ts';
import {
  edgesIn,
  newestEdges,
  numbersPerEdge,
  packedBytes,
  placeFor,
  placeOfEdge,
  withEdge,
  withoutEdge,
  type PackedEdges,
} from './packed-edges.ts';
import { propertiesBytes } from './value-bytes.ts';
import { ValuePool } from './value-pool.ts';

/** The newest edges of a list that are held; beyond it the oldest go, a part at a time. */
export const edgesHeldMax = 4_096;
const edgesHeldAfterCut = 3_584;
/** The place of the empty list, which takes no memory. */
const nowhere = -1;
const empty: PackedEdges = [];
const noProperties: Properties = Object.freeze({});

interface Owner {
  readonly from: EntityId;
  readonly type: AssociationType;
}

/** List stretches by place. Nearly all edges have no properties; those that have any are kept beside their list. */
export class EdgeLists {
  readonly #packed = new ValuePool<PackedEdges>();
  readonly #properties = new Map<number, Map<EntityId, Properties>>();

  /** Newest first, of which the newest `edgesHeldMax` are kept. */
  add(edges: readonly Association[]): number {
    if (edges.length === 0) return nowhere;
    const packed: PackedEdges = [];
    for (let place = Math.min(edges.length, edgesHeldMax) - 1; place >= 0; place--) {
      const edge = edges[place];
      if (edge !== undefined) packed.push(edge.to, edge.time, edge.version);
    }
    // A copy has no spare room, and an array that was grown has.
    const list = this.#packed.add(packed.slice());
    for (const edge of edges.slice(0, edgesHeldMax)) this.#keepProperties(list, edge);
    return list;
  }

  length(list: number): number {
    return edgesIn(this.#get(list));
  }

  newest(owner: Owner, list: number, length: number): Association[] {
    const packed = this.#get(list);
    const properties = this.#properties.get(list);
    const edges: Association[] = [];
    const end = Math.max(0, packed.length - length * numbersPerEdge);
    for (let place = packed.length - numbersPerEdge; place >= end; place -= numbersPerEdge) {
      edges.push(unpack(owner, packed, place, properties));
    }
    return edges;
  }

  edge(owner: Owner, list: number, to: EntityId): Association | null {
    const packed = this.#get(list);
    const place = placeOfEdge(packed, to);
    return place < 0 ? null : unpack(owner, packed, place, this.#properties.get(list));
  }

  /** Adds an edge or moves it to its new time; past the end of an incomplete stretch it is left out. Says what became of the stretch. */
  put(
    list: number,
    edge: Association,
    stretch: { readonly complete: boolean },
  ): { readonly place: number; readonly complete: boolean } {
    let packed = this.#get(list);
    const oldest = packed.length === 0 ? null : positionAt(packed, 0);
    const present = placeOfEdge(packed, edge.to);
    if (present >= 0) packed = withoutEdge(packed, present);
    const isInside = stretch.complete || (oldest !== null && comparePositions(edge, oldest) <= 0);
    if (isInside) packed = withEdge(packed, placeFor(packed, edge), edge);

    const tooLong = edgesIn(packed) > edgesHeldMax;
    const cut = tooLong ? newestEdges(packed, edgesHeldAfterCut) : packed;
    const place = this.#set(list, cut);
    if (isInside) this.#keepProperties(place, edge);
    else this.#properties.get(place)?.delete(edge.to);
    if (tooLong) this.#dropPropertiesOf(place, packed, cut);
    return { place, complete: stretch.complete && !tooLong };
  }

  remove(list: number, to: EntityId): number {
    const packed = this.#get(list);
    const present = placeOfEdge(packed, to);
    if (present < 0) return list;
    this.#properties.get(list)?.delete(to);
    return this.#set(list, withoutEdge(packed, present));
  }

  drop(list: number): void {
    if (list === nowhere) return;
    this.#packed.remove(list);
    this.#properties.delete(list);
  }

  bytes(list: number): number {
    if (list === nowhere) return 0;
    let bytes = 8 + packedBytes(this.#get(list));
    for (const properties of this.#properties.get(list)?.values() ?? []) bytes += 40 + propertiesBytes(properties);
    return bytes;
  }

  clear(): void {
    this.#packed.clear();
    this.#properties.clear();
  }

  #get(list: number): PackedEdges {
    return list === nowhere ? empty : this.#packed.get(list);
  }

  #set(list: number, packed: PackedEdges): number {
    if (packed.length === 0) {
      this.drop(list);
      return nowhere;
    }
    if (list === nowhere) return this.#packed.add(packed);
    this.#packed.set(list, packed);
    return list;
  }

  #keepProperties(list: number, edge: Association): void {
    const kept = this.#properties.get(list);
    if (Object.keys(edge.properties).length === 0) kept?.delete(edge.to);
    else if (kept === undefined) this.#properties.set(list, new Map([[edge.to, edge.properties]]));
    else kept.set(edge.to, edge.properties);
  }

  #dropPropertiesOf(list: number, before: PackedEdges, after: PackedEdges): void {
    const kept = this.#properties.get(list);
    if (kept === undefined) return;
    for (let place = 0; place < before.length - after.length; place += numbersPerEdge) {
      kept.delete((before[place] ?? 0) as EntityId);
    }
  }
}

function positionAt(packed: PackedEdges, place: number): { readonly time: number; readonly to: EntityId } {
  return { to: (packed[place] ?? 0) as EntityId, time: packed[place + 1] ?? 0 };
}

function unpack(
  owner: Owner,
  packed: PackedEdges,
  place: number,
  properties: ReadonlyMap<EntityId, Properties> | undefined,
): Association {
  const to = (packed[place] ?? 0) as EntityId;
  return {
    from: owner.from,
    type: owner.type,
    to,
    time: packed[place + 1] ?? 0,
    properties: properties?.get(to) ?? noProperties,
    version: (packed[place + 2] ?? 0) as LogIndex,
  };
}

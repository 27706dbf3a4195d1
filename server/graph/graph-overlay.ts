import { comparePositions } from './cursor.ts';
import type { ListStretch } from './cache-key.ts';
import type { Effect } from './effect.ts';
import type { Association, Entity } from './entity.ts';
import type { GraphView } from './evaluate-port.ts';
import type { AssociationType, EntityId, EntityType } from './identifiers.ts';

const empty: ReadonlyMap<EntityId, Association | null> = new Map();
const emptyList: ListStretch = { edges: [], complete: true };

/**
 * A view with effects on top of it: what the graph will be once they are committed. The leader evaluates a batch on one, so that each
 * command sees those before it; within a command the operations see each other the same way.
 */
export class GraphOverlay implements GraphView {
  readonly #base: GraphView;
  readonly #entities = new Map<EntityId, Entity | null>();
  /** Made on top of the base, so that nothing below knows them and nothing needs to be asked there. */
  readonly #created = new Set<EntityId>();
  readonly #keys = new Map<EntityType, Map<string, EntityId | null>>();
  readonly #associations = new Map<AssociationType, Map<EntityId, Map<EntityId, Association | null>>>();
  readonly #counts = new Map<AssociationType, Map<EntityId, number>>();

  constructor(base: GraphView) {
    this.#base = base;
  }

  entity(id: EntityId): Entity | null | undefined {
    const changed = this.#entities.get(id);
    return changed === undefined ? this.#base.entity(id) : changed;
  }

  unique(type: EntityType, key: string): EntityId | null | undefined {
    const changed = this.#keys.get(type)?.get(key);
    return changed === undefined ? this.#base.unique(type, key) : changed;
  }

  association(from: EntityId, type: AssociationType, to: EntityId): Association | null | undefined {
    const changed = this.#changes(from, type).get(to);
    if (changed !== undefined) return changed;
    return this.#created.has(from) || this.#created.has(to) ? null : this.#base.association(from, type, to);
  }

  count(from: EntityId, type: AssociationType): number | undefined {
    const changed = this.#counts.get(type)?.get(from);
    if (changed !== undefined) return changed;
    return this.#created.has(from) ? 0 : this.#base.count(from, type);
  }

  list(from: EntityId, type: AssociationType, length: number): ListStretch | undefined {
    const changes = this.#changes(from, type);
    const needed = this.lengthBelow(from, type, length);
    const below = needed === 0 ? emptyList : this.#base.list(from, type, needed);
    if (below === undefined || changes.size === 0) return below;
    return withChanges(below, changes);
  }

  /**
   * How many edges the base must give for `list` to answer: each change may have removed one of them. 0 when the base is not asked.
   */
  lengthBelow(from: EntityId, type: AssociationType, length: number): number {
    return this.#created.has(from) ? 0 : length + this.#changes(from, type).size;
  }

  apply(effects: readonly Effect[]): void {
    for (const effect of effects) this.applyOne(effect);
  }

  applyOne(effect: Effect): void {
    switch (effect.kind) {
      case 'entity-put':
        this.#entities.set(effect.entity.id, effect.entity);
        if (effect.created) this.#created.add(effect.entity.id);
        return;
      case 'entity-removed':
        this.#entities.set(effect.id, null);
        return;
      case 'key-put':
        of(this.#keys, effect.type).set(effect.key, effect.id);
        return;
      case 'key-removed':
        of(this.#keys, effect.type).set(effect.key, null);
        return;
      case 'association-put':
        this.#changeAssociation(effect.association, effect.association);
        return;
      case 'association-removed':
        this.#changeAssociation(effect, null);
        return;
      case 'count-put':
        of(this.#counts, effect.type).set(effect.from, effect.count);
        return;
    }
  }

  #changeAssociation(
    edge: { readonly from: EntityId; readonly type: AssociationType; readonly to: EntityId },
    association: Association | null,
  ): void {
    of(of(this.#associations, edge.type), edge.from).set(edge.to, association);
  }

  #changes(from: EntityId, type: AssociationType): ReadonlyMap<EntityId, Association | null> {
    return this.#associations.get(type)?.get(from) ?? empty;
  }
}

/** An edge that was put past the end of an incomplete stretch is left out: what lies between is not known. */
function withChanges(below: ListStretch, changes: ReadonlyMap<EntityId, Association | null>): ListStretch {
  const end = below.complete ? undefined : below.edges.at(-1);
  const edges = below.edges.filter((edge) => !changes.has(edge.to));
  for (const association of changes.values()) {
    if (association === null) continue;
    if (below.complete || (end !== undefined && comparePositions(association, end) <= 0)) edges.push(association);
  }
  edges.sort(comparePositions);
  return { edges, complete: below.complete };
}

/** The map under a name, made if there is none. Names one within the other cost less than a text of both for every look. */
function of<Name, Inner, Value>(maps: Map<Name, Map<Inner, Value>>, name: Name): Map<Inner, Value> {
  const known = maps.get(name);
  if (known !== undefined) return known;
  const made = new Map<Inner, Value>();
  maps.set(name, made);
  return made;
}

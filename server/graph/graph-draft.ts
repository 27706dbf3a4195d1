import type { ListStretch } from './cache-key.ts';
import { declaredInverse } from './declared-associations.ts';
import type { AssociationDeclaration, Declarations } from './declarations.ts';
import { effectKey } from './effect-key.ts';
import type { Effect } from './effect.ts';
import type { Association, Entity, Properties } from './entity.ts';
import { assert } from './errors.ts';
import { KeysMissing, type GraphView } from './evaluate-port.ts';
import { GraphOverlay } from './graph-overlay.ts';
import type { AssociationType, EntityId, EntityType, LogIndex, TimeMs } from './identifiers.ts';

/** One direction of an edge, named by its ends and its declaration. */
export interface EdgePlace {
  readonly from: EntityId;
  readonly declaration: AssociationDeclaration;
  readonly to: EntityId;
}

interface EdgeName {
  readonly from: EntityId;
  readonly type: AssociationType;
  readonly to: EntityId;
}

/**
 * The effects of one command while it is evaluated: looks see what was put before them, and an edge is only ever changed together with
 * its inverse and both counts. Every look throws KeysMissing where the view does not know.
 */
export class GraphDraft {
  readonly declarations: Declarations;
  readonly index: LogIndex;
  readonly now: TimeMs;
  readonly #base: GraphView;
  readonly #overlay: GraphOverlay;
  /** The last effect on each row, in the order in which the rows were last changed. */
  readonly #effects = new Map<string, Effect>();
  readonly #created = new Set<EntityId>();

  constructor(options: {
    readonly view: GraphView;
    readonly declarations: Declarations;
    readonly index: LogIndex;
    readonly now: TimeMs;
  }) {
    this.#base = options.view;
    this.#overlay = new GraphOverlay(options.view);
    this.declarations = options.declarations;
    this.index = options.index;
    this.now = options.now;
  }

  entity(id: EntityId): Entity | null {
    const entity = this.#overlay.entity(id);
    if (entity === undefined) throw new KeysMissing([{ kind: 'entity', id }]);
    return entity;
  }

  unique(type: EntityType, key: string): EntityId | null {
    const id = this.#overlay.unique(type, key);
    if (id === undefined) throw new KeysMissing([{ kind: 'unique', type, key }]);
    return id;
  }

  association(from: EntityId, type: AssociationType, to: EntityId): Association | null {
    const association = this.#overlay.association(from, type, to);
    if (association === undefined) throw new KeysMissing([{ kind: 'association', from, type, to }]);
    return association;
  }

  count(from: EntityId, type: AssociationType): number {
    const count = this.#overlay.count(from, type);
    if (count === undefined) throw new KeysMissing([{ kind: 'count', from, type }]);
    return count;
  }

  list(from: EntityId, type: AssociationType, length: number): ListStretch {
    const stretch = this.#overlay.list(from, type, length);
    if (stretch !== undefined) return stretch;
    throw new KeysMissing([{ kind: 'list', from, type, length: this.#overlay.lengthBelow(from, type, length) }]);
  }

  putEntity(entity: Entity, options: { readonly created: boolean }): void {
    if (options.created) this.#created.add(entity.id);
    this.#put({ kind: 'entity-put', entity, created: options.created });
  }

  /** The entity alone: its key and its edges are removed before. */
  removeEntity(entity: Entity): void {
    this.#put({ kind: 'entity-removed', id: entity.id, type: entity.type });
  }

  putKey(type: EntityType, key: string, id: EntityId): void {
    this.#put({ kind: 'key-put', type, key, id });
  }

  removeKey(type: EntityType, key: string): void {
    this.#put({ kind: 'key-removed', type, key });
  }

  /** Both directions; both counts grow if the edge is new. */
  putEdge(
    edge: EdgePlace,
    content: { readonly time: TimeMs; readonly properties: Properties; readonly isNew: boolean },
  ): void {
    const { time, properties, isNew } = content;
    for (const { from, declaration, to } of this.#directions(edge)) {
      const association: Association = { from, type: declaration.type, to, time, properties, version: this.index };
      this.#put({ kind: 'association-put', association, created: isNew });
      if (isNew) this.#changeCount(from, declaration.type, 1);
    }
  }

  /** Both directions and both counts. */
  removeEdge(edge: EdgePlace): void {
    for (const { from, declaration, to } of this.#directions(edge)) {
      this.#put({ kind: 'association-removed', from, type: declaration.type, to });
      this.#changeCount(from, declaration.type, -1);
    }
  }

  /** All of one list. What is not known at the other ends is asked for at once: one by one, each would be a read of the database. */
  removeEdges(from: EntityId, declaration: EdgePlace['declaration'], others: readonly EntityId[]): void {
    const inverse = declaredInverse(this.declarations, declaration);
    const unknown = inverse === null ? [] : others.filter((to) => this.#overlay.count(to, inverse.type) === undefined);
    if (inverse !== null && unknown.length > 0)
      throw new KeysMissing(unknown.map((to) => ({ kind: 'count', from: to, type: inverse.type })));
    for (const to of others) this.removeEdge({ from, declaration, to });
  }

  /** How many effects `takeEffects` would give at most. */
  get effectsCount(): number {
    return this.#effects.size;
  }

  /** What is to be logged: the last effect on each row, without removals of what the graph never held. */
  takeEffects(): Effect[] {
    return [...this.#effects.values()].filter((effect) => !this.#isVain(effect));
  }

  #directions(edge: EdgePlace): readonly EdgePlace[] {
    const inverse = declaredInverse(this.declarations, edge.declaration);
    return inverse === null ? [edge] : [edge, { from: edge.to, declaration: inverse, to: edge.from }];
  }

  #changeCount(from: EntityId, type: AssociationType, change: 1 | -1): void {
    const count = this.count(from, type) + change;
    assert(count >= 0, `the count of ${type} from ${from} would become ${count}`);
    this.#put({ kind: 'count-put', from, type, count });
  }

  #put(effect: Effect): void {
    const key = effectKey(effect);
    const before = this.#effects.get(key);
    const last = this.#marked(effect, before);
    if (before !== undefined) this.#effects.delete(key);
    this.#effects.set(key, last);
    this.#overlay.applyOne(last);
  }

  /** Whether it creates is a question of the whole command, whatever happened to the row in between. */
  #marked(effect: Effect, before: Effect | undefined): Effect {
    if (effect.kind === 'entity-put') {
      const created = this.#created.has(effect.entity.id);
      return created === effect.created ? effect : { ...effect, created };
    }
    // What the command has not touched before is for the whole command what it is now.
    if (effect.kind !== 'association-put' || before === undefined) return effect;
    return { ...effect, created: !this.#held(effect.association) };
  }

  /** Before the command. */
  #held({ from, type, to }: EdgeName): boolean {
    if (this.#created.has(from) || this.#created.has(to)) return false;
    return this.#base.association(from, type, to) !== null;
  }

  /** Made and removed again by this command, or put back to what it was: nobody could tell that it was touched. */
  #isVain(effect: Effect): boolean {
    switch (effect.kind) {
      case 'entity-removed':
        return this.#created.has(effect.id);
      case 'key-removed':
        return this.#base.unique(effect.type, effect.key) === null;
      case 'association-removed':
        return !this.#held(effect);
      case 'count-put':
        return effect.count === (this.#created.has(effect.from) ? 0 : this.#base.count(effect.from, effect.type));
      case 'entity-put':
      case 'key-put':
      case 'association-put':
        return false;
    }
  }
}

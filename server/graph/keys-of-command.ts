import type { CacheKey } from './cache-key.ts';
import type { Command, EntityReference, Operation, PropertyChanges } from './command.ts';
import { associationsFrom } from './declared-associations.ts';
import type { Declarations } from './declarations.ts';
import type { GraphView } from './evaluate-port.ts';
import type { AssociationType, EntityId, EntityType } from './identifiers.ts';
import { smallDeletionEdgesMax } from './limits.ts';

/**
 * What evaluating a (valid) command will look at, as far as the command says, and with a view as far as that view shows: what deleting
 * an entity needs comes to light in steps, first its type, then its counts, then its edges. Keys that the view knows are not repeated.
 */
export function keysOfCommand(command: Command, declarations: Declarations, view?: GraphView): CacheKey[] {
  const collector = new KeyCollector(declarations, view);
  for (const operation of command.operations) collector.addOperation(operation);
  return [...collector.keys.values()];
}

class KeyCollector {
  readonly keys = new Map<string, CacheKey>();
  readonly #declarations: Declarations;
  readonly #view: GraphView | undefined;

  constructor(declarations: Declarations, view: GraphView | undefined) {
    this.#declarations = declarations;
    this.#view = view;
  }

  addOperation(operation: Operation): void {
    switch (operation.kind) {
      case 'create-entity':
        return this.#addUnique(operation.type, operation.properties);
      case 'update-entity':
        return this.#addUpdate(operation);
      case 'delete-entity':
        return this.#addDeletion(operation);
      case 'add-association':
        this.#addEdge(operation, operation.type);
        return this.#addCounts(operation, operation.type);
      case 'remove-association':
        this.#addEdge(operation, operation.type);
        return this.#addCounts(operation, operation.type);
      case 'change-association-type':
        this.#addEdge(operation, operation.type);
        this.#addEdge(operation, operation.newType);
        this.#addCounts(operation, operation.type);
        return this.#addCounts(operation, operation.newType);
    }
  }

  #addUpdate(operation: Extract<Operation, { kind: 'update-entity' }>): void {
    this.#addEntity(operation.id);
    const type = operation.expectedType ?? this.#typeOf(operation.id);
    if (type !== null) this.#addUnique(type, operation.properties);
  }

  #addDeletion(operation: Extract<Operation, { kind: 'delete-entity' }>): void {
    const { id } = operation;
    if (typeof id !== 'number') return;
    this.#addEntity(id);
    const type = this.#typeOf(id) ?? operation.expectedType;
    if (type === null) return;
    const associations = associationsFrom(this.#declarations, type);
    for (const { type: association } of associations) this.#addCount(id, association);
    this.#addEdgesOf(
      id,
      associations.map((association) => association.type),
    );
  }

  /** The edges of an entity that is small enough to be deleted at once, and the counts at their other ends. */
  #addEdgesOf(id: EntityId, types: readonly AssociationType[]): void {
    const counts = types.map((type) => this.#view?.count(id, type) ?? Number.NaN);
    const edges = counts.reduce((sum, count) => sum + count, 0);
    // NaN, while a count is unknown, is not within the bound either.
    if (!(edges <= smallDeletionEdgesMax)) return;
    types.forEach((type, place) => {
      const length = (counts[place] ?? 0) + 1;
      if (length === 1) return;
      const stretch = this.#view?.list(id, type, length);
      if (stretch === undefined) this.#add(`list ${id} ${type}`, { kind: 'list', from: id, type, length });
      const inverse = this.#declarations.associations.get(type)?.inverse ?? null;
      if (inverse !== null) for (const edge of stretch?.edges ?? []) this.#addCount(edge.to, inverse);
    });
  }

  #addEdge(edge: { readonly from: EntityReference; readonly to: EntityReference }, type: AssociationType): void {
    const { from, to } = edge;
    this.#addEntity(from);
    this.#addEntity(to);
    // An entity that this very command creates has no edges that anyone could know of.
    if (typeof from !== 'number' || typeof to !== 'number') return;
    if (this.#view?.association(from, type, to) !== undefined) return;
    this.#add(`association ${from} ${type} ${to}`, { kind: 'association', from, type, to });
  }

  #addCounts(edge: { readonly from: EntityReference; readonly to: EntityReference }, type: AssociationType): void {
    if (typeof edge.from === 'number') this.#addCount(edge.from, type);
    const inverse = this.#declarations.associations.get(type)?.inverse ?? null;
    if (typeof edge.to === 'number' && inverse !== null) this.#addCount(edge.to, inverse);
  }

  #addEntity(reference: EntityReference): void {
    if (typeof reference !== 'number' || this.#view?.entity(reference) !== undefined) return;
    this.#add(`entity ${reference}`, { kind: 'entity', id: reference });
  }

  #addCount(from: EntityId, type: AssociationType): void {
    if (this.#view?.count(from, type) !== undefined) return;
    this.#add(`count ${from} ${type}`, { kind: 'count', from, type });
  }

  #addUnique(type: EntityType, properties: PropertyChanges): void {
    const property = this.#declarations.entities.get(type)?.key ?? null;
    const key = property !== null && Object.hasOwn(properties, property) ? properties[property] : null;
    if (typeof key !== 'string' || this.#view?.unique(type, key) !== undefined) return;
    this.#add(`unique ${type} ${key}`, { kind: 'unique', type, key });
  }

  #typeOf(reference: EntityReference): EntityType | null {
    return typeof reference === 'number' ? (this.#view?.entity(reference)?.type ?? null) : null;
  }

  #add(text: string, key: CacheKey): void {
    this.keys.set(text, key);
  }
}

import type { Command, EntityReference, Operation } from '../command.ts';
import type { AssociationDeclaration, Declarations } from '../declarations.ts';
import type { Association, Entity, Properties } from '../entity.ts';
import type { ErrorCode } from '../errors.ts';
import type { EntityId, LogIndex, TimeMs } from '../identifiers.ts';
import type { OperationResult } from '../log-payload.ts';

export type ModelOutcome =
  | { readonly kind: 'done'; readonly results: readonly OperationResult[] }
  | { readonly kind: 'refused'; readonly code: ErrorCode }
  | { readonly kind: 'pending' };

interface Commit {
  readonly index: LogIndex;
  readonly now: TimeMs;
  readonly key: string;
  readonly nextId: () => EntityId;
}

class Refused extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode) {
    super(code);
    this.code = code;
  }
}

/**
 * The graph as simply as it can be said: a list of entities and a list of edges, both directions written down, everything else found by
 * looking through all of them. No effects, no overlay, no counts: the judge of `evaluate`, so it shares no code with it.
 */
export class GraphModel {
  entities: Entity[] = [];
  edges: Association[] = [];
  readonly #declarations: Declarations;

  constructor(declarations: Declarations) {
    this.#declarations = declarations;
  }

  execute(command: Command, commit: Commit): ModelOutcome {
    const before = { entities: [...this.entities], edges: [...this.edges] };
    const results: OperationResult[] = [];
    try {
      for (const operation of command.operations) {
        const result = this.#execute(operation, { commit, results, alone: command.operations.length === 1 });
        if (result === 'pending') return { kind: 'pending' };
        results.push(result);
      }
      return { kind: 'done', results };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.entities = before.entities;
      this.edges = before.edges;
      return { kind: 'refused', code: error.code };
    }
  }

  /** A large deletion, all of its steps at once. */
  finishDeletion(id: EntityId): void {
    this.entities = this.entities.filter((entity) => entity.id !== id);
    this.edges = this.edges.filter(
      (edge) => edge.from !== id && (edge.to !== id || this.#declared(edge.type).inverse === null),
    );
  }

  #execute(
    operation: Operation,
    context: { readonly commit: Commit; readonly results: readonly OperationResult[]; readonly alone: boolean },
  ): OperationResult | 'pending' {
    const { commit, results } = context;
    switch (operation.kind) {
      case 'create-entity':
        return { id: this.#create(operation, commit), type: operation.type, changed: true };
      case 'update-entity':
        return { id: null, changed: this.#update(operation, results, commit) };
      case 'delete-entity':
        return this.#delete(operation, context);
      case 'add-association':
        return { id: null, changed: this.#add(operation, results, commit) };
      case 'remove-association': {
        const { from, to } = this.#ends(operation, results, operation.type);
        return { id: null, changed: this.#cut(from, operation.type, to) };
      }
      case 'change-association-type':
        return { id: null, changed: this.#changeType(operation, results, commit) };
    }
  }

  #create(operation: Extract<Operation, { kind: 'create-entity' }>, commit: Commit): EntityId {
    const properties = withoutNulls(operation.properties);
    this.#refuseTaken(operation.type, properties, null);
    const id = commit.nextId();
    const { now, index } = commit;
    const entity = { id, type: operation.type, properties, createdAt: now, updatedAt: now, version: index };
    this.entities.push({ ...entity, deletingKey: null });
    return id;
  }

  #update(
    operation: Extract<Operation, { kind: 'update-entity' }>,
    results: readonly OperationResult[],
    commit: Commit,
  ): boolean {
    const entity = this.#found(operation.id, operation.expectedType, results);
    if (operation.ifVersion !== null && operation.ifVersion !== entity.version) throw new Refused('CONFLICT');
    for (const declared of this.#declarations.entities.get(entity.type)?.properties.values() ?? []) {
      if (declared.required && operation.properties[declared.name] === null) throw new Refused('BAD_INPUT');
    }
    const properties = withoutNulls({ ...entity.properties, ...operation.properties });
    if (sorted(properties) === sorted(entity.properties)) return false;
    this.#refuseTaken(entity.type, properties, entity.id);
    const changed = { ...entity, properties, updatedAt: commit.now, version: commit.index };
    this.entities = this.entities.map((other) => (other.id === entity.id ? changed : other));
    return true;
  }

  #delete(
    operation: Extract<Operation, { kind: 'delete-entity' }>,
    context: { readonly commit: Commit; readonly results: readonly OperationResult[]; readonly alone: boolean },
  ): OperationResult | 'pending' {
    const entity = this.#found(operation.id, operation.expectedType, context.results);
    if (operation.ifVersion !== null && operation.ifVersion !== entity.version) throw new Refused('CONFLICT');
    if (this.edges.filter((edge) => edge.from === entity.id).length > 200) {
      if (!context.alone) throw new Refused('TOO_LARGE');
      const marked = { ...entity, deletingKey: context.commit.key };
      this.entities = this.entities.map((other) => (other.id === entity.id ? marked : other));
      return 'pending';
    }
    this.finishDeletion(entity.id);
    return { id: null, changed: true };
  }

  #add(
    operation: Extract<Operation, { kind: 'add-association' }>,
    results: readonly OperationResult[],
    commit: Commit,
  ): boolean {
    const { from, to } = this.#ends(operation, results, operation.type);
    const present = this.#edge(from, operation.type, to);
    const time = operation.time ?? commit.now;
    const properties = withoutNulls(operation.properties);
    if (present !== undefined) {
      if (operation.ifPresent === 'keep') return false;
      if (present.time === time && sorted(present.properties) === sorted(properties)) return false;
      this.#cut(from, operation.type, to);
    }
    this.#join(from, operation.type, to, { time, properties, version: commit.index });
    return true;
  }

  #changeType(
    operation: Extract<Operation, { kind: 'change-association-type' }>,
    results: readonly OperationResult[],
    commit: Commit,
  ): boolean {
    const { from, to } = this.#ends(operation, results, operation.type);
    const present = this.#edge(from, operation.type, to);
    if (present === undefined) throw new Refused('NOT_FOUND');
    if (operation.type === operation.newType) return false;
    this.#cut(from, operation.type, to);
    if (this.#edge(from, operation.newType, to) !== undefined) throw new Refused('CONFLICT');
    this.#join(from, operation.newType, to, {
      time: present.time,
      properties: present.properties,
      version: commit.index,
    });
    return true;
  }

  #join(
    from: EntityId,
    type: string,
    to: EntityId,
    content: { readonly time: TimeMs; readonly properties: Properties; readonly version: LogIndex },
  ): void {
    const { single, inverse } = this.#declared(type);
    if (single && this.edges.some((edge) => edge.from === from && edge.type === type)) throw new Refused('CONFLICT');
    if (inverse !== null) {
      const taken =
        this.#declared(inverse).single && this.edges.some((edge) => edge.from === to && edge.type === inverse);
      if (taken) throw new Refused('CONFLICT');
      this.edges.push({ from: to, type: inverse, to: from, ...content });
    }
    this.edges.push({ from, type, to, ...content });
  }

  #cut(from: EntityId, type: string, to: EntityId): boolean {
    const before = this.edges.length;
    const { inverse } = this.#declared(type);
    this.edges = this.edges.filter(
      (edge) =>
        !(edge.from === from && edge.type === type && edge.to === to) &&
        !(edge.from === to && edge.type === inverse && edge.to === from),
    );
    return this.edges.length < before;
  }

  #ends(
    operation: { readonly from: EntityReference; readonly to: EntityReference },
    results: readonly OperationResult[],
    type: string,
  ): { from: EntityId; to: EntityId } {
    const { fromType, toType } = this.#declared(type);
    const from = this.#found(operation.from, fromType, results).id;
    return { from, to: this.#found(operation.to, toType, results).id };
  }

  #found(reference: EntityReference, type: string | null, results: readonly OperationResult[]): Entity {
    const id = typeof reference === 'number' ? reference : results[reference.created]?.id;
    const entity = this.entities.find((candidate) => candidate.id === id);
    if (entity === undefined || entity.deletingKey !== null || (type !== null && entity.type !== type)) {
      throw new Refused('NOT_FOUND');
    }
    return entity;
  }

  #edge(from: EntityId, type: string, to: EntityId): Association | undefined {
    return this.edges.find((edge) => edge.from === from && edge.type === type && edge.to === to);
  }

  #refuseTaken(type: string, properties: Properties, self: EntityId | null): void {
    const key = this.#declarations.entities.get(type)?.key ?? null;
    if (key === null || properties[key] === undefined) return;
    const taken = this.entities.some(
      (other) => other.type === type && other.id !== self && other.properties[key] === properties[key],
    );
    if (taken) throw new Refused('CONFLICT');
  }

  #declared(type: string): AssociationDeclaration {
    const declaration = this.#declarations.associations.get(type);
    if (declaration === undefined) throw new Error(`no ${type}`);
    return declaration;
  }
}

function withoutNulls(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));
}

function sorted(properties: Properties): string {
  return JSON.stringify(Object.entries(properties).sort(([left], [right]) => (left < right ? -1 : 1)));
}

import type { Command, Operation, PropertyChanges } from '../command.ts';
import type { Entity } from '../entity.ts';
import { evaluate, type Evaluation } from '../evaluate.ts';
import { idsPerEntryMax, type EntityId, type LogIndex } from '../identifiers.ts';
import { deletionStep } from '../large-deletion.ts';
import { validateCommand } from '../validate.ts';
import { ReplayedGraph } from './replayed-graph.ts';
import { socialDeclarations } from './social-declarations.ts';

/** A graph for examples: each command is an entry of its own, at log time 1000 × its index. */
export class SocialGraph {
  readonly replayed = new ReplayedGraph();
  #index = 0;

  get index(): LogIndex {
    return this.#index as LogIndex;
  }

  run(...operations: Operation[]): Evaluation {
    const command: Command = { operations };
    validateCommand(command, socialDeclarations);
    this.#index += 1;
    let place = 0;
    const evaluation = evaluate({
      view: this.replayed,
      command,
      key: `key-${this.#index}`,
      now: this.#index * 1000,
      index: this.index,
      nextId: () => (this.#index * idsPerEntryMax + place++) as EntityId,
      declarations: socialDeclarations,
    });
    this.replayed.apply(evaluation.effects);
    return evaluation;
  }

  /** The code of the refusal, or null. */
  codeOf(...operations: Operation[]): string | null {
    const { outcome } = this.run(...operations);
    return outcome.kind === 'refused' ? outcome.code : null;
  }

  deletionStep(id: EntityId, effectsMax?: number): ReturnType<typeof deletionStep> {
    this.#index += 1;
    const place = { index: this.index, now: this.#index * 1000 };
    const options = { view: this.replayed, id, declarations: socialDeclarations, ...place };
    const step = deletionStep(effectsMax === undefined ? options : { ...options, effectsMax });
    this.replayed.apply(step.effects);
    return step;
  }

  user(handle: string, properties: PropertyChanges = {}): EntityId {
    return this.#create({ kind: 'create-entity', type: 'User', properties: { handle, name: handle, ...properties } });
  }

  status(text: string): EntityId {
    return this.#create({ kind: 'create-entity', type: 'Status', properties: { text } });
  }

  photo(): EntityId {
    return this.#create({ kind: 'create-entity', type: 'Photo', properties: {} });
  }

  entity(id: EntityId): Entity {
    const entity = this.replayed.entity(id);
    if (entity === null) throw new Error(`there is no ${id}`);
    return entity;
  }

  #create(operation: Operation): EntityId {
    const { outcome } = this.run(operation);
    const id = outcome.kind === 'done' ? outcome.results[0]?.id : null;
    if (typeof id !== 'number') throw new Error(`not created: ${JSON.stringify(outcome)}`);
    return id;
  }
}

export function join(
  from: EntityId | { readonly created: number },
  type: string,
  to: EntityId | { readonly created: number },
  more: Partial<Extract<Operation, { kind: 'add-association' }>> = {},
): Operation {
  return { kind: 'add-association', from, type, to, time: null, properties: {}, ifPresent: 'keep', ...more };
}

export function cut(from: EntityId, type: string, to: EntityId): Operation {
  return { kind: 'remove-association', from, type, to };
}

export function change(
  id: EntityId,
  properties: PropertyChanges,
  more: Partial<Extract<Operation, { kind: 'update-entity' }>> = {},
): Operation {
  return { kind: 'update-entity', id, expectedType: null, ifVersion: null, properties, ...more };
}

export function remove(id: EntityId, more: Partial<Extract<Operation, { kind: 'delete-entity' }>> = {}): Operation {
  return { kind: 'delete-entity', id, expectedType: null, ifVersion: null, ...more };
}

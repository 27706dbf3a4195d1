import type { Command, Operation } from './command.ts';
import type { Declarations } from './declarations.ts';
import type { Effect } from './effect.ts';
import { GraphError } from './errors.ts';
import { addAssociation, changeAssociationType, removeAssociation } from './evaluate-association.ts';
import { createEntity, deleteEntity, updateEntity } from './evaluate-entity.ts';
import { KeysMissing, type GraphView } from './evaluate-port.ts';
import { GraphDraft } from './graph-draft.ts';
import type { EntityId, LogIndex, TimeMs } from './identifiers.ts';
import { keysOfCommand } from './keys-of-command.ts';
import { effectsPerCommandMax } from './limits.ts';
import type { OperationResult, Outcome } from './log-payload.ts';
import { largeDeletion, type OperationContext } from './operation-context.ts';
import { Refusal } from './refusal.ts';

export interface EvaluateOptions {
  /** The graph at the end of the leader's log. */
  readonly view: GraphView;
  /** Validated before (`validateCommand`). */
  readonly command: Command;
  /** The idempotency key; the mark of a large deletion holds it. */
  readonly key: string;
  /** Log time and index of the entry that will hold the command. */
  readonly now: TimeMs;
  readonly index: LogIndex;
  /** Called once for each entity that is created. What it gave is void when evaluate throws or refuses. */
  readonly nextId: () => EntityId;
  readonly declarations: Declarations;
}

/** What is logged of a command, besides its key and hash. A refusal has no effects; a large deletion has one, its mark. */
export interface Evaluation {
  readonly outcome: Outcome;
  readonly effects: readonly Effect[];
}

/**
 * Turns a command into effects: all of its operations or none. Pure but for `nextId`. Throws KeysMissing for what the view does not know;
 * everything that the graph refuses is an outcome.
 */
export function evaluate(options: EvaluateOptions): Evaluation {
  try {
    return evaluateKnown(options);
  } catch (error) {
    if (!(error instanceof KeysMissing)) throw error;
    // It stopped at the first look that failed; whoever fetches wants to hear of all at once.
    const missing = keysOfCommand(options.command, options.declarations, options.view);
    throw missing.length > 0 ? new KeysMissing(missing) : error;
  }
}

function evaluateKnown(options: EvaluateOptions): Evaluation {
  const { view, command, declarations, index, now } = options;
  const draft = new GraphDraft({ view, declarations, index, now });
  const results: OperationResult[] = [];
  const alone = command.operations.length === 1;
  const context: OperationContext = { draft, results, key: options.key, nextId: options.nextId, alone };
  try {
    for (const operation of command.operations) {
      const result = evaluateOperation(operation, context);
      if (result === largeDeletion) return { outcome: { kind: 'pending' }, effects: draft.takeEffects() };
      results.push(result);
      if (draft.effectsCount > effectsPerCommandMax) {
        throw new Refusal('TOO_LARGE', `the command changes more than ${effectsPerCommandMax} things at once`);
      }
    }
  } catch (error) {
    // A check that the type of an entity calls for, and that only the graph could tell, refuses with a GraphError.
    if (!(error instanceof Refusal) && !(error instanceof GraphError)) throw error;
    return { outcome: { kind: 'refused', code: error.code, message: error.message }, effects: [] };
  }
  return { outcome: { kind: 'done', results }, effects: draft.takeEffects() };
}

function evaluateOperation(operation: Operation, context: OperationContext): OperationResult | typeof largeDeletion {
  switch (operation.kind) {
    case 'create-entity':
      return createEntity(operation, context);
    case 'update-entity':
      return updateEntity(operation, context);
    case 'delete-entity':
      return deleteEntity(operation, context);
    case 'add-association':
      return addAssociation(operation, context);
    case 'remove-association':
      return removeAssociation(operation, context);
    case 'change-association-type':
      return changeAssociationType(operation, context);
  }
}

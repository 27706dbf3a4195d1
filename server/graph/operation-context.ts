import type { EntityReference } from './command.ts';
import type { Entity } from './entity.ts';
import { assert } from './errors.ts';
import type { GraphDraft } from './graph-draft.ts';
import type { EntityId, EntityType } from './identifiers.ts';
import type { OperationResult } from './log-payload.ts';
import { Refusal } from './refusal.ts';

/** What an operation works with: the draft, what earlier operations created, and what only the leader can give. */
export interface OperationContext {
  readonly draft: GraphDraft;
  readonly results: readonly OperationResult[];
  readonly key: string;
  readonly nextId: () => EntityId;
  /** The command is this operation alone, so it may become a large deletion. */
  readonly alone: boolean;
}

/** An operation that cannot be done in one commit. */
export const largeDeletion = 'large-deletion';

/** NOT_FOUND too for another type than the client's id says, and for one that is being deleted. */
export function existingEntity(
  context: OperationContext,
  reference: EntityReference,
  expectedType: EntityType | null,
): Entity {
  const id = resolveReference(context, reference);
  const entity = context.draft.entity(id);
  if (entity === null || (expectedType !== null && entity.type !== expectedType)) {
    throw new Refusal('NOT_FOUND', `there is no ${expectedType ?? 'entity'} ${id}`);
  }
  if (entity.deletingKey !== null) throw new Refusal('NOT_FOUND', `${nameOf(entity)} is being deleted`);
  return entity;
}

function resolveReference(context: OperationContext, reference: EntityReference): EntityId {
  if (typeof reference === 'number') return reference;
  const id = context.results[reference.created]?.id ?? null;
  assert(id !== null, `#${reference.created} creates nothing, which validation refuses`);
  return id;
}

export function nameOf(entity: Entity): string {
  return `${entity.type} ${entity.id}`;
}

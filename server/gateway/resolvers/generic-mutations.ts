/** Mutations of any declared entity and association type. */
import type {
  MutationAddAssociationArgs,
  MutationBatchArgs,
  MutationChangeAssociationTypeArgs,
  MutationCreateEntityArgs,
  MutationDeleteEntityArgs,
  MutationRemoveAssociationArgs,
  MutationUpdateEntityArgs,
} from '#schema/generated/server.ts';
import type { EntityReference, Operation } from '#server/graph/command.ts';
import type { Association, Entity } from '#server/graph/entity.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { EntityId } from '#server/graph/identifiers.ts';
import { operationsMax } from '#server/graph/limits.ts';
import type { Commit } from '#server/cluster/node-service.ts';
import type { MaybePromise } from '../execution/maybe-promise.ts';
import type { OperationContext } from '../execution/operation-context.ts';
import * as commands from './commands.ts';
import { createdIds } from './mutation-outcome.ts';
import type { FieldResolvers } from './resolver.ts';

export const genericMutations: FieldResolvers = {
  createEntity: (_: unknown, { input }: MutationCreateEntityArgs, context: OperationContext, info) =>
    context.once(info, async () => {
      const { commit, results } = await context.mutate(
        { operations: [commands.createEntity(input)] },
        input.idempotencyKey,
      );
      return { entity: results[0]?.id ?? null, commit };
    }),
  updateEntity: (_: unknown, { input }: MutationUpdateEntityArgs, context: OperationContext, info) =>
    context.once(info, async () => {
      const operation = commands.updateEntity(input);
      const { commit } = await context.mutate({ operations: [operation] }, input.idempotencyKey);
      return { entity: operation.kind === 'update-entity' ? operation.id : null, commit };
    }),
  deleteEntity: (_: unknown, { input }: MutationDeleteEntityArgs, context: OperationContext, info) =>
    context.once(info, async () => {
      const { commit } = await context.mutate(
        { operations: [commands.deleteEntity(input, null)] },
        input.idempotencyKey,
      );
      return { deletedId: input.id, commit };
    }),
  addAssociation: (_: unknown, { input }: MutationAddAssociationArgs, context: OperationContext, info) =>
    context.once(info, () => changeAssociation(context, commands.addAssociation(input, context.declarations), input)),
  removeAssociation: (_: unknown, { input }: MutationRemoveAssociationArgs, context: OperationContext, info) =>
    context.once(info, () =>
      changeAssociation(context, commands.removeAssociation(input, context.declarations), input),
    ),
  changeAssociationType: (_: unknown, { input }: MutationChangeAssociationTypeArgs, context: OperationContext, info) =>
    context.once(info, () =>
      changeAssociation(context, commands.changeAssociationType(input, context.declarations), input),
    ),
  batch: (_: unknown, { input }: MutationBatchArgs, context: OperationContext, info) =>
    context.once(info, async () => {
      if (input.operations.length > operationsMax)
        throw new GraphError(
          'TOO_LARGE',
          `a batch takes at most ${operationsMax} operations, not ${input.operations.length}`,
        );
      const operations = input.operations.map((operation, place) => operationAt(operation, place, context));
      const { commit, results } = await context.mutate({ operations }, input.idempotencyKey);
      return { ids: createdIds(results), commit };
    }),
};

export const entityPayloadResolvers: FieldResolvers = {
  entity: (
    payload: { readonly entity: EntityId | null },
    _args: unknown,
    context: OperationContext,
  ): MaybePromise<Entity | null> => (payload.entity === null ? null : context.reader.entity(payload.entity)),
};

export const associationPayloadResolvers: FieldResolvers = {
  association: (
    payload: AssociationPayload,
    _args: unknown,
    context: OperationContext,
  ): MaybePromise<Association | null> => context.reader.association(payload.from, payload.type, payload.to),
};

interface AssociationPayload {
  readonly from: EntityId;
  /** Of the association as it is afterwards. */
  readonly type: string;
  readonly to: EntityId;
  readonly changed: boolean;
  readonly commit: Commit;
}

async function changeAssociation(
  context: OperationContext,
  operation: Operation,
  input: { readonly idempotencyKey?: string | null },
): Promise<AssociationPayload> {
  if (!('from' in operation)) throw new Error(`${operation.kind} is not an operation on an association`);
  const { commit, results } = await context.mutate({ operations: [operation] }, input.idempotencyKey);
  const type = operation.kind === 'change-association-type' ? operation.newType : operation.type;
  return { from: idIn(operation.from), type, to: idIn(operation.to), changed: results[0]?.changed ?? false, commit };
}

/** Outside of a batch a reference is refused before anything is committed. */
function idIn(reference: EntityReference): EntityId {
  if (typeof reference === 'number') return reference;
  throw new GraphError('BAD_INPUT', `#${reference.created} means something only in a batch`);
}

/** Says which operation was wrong. */
function operationAt(
  operation: MutationBatchArgs['input']['operations'][number],
  place: number,
  context: OperationContext,
): Operation {
  try {
    return commands.batchOperation(operation, context.declarations);
  } catch (error) {
    if (error instanceof GraphError)
      throw new GraphError(error.code, `operations[${place}]: ${error.message}`, error.details);
    throw error;
  }
}

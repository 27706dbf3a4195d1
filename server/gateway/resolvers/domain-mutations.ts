/** Mutations in the words of the domain: users, statuses, friendships, likes. */
import type {
  MutationBefriendArgs,
  MutationCreateUserArgs,
  MutationDeleteStatusArgs,
  MutationDeleteUserArgs,
  MutationLikeStatusArgs,
  MutationPostStatusArgs,
  MutationUnfriendArgs,
  MutationUnlikeStatusArgs,
  MutationUpdateStatusArgs,
  MutationUpdateUserArgs,
} from '#schema/generated/server.ts';
import type { GraphQLResolveInfo } from 'graphql';
import type { Operation } from '#server/graph/command.ts';
import type { EntityId } from '#server/graph/identifiers.ts';
import type { MutationAnswer } from '#server/cluster/node-service.ts';
import type { OperationContext } from '../execution/operation-context.ts';
import { idOfType } from './arguments.ts';
import { deleteEntity, propertiesOf, versionOf } from './commands.ts';
import type { FieldResolvers } from './resolver.ts';

export const domainMutations: FieldResolvers = {
  createUser: (_: unknown, { input }: MutationCreateUserArgs, context: OperationContext, info) =>
    context.once(info, async () => {
      const { handle, name, bio, properties } = input;
      const operation: Operation = {
        kind: 'create-entity',
        type: 'User',
        properties: propertiesOf({ handle, name, bio }, properties),
      };
      const { commit, results } = await context.mutate({ operations: [operation] }, input.idempotencyKey);
      return { user: results[0]?.id ?? null, commit };
    }),
  updateUser: (_: unknown, { input }: MutationUpdateUserArgs, context: OperationContext, info) =>
    context.once(info, async () => {
      const { handle, name, bio, properties } = input;
      const id = idOfType(input.id, 'User', 'id');
      const operation = updateOf({
        id,
        type: 'User',
        properties: propertiesOf({ handle, name, bio }, properties),
        ifVersion: versionOf(input),
      });
      const { commit } = await context.mutate({ operations: [operation] }, input.idempotencyKey);
      return { user: id, commit };
    }),
  deleteUser: (_: unknown, { input }: MutationDeleteUserArgs, context: OperationContext, info) =>
    context.once(info, async () => {
      const { commit } = await context.mutate({ operations: [deleteEntity(input, 'User')] }, input.idempotencyKey);
      return { deletedId: input.id, commit };
    }),
  postStatus: (_: unknown, { input }: MutationPostStatusArgs, context: OperationContext, info) =>
    context.once(info, async () => {
      const { text, properties } = input;
      const author = idOfType(input.author, 'User', 'author');
      const operations: readonly Operation[] = [
        { kind: 'create-entity', type: 'Status', properties: propertiesOf({ text }, properties) },
        {
          kind: 'add-association',
          from: author,
          type: 'posted',
          to: { created: 0 },
          time: null,
          properties: {},
          ifPresent: 'keep',
        },
      ];
      const { commit, results } = await context.mutate({ operations }, input.idempotencyKey);
      return { status: results[0]?.id ?? null, commit };
    }),
  updateStatus: (_: unknown, { input }: MutationUpdateStatusArgs, context: OperationContext, info) =>
    context.once(info, async () => {
      const { text, properties } = input;
      const id = idOfType(input.id, 'Status', 'id');
      const operation = updateOf({
        id,
        type: 'Status',
        properties: propertiesOf({ text }, properties),
        ifVersion: versionOf(input),
      });
      const { commit } = await context.mutate({ operations: [operation] }, input.idempotencyKey);
      return { status: id, commit };
    }),
  deleteStatus: (_: unknown, { input }: MutationDeleteStatusArgs, context: OperationContext, info) =>
    context.once(info, async () => {
      const { commit } = await context.mutate({ operations: [deleteEntity(input, 'Status')] }, input.idempotencyKey);
      return { deletedId: input.id, commit };
    }),
  befriend: (_: unknown, { input }: MutationBefriendArgs, context: OperationContext, info) =>
    changeEdge(context, info, {
      ...friendsOf(input),
      add: { properties: input.properties },
      idempotencyKey: input.idempotencyKey,
    }),
  unfriend: (_: unknown, { input }: MutationUnfriendArgs, context: OperationContext, info) =>
    changeEdge(context, info, { ...friendsOf(input), add: null, idempotencyKey: input.idempotencyKey }),
  likeStatus: (_: unknown, { input }: MutationLikeStatusArgs, context: OperationContext, info) =>
    changeEdge(context, info, {
      ...likeOf(input),
      add: { properties: input.properties },
      idempotencyKey: input.idempotencyKey,
    }),
  unlikeStatus: (_: unknown, { input }: MutationUnlikeStatusArgs, context: OperationContext, info) =>
    changeEdge(context, info, { ...likeOf(input), add: null, idempotencyKey: input.idempotencyKey }),
};

/** Payloads hold ids; what they mean is read when all mutations of the document are through, at the index of the answer. */
export const userPayloadResolvers: FieldResolvers = { user: entityNamed('user') };
export const statusPayloadResolvers: FieldResolvers = { status: entityNamed('status') };
export const friendshipPayloadResolvers: FieldResolvers = {
  user: entityNamed('from'),
  friend: entityNamed('to'),
  edge: (payload: EdgePayload, _args: unknown, context: OperationContext) =>
    context.reader.association(payload.from, payload.type, payload.to),
};
export const likePayloadResolvers: FieldResolvers = {
  user: entityNamed('from'),
  status: entityNamed('to'),
  edge: (payload: EdgePayload, _args: unknown, context: OperationContext) =>
    context.reader.association(payload.from, payload.type, payload.to),
};

interface EdgePayload {
  readonly from: EntityId;
  readonly type: string;
  readonly to: EntityId;
  readonly changed: boolean;
  readonly commit: MutationAnswer['commit'];
}

function entityNamed(field: string): FieldResolvers[string] {
  return (
    payload: Readonly<Record<string, EntityId | null | undefined>>,
    _args: unknown,
    context: OperationContext,
  ) => {
    const id = payload[field] ?? null;
    return id === null ? null : context.reader.entity(id);
  };
}

function updateOf(
  update: Omit<Extract<Operation, { kind: 'update-entity' }>, 'kind' | 'expectedType'> & { readonly type: string },
): Operation {
  const { id, type, properties, ifVersion } = update;
  return { kind: 'update-entity', id, expectedType: type, properties, ifVersion };
}

function friendsOf(input: {
  readonly user: string;
  readonly friend: string;
}): Pick<EdgePayload, 'from' | 'type' | 'to'> {
  return { from: idOfType(input.user, 'User', 'user'), type: 'friend', to: idOfType(input.friend, 'User', 'friend') };
}

function likeOf(input: { readonly user: string; readonly status: string }): Pick<EdgePayload, 'from' | 'type' | 'to'> {
  return { from: idOfType(input.user, 'User', 'user'), type: 'likes', to: idOfType(input.status, 'Status', 'status') };
}

function changeEdge(
  context: OperationContext,
  info: GraphQLResolveInfo,
  change: Pick<EdgePayload, 'from' | 'type' | 'to'> & {
    readonly add: { readonly properties: Readonly<Record<string, unknown>> | null | undefined } | null;
    readonly idempotencyKey: string | null | undefined;
  },
): unknown {
  const { from, type, to, add, idempotencyKey } = change;
  return context.once(info, async (): Promise<EdgePayload> => {
    const operation: Operation =
      add === null
        ? { kind: 'remove-association', from, type, to }
        : {
            kind: 'add-association',
            from,
            type,
            to,
            time: null,
            properties: propertiesOf({}, add.properties),
            ifPresent: 'keep',
          };
    const { commit, results } = await context.mutate({ operations: [operation] }, idempotencyKey);
    return { from, type, to, changed: results[0]?.changed ?? false, commit };
  });
}

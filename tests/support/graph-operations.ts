import type { InstafaceNode } from '#server/cluster/instaface-node.ts';
import type { Consistency, MutationAnswer, ReadSession } from '#server/cluster/node-service.ts';
import type { CacheKey, StoreQuery } from '#server/graph/cache-key.ts';
import type { Operation } from '#server/graph/command.ts';
import type { EntityId, LogIndex } from '#server/graph/identifiers.ts';

/** What a test does to the graph through one node, without GraphQL. */
export function mutate(
  node: InstafaceNode,
  operations: readonly Operation[],
  idempotencyKey: string | null = null,
): Promise<MutationAnswer> {
  return node.mutate({ command: { operations }, idempotencyKey, requestId: 'test' });
}

export function createUser(node: InstafaceNode, handle: string, key: string | null = null): Promise<MutationAnswer> {
  return mutate(node, [{ kind: 'create-entity', type: 'User', properties: { handle, name: handle } }], key);
}

export function befriend(
  node: InstafaceNode,
  from: EntityId,
  to: EntityId,
  key: string | null = null,
): Promise<MutationAnswer> {
  const edge = { from, type: 'friend', to, time: null, properties: {} } as const;
  return mutate(node, [{ kind: 'add-association', ...edge, ifPresent: 'keep' }], key);
}

export function postStatus(node: InstafaceNode, author: EntityId, text: string): Promise<MutationAnswer> {
  return mutate(node, [
    { kind: 'create-entity', type: 'Status', properties: { text } },
    {
      kind: 'add-association',
      from: author,
      type: 'posted',
      to: { created: 0 },
      time: null,
      properties: {},
      ifPresent: 'keep',
    },
  ]);
}

export function deleteEntity(node: InstafaceNode, id: EntityId, key: string | null = null): Promise<MutationAnswer> {
  return mutate(node, [{ kind: 'delete-entity', id, expectedType: null, ifVersion: null }], key);
}

export function idOf(answer: MutationAnswer): EntityId {
  const id = answer.results[0]?.id ?? null;
  if (id === null) throw new Error('nothing was created');
  return id;
}

/** What a run could not answer. */
export interface Misses {
  readonly keys: CacheKey[];
  readonly queries: StoreQuery[];
}

export interface ReadOutcome<Value> {
  readonly value: Value;
  readonly session: ReadSession;
  readonly runs: number;
}

/** What the gateway does: the same look again and again, with a fill for the misses, until one run met none. */
export async function read<Value>(
  node: InstafaceNode,
  look: (session: ReadSession, misses: Misses) => Value,
  options: { readonly consistency?: Consistency; readonly atLeast?: LogIndex; readonly deadlineMs?: number } = {},
): Promise<ReadOutcome<Value>> {
  const { consistency = 'SESSION', atLeast = 0 as LogIndex, deadlineMs = 5_000 } = options;
  const session = await node.openRead({ consistency, atLeast, deadlineMs });
  try {
    for (let runs = 1; runs <= 8; runs++) {
      session.beginRun();
      const misses: Misses = { keys: [], queries: [] };
      const value = look(session, misses);
      if (misses.keys.length + misses.queries.length > 0) await session.fetch(misses.keys, misses.queries);
      if (await session.endRun()) return { value, session, runs };
    }
  } finally {
    session.close();
  }
  throw new Error('after 8 runs there is no answer');
}

export async function handleOf(
  node: InstafaceNode,
  id: EntityId,
  options: Parameters<typeof read>[2] = {},
): Promise<string | null> {
  const { value } = await read(
    node,
    (session, misses) => {
      const entity = session.entity(id);
      if (entity === undefined) misses.keys.push({ kind: 'entity', id });
      const handle = entity?.properties['handle'];
      return typeof handle === 'string' ? handle : null;
    },
    options,
  );
  return value;
}

export async function friendCount(
  node: InstafaceNode,
  from: EntityId,
  options: Parameters<typeof read>[2] = {},
): Promise<number> {
  const { value } = await read(
    node,
    (session, misses) => {
      const count = session.count(from, 'friend');
      if (count === undefined) misses.keys.push({ kind: 'count', from, type: 'friend' });
      return count ?? 0;
    },
    options,
  );
  return value;
}

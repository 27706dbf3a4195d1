// Goal: what the design promises of a cluster, seen at the service of each node. Method: three real nodes in one process (see InProcessCluster).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InstafaceNode } from '#server/cluster/instaface-node.ts';
import type { MutationAnswer, ReadSession } from '#server/cluster/node-service.ts';
import type { CacheKey, StoreQuery } from '#server/graph/cache-key.ts';
import type { EntityId, LogIndex } from '#server/graph/identifiers.ts';
import { InProcessCluster } from '../support/in-process-cluster.ts';

const none = 0 as LogIndex;

function createUser(node: InstafaceNode, handle: string, key: string | null = null): Promise<MutationAnswer> {
  return node.mutate({
    command: { operations: [{ kind: 'create-entity', type: 'User', properties: { handle, name: handle } }] },
    idempotencyKey: key,
    requestId: 'test',
  });
}

function idOf(answer: MutationAnswer): EntityId {
  const id = answer.results[0]?.id ?? null;
  if (id === null) throw new Error('nothing was created');
  return id;
}

/** What the gateway does: runs until one met no miss. */
async function read<Value>(
  node: InstafaceNode,
  look: (session: ReadSession, miss: { keys: CacheKey[]; queries: StoreQuery[] }) => Value,
  options: { consistency?: 'LOCAL' | 'SESSION' | 'LINEARIZABLE'; atLeast?: LogIndex } = {},
): Promise<{ value: Value; session: ReadSession }> {
  const { consistency = 'SESSION', atLeast = none } = options;
  const session = await node.openRead({ consistency, atLeast, deadlineMs: 5_000 });
  for (let run = 0; run < 8; run++) {
    session.beginRun();
    const miss = { keys: [], queries: [] };
    const value = look(session, miss);
    await session.fetch(miss.keys, miss.queries);
    if (await session.endRun()) return { value, session };
  }
  throw new Error('after 8 runs there is no answer');
}

async function handleOf(node: InstafaceNode, id: EntityId): Promise<unknown> {
  const { value } = await read(node, (session, miss) => {
    const entity = session.entity(id);
    if (entity === undefined) miss.keys.push({ kind: 'entity', id });
    return entity?.properties['handle'] ?? null;
  });
  return value;
}

describe('a healthy cluster', () => {
  let cluster: InProcessCluster;
  beforeAll(async () => {
    cluster = await InProcessCluster.start();
  });
  afterAll(() => cluster.close());

  test('shows a mutation at once on the node that took it', async () => {
    for (const node of cluster.running) {
      const answer = await createUser(node, `at-${node.nodeId}`);
      expect(await handleOf(node, idOf(answer))).toBe(`at-${node.nodeId}`);
    }
    expect(cluster.ends).toEqual([]);
  });
});

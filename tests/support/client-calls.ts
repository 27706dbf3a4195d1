// What clients of a node do, in a simulation and beside it, and what they keep of the answers for the judges.
import type { NodeService, ReadOptions, ReadSession } from '#server/cluster/node-service.ts';
import type { CacheKey, CacheValue } from '#server/graph/cache-key.ts';
import type { GraphError } from '#server/graph/errors.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { MutationTold, ReadTold } from '#tests/simulation/cluster/judges/cluster-hearing.ts';

export interface LookThrough {
  readonly keys: readonly CacheKey[];
  readonly options: ReadOptions;
  readonly runsMax: number;
  /** Other turns of the loop that come in between, as they do while GraphQL resolves; null: none now. */
  readonly otherTurns: (run: number) => Promise<void> | null;
}

/** As the gateway does it: the same look again until a run met no miss and stood still. Null: it never did. Rejects as the session does. */
export async function lookThrough(
  node: Pick<NodeService, 'openRead'>,
  { keys, options, runsMax, otherTurns }: LookThrough,
): Promise<Pick<ReadTold, 'index' | 'values'> | null> {
  let session: ReadSession | null = null;
  try {
    session = await node.openRead(options);
    for (let run = 0; run < runsMax; run++) {
      session.beginRun();
      const values: { key: CacheKey; value: CacheValue }[] = [];
      const missing: CacheKey[] = [];
      for (const key of keys) {
        const value = lookUp(session, key);
        if (value === undefined) missing.push(key);
        else values.push({ key, value });
        const turns = otherTurns(run);
        if (turns !== null) await turns;
      }
      if (missing.length > 0) await session.fetch(missing, []);
      if ((await session.endRun()) && missing.length === 0) return { index: session.index(), values };
    }
    return null;
  } finally {
    session?.close();
  }
}

/** What a client is told by an error that a healthy node may answer a mutation with. */
export function refusalTold({ code, details }: GraphError): MutationTold['answer'] {
  const { commit } = details;
  if (typeof commit === 'object' && commit !== null && 'index' in commit && typeof commit.index === 'number')
    return { kind: 'refused', code, index: commit.index as LogIndex };
  return code === 'OUTCOME_UNKNOWN' ? { kind: 'unknown' } : { kind: 'rejected', code };
}

function lookUp(session: ReadSession, key: CacheKey): CacheValue | undefined {
  switch (key.kind) {
    case 'entity': {
      const entity = session.entity(key.id);
      return entity === undefined ? undefined : { kind: 'entity', entity };
    }
    case 'unique': {
      const id = session.unique(key.type, key.key);
      return id === undefined ? undefined : { kind: 'unique', id };
    }
    case 'association': {
      const association = session.association(key.from, key.type, key.to);
      return association === undefined ? undefined : { kind: 'association', association };
    }
    case 'count': {
      const count = session.count(key.from, key.type);
      return count === undefined ? undefined : { kind: 'count', count };
    }
    case 'list': {
      const stretch = session.list(key.from, key.type, key.length);
      return stretch === undefined ? undefined : { kind: 'list', stretch };
    }
  }
}

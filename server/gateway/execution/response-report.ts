import type { LogIndex } from '#server/graph/identifiers.ts';
import type { NodeRole, NodeService, ReadSession } from '#server/cluster/node-service.ts';

/** What every response says of itself in `extensions.instaface`. */
export interface ResponseReport {
  readonly node: string;
  readonly role: NodeRole;
  readonly term: number;
  /** The log index that the answer is true at, as a decimal string. */
  readonly index: string;
  /** Since the leader was last heard: how stale a LOCAL answer may be. 0 on the leader, null: never heard. */
  readonly leaderHeardMs: number | null;
  readonly cacheHits: number;
  readonly cacheMisses: number;
  readonly leaderFetches: number;
  readonly databaseFetches: number;
  readonly runs: number;
  readonly ms: { readonly total: number; readonly wait: number; readonly fetch: number; readonly execute: number };
}

export function reportOf(options: {
  readonly service: NodeService;
  readonly session: ReadSession | null;
  /** Of the operation's own mutations: an operation that read nothing afterwards is of this index all the same. */
  readonly latestCommit: LogIndex;
  readonly runs: number;
  readonly totalMs: number;
}): ResponseReport {
  const { service, session, latestCommit, runs, totalMs } = options;
  const { role, term, appliedIndex, leaderHeardMs } = service.standing();
  const cost = session?.cost();
  const waitMs = cost?.waitMs ?? 0;
  const fetchMs = cost?.fetchMs ?? 0;
  return {
    node: service.nodeId,
    role,
    term,
    index: String(Math.max(session?.index() ?? appliedIndex, latestCommit)),
    leaderHeardMs,
    cacheHits: cost?.cacheHits ?? 0,
    cacheMisses: cost?.cacheMisses ?? 0,
    leaderFetches: cost?.leaderFetches ?? 0,
    databaseFetches: cost?.databaseFetches ?? 0,
    runs,
    ms: {
      total: rounded(totalMs),
      wait: rounded(waitMs),
      fetch: rounded(fetchMs),
      execute: rounded(Math.max(0, totalMs - waitMs - fetchMs)),
    },
  };
}

/** To microseconds. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

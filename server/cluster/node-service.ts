/** What the gateway sees of a node: types only, and nothing of how the cluster does it. */
import type { CacheKey, ListStretch, StoreQuery, StoreResult } from '#server/graph/cache-key.ts';
import type { Association, Entity } from '#server/graph/entity.ts';
import type { Command } from '#server/graph/command.ts';
import type { Effect } from '#server/graph/effect.ts';
import type {
  AssociationType,
  EntityId,
  EntityType,
  LogIndex,
  NodeId,
  Term,
  TimeMs,
} from '#server/graph/identifiers.ts';
import type { OperationResult, RecordedMutation } from '#server/graph/log-payload.ts';
import type { ClusterEventsOptions, ToldEvent } from './cluster-event.ts';
import type { MembershipChange } from './membership.ts';

export type Consistency = 'LOCAL' | 'SESSION' | 'LINEARIZABLE';

export interface ReadOptions {
  readonly consistency: Consistency;
  /** The answer must include this commit; 0: none asked for. */
  readonly atLeast: LogIndex;
  /** Milliseconds for the whole operation. */
  readonly deadlineMs: number;
}

/** The commit that holds a mutation. */
export interface Commit {
  readonly index: LogIndex;
  readonly term: Term;
  readonly leader: NodeId;
  /** The key was known: this is the first result again. */
  readonly replayed: boolean;
  readonly time: TimeMs;
}

export interface MutationAnswer {
  readonly commit: Commit;
  readonly results: readonly OperationResult[];
}

export interface MutationRequest {
  readonly command: Command;
  /** Null: the node makes a UUIDv7. */
  readonly idempotencyKey: string | null;
  readonly requestId: string;
}

/** What an operation cost, for `extensions.instaface`. */
export interface ReadCost {
  readonly cacheHits: number;
  readonly cacheMisses: number;
  /** Fills sent to the leader, and SQL statements sent to the database for this operation. */
  readonly leaderFetches: number;
  readonly databaseFetches: number;
  readonly waitMs: number;
  readonly fetchMs: number;
}

/**
 * The reads of one GraphQL operation. Look-ups are synchronous and answer what is known at this node's applied index: a value, null for
 * known absence, undefined for a miss. Misses are fetched many at a time; what was fetched stays with the session, rolled forward with the log.
 *
 * A run of the operation that met no miss and in which the applied index did not move is an answer at exactly one index. Any other run
 * must be repeated: `beginRun`, execute, `endRun` until it returns true.
 */
export interface ReadSession {
  entity(id: EntityId): Entity | null | undefined;
  unique(type: EntityType, key: string): EntityId | null | undefined;
  association(from: EntityId, type: AssociationType, to: EntityId): Association | null | undefined;
  count(from: EntityId, type: AssociationType): number | undefined;
  list(from: EntityId, type: AssociationType, length: number): ListStretch | undefined;
  query(query: StoreQuery): StoreResult | undefined;
  /** One fill. Rejects with a GraphError (NO_LEADER, DATABASE_UNAVAILABLE, DATABASE_BEHIND, DEADLINE_EXCEEDED, OVERLOADED). */
  fetch(keys: readonly CacheKey[], queries: readonly StoreQuery[]): Promise<void>;
  /** From here on the answer must include this commit too (after a mutation of the same document). Waits until it is applied. */
  advance(index: LogIndex): Promise<void>;
  beginRun(): void;
  /** True: the run is an answer at `index()`. False: run again, after waiting for what the fills were labelled with. */
  endRun(): Promise<boolean> | boolean;
  /** The applied index of the last run. */
  index(): LogIndex;
  cost(): ReadCost;
  close(): void;
}

/** One applied entry, for subscriptions. `gone`: the log no longer reaches back, or the node jumped by a snapshot. */
export type ChangeEvent =
  | { readonly kind: 'commit'; readonly commit: Commit; readonly effects: readonly Effect[] }
  | { readonly kind: 'gone'; readonly index: LogIndex };

export type NodeRole = 'FOLLOWER' | 'PRE_CANDIDATE' | 'CANDIDATE' | 'LEADER' | 'LEARNER';

export interface CacheReport {
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly leaderFetches: number;
  readonly databaseFetches: number;
}

export interface LogEntryReport {
  readonly index: LogIndex;
  readonly term: Term;
  readonly kind: 'MUTATIONS' | 'CONFIGURATION' | 'LEADER_START' | 'EXPIRY';
  readonly committed: boolean;
  readonly mutations: number;
  readonly summary: string;
  /** Global ids (`encodeGlobalId`), since a number alone does not say its type; empty unless committed. */
  readonly entityIds: readonly string[];
}

/** What a node says of itself. */
export interface NodeReport {
  readonly id: NodeId;
  readonly publicUrl: string;
  readonly role: NodeRole;
  readonly voter: boolean;
  readonly term: Term;
  readonly votedFor: NodeId | null;
  readonly knownLeader: NodeId | null;
  readonly firstIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly commitIndex: LogIndex;
  readonly appliedIndex: LogIndex;
  readonly plugged: boolean;
  /** Its log lost entries: it does not vote before it has them again. Absent from v0.1. */
  readonly repairing?: boolean;
  readonly cache: CacheReport;
  readonly uptimeSeconds: number;
  readonly version: string;
  readonly log: readonly LogEntryReport[];
  /** One direction each, from this node. matchIndex and nextIndex where it leads. */
  readonly links: readonly {
    readonly to: NodeId;
    readonly connected: boolean;
    readonly roundTripMs: number | null;
    readonly matchIndex: LogIndex | null;
    readonly nextIndex: LogIndex | null;
  }[];
  /** Only from a leader. */
  readonly database: DatabaseReport | null;
  readonly commits: CommitReport | null;
}

export interface DatabaseReport {
  readonly kind: string;
  readonly available: boolean;
  readonly materializedIndex: LogIndex;
  /** Entries committed and not yet in the database. */
  readonly behind: number;
}

/** Over the last ten seconds. */
export interface CommitReport {
  readonly mutationsPerSecond: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

export interface ClusterMember {
  readonly report: NodeReport;
  /** The answering node hears it now. */
  readonly reachable: boolean;
  readonly lastHeardAt: TimeMs | null;
}

/** The merged view of the answering node: what a node says of itself wins over what others say. */
export interface ClusterState {
  readonly id: string;
  readonly term: Term;
  readonly leader: NodeId | null;
  readonly hasQuorum: boolean;
  readonly commitIndex: LogIndex;
  readonly members: readonly ClusterMember[];
  readonly database: DatabaseReport;
  readonly commits: CommitReport;
}

export interface NodeHealth {
  readonly ready: boolean;
  readonly node: NodeId;
  readonly cluster: string;
  readonly role: NodeRole;
  readonly term: Term;
  readonly leader: NodeId | null;
  readonly commitIndex: LogIndex;
  readonly appliedIndex: LogIndex;
  /** On the leader how far the database is, as announced elsewhere. */
  readonly materializedIndex: LogIndex;
  /** Why it is not ready; empty when it is. */
  readonly reasons: readonly string[];
  /** What an operator should know though it serves. */
  readonly degraded: readonly string[];
}

export interface MutationStatusAnswer {
  readonly status: 'COMMITTED' | 'REFUSED' | 'UNKNOWN' | 'EXPIRED';
  readonly recorded: RecordedMutation | null;
}

/** One node, as the gateway sees it. */
export interface NodeService {
  readonly nodeId: NodeId;
  /** Waits for the index that the consistency asks for; rejects with NO_LEADER or DEADLINE_EXCEEDED. A promise only if it must wait. */
  openRead(options: ReadOptions): Promise<ReadSession> | ReadSession;
  /** Rejects with a GraphError; a refusal that the log holds rejects with its own code. */
  mutate(request: MutationRequest): Promise<MutationAnswer>;
  mutationStatus(idempotencyKey: string): Promise<MutationStatusAnswer>;
  /**
   * Applied commits from `fromCommit` on (inclusive; null: from now on), in order. Ends with `gone` where the log does not reach. A
   * consumer that falls `changeBufferEntriesMax` behind is ended with `gone` as well. Waits when this node is behind `fromCommit`.
   */
  changes(options: { readonly fromCommit: LogIndex | null; readonly signal: AbortSignal }): AsyncIterable<ChangeEvent>;
  clusterState(): ClusterState;
  /** Calls at most ten times a second, only when something changed. Returns the way to stop it. */
  watchCluster(listener: (state: ClusterState) => void): () => void;
  /**
   * What happens at every node, each source in its order. Ends with `gone` where what comes next of a source is not remembered, also
   * for a consumer that is slower than that.
   */
  clusterEvents(options: ClusterEventsOptions): AsyncIterable<ToldEvent>;
  /** Over monitoring, so it reaches an unplugged node too. Rejects with NOT_FOUND for an unknown node, NO_LEADER if it does not answer. */
  setPlugged(node: NodeId, plugged: boolean): Promise<void>;
  setLink(from: NodeId, to: NodeId, connected: boolean): Promise<void>;
  transferLeadership(to: NodeId): Promise<void>;
  /**
   * At the leader, one change at a time. Adding a voter waits until it has caught up. Rejects with NOT_FOUND, CONFLICT, BAD_INPUT,
   * LIMIT_EXCEEDED, NO_LEADER, DEADLINE_EXCEEDED (it did not catch up in time, and stays a learner) or OUTCOME_UNKNOWN.
   */
  changeMembers(change: MembershipChange): Promise<void>;
  health(): NodeHealth;
  /** Role, term, applied index and milliseconds since the leader was last heard (0 on the leader, null: never). */
  standing(): {
    readonly role: NodeRole;
    readonly term: Term;
    readonly appliedIndex: LogIndex;
    readonly leaderHeardMs: number | null;
  };
}

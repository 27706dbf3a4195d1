import type { LabelledValue } from '#server/cache/graph-cache.ts';
import type { CacheKey, CacheValue } from '#server/graph/cache-key.ts';
import type { Declarations } from '#server/graph/declarations.ts';
import type { LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import type { AppliedEntry, OperationResult, RecordedMutation } from '#server/graph/log-payload.ts';
import type { MaterializedMark } from '#server/graph/store-port.ts';
import type { Consistency, MutationStatusAnswer } from '#server/cluster/node-service.ts';
import type { CommittedGraph } from './committed-graph.ts';

/** A running node, as judges may see it: looking changes nothing. */
export interface NodeView {
  readonly id: NodeId;
  /** Counts the starts of this node. */
  readonly life: number;
  /** P. */
  readonly appliedIndex: LogIndex;
  /** What its cache holds of a key and the index that is true at; undefined: nothing. */
  cached(key: CacheKey): LabelledValue | undefined;
  /** Everything that its cache holds. */
  cachedValues(): Iterable<LabelledValue & { readonly key: CacheKey }>;
}

/** Values that a source says are true at `label`: an answer to a fill as it leaves the leader, or an answer of the database. */
export interface Fill {
  readonly from: NodeId | 'database';
  readonly label: LogIndex;
  readonly keys: readonly CacheKey[];
  readonly values: readonly CacheValue[];
}

/** The database, with what its transactions have committed. */
export interface DatabaseView {
  /** Null before the first claim. */
  readonly mark: MaterializedMark | null;
  value(key: CacheKey): CacheValue;
  mutation(key: string): RecordedMutation | null;
}

/** One transaction that the database has committed in this event: `after`+1 … `mark.index`. */
export interface DatabaseWrite {
  readonly by: NodeId;
  readonly epoch: Term;
  readonly after: LogIndex;
  readonly entries: readonly AppliedEntry[];
}

/** What a client was told of a mutation. Copies, which repeat an idempotency key, have answers of their own. */
export interface MutationTold {
  readonly key: string;
  readonly hash: string;
  readonly node: NodeId;
  readonly answer:
    | { readonly kind: 'done'; readonly index: LogIndex; readonly results: readonly OperationResult[] }
    /** `index` null: the answer names no commit. */
    | { readonly kind: 'refused'; readonly code: string; readonly index: LogIndex | null }
    /** Nothing was changed, says the node, and nothing will be. */
    | { readonly kind: 'rejected'; readonly code: string }
    | { readonly kind: 'unknown' };
}

/** The answer of one read session. */
export interface ReadTold {
  readonly node: NodeId;
  readonly consistency: Consistency;
  /** What the session asked to be included: its own last commit. */
  readonly atLeast: LogIndex;
  /** The latest commit that any client had been told of when this read was asked for. */
  readonly acknowledgedBefore: LogIndex;
  /** The same of clients of this node: what it has answered for. */
  readonly answeredBefore: LogIndex;
  /** The index that the session says its answers are true at. */
  readonly index: LogIndex;
  readonly values: readonly { readonly key: CacheKey; readonly value: CacheValue }[];
}

/** What a client was told when it asked what became of its mutation. */
export interface StatusTold {
  readonly key: string;
  readonly node: NodeId;
  /** When this was asked, some client had been told already of the commit of the key. */
  readonly wasSettled: boolean;
  readonly answer: MutationStatusAnswer;
}

/** One event's worth of facts. What did not happen in it is empty. */
export interface ClusterHearing {
  readonly declarations: Declarations;
  /** All that is committed, with what this event added. */
  readonly graph: CommittedGraph;
  /** Newly committed, in order. */
  readonly committed: readonly AppliedEntry[];
  /** The nodes that the event touched. */
  readonly touched: readonly NodeView[];
  readonly fills: readonly Fill[];
  readonly database: DatabaseView;
  readonly databaseWrites: readonly DatabaseWrite[];
  /** Every copy that a client has sent off. */
  readonly mutationsAsked: readonly { readonly key: string; readonly hash: string }[];
  readonly mutationsTold: readonly MutationTold[];
  readonly readsTold: readonly ReadTold[];
  readonly statusesTold: readonly StatusTold[];
  /** Of now and then: judges that look through everything do so in such a hearing, and at the end. */
  readonly isSweep: boolean;
}

/** Knows one property of the cluster and nothing else. Throws Violation. */
export interface ClusterJudge {
  readonly property: string;
  hear(hearing: ClusterHearing): void;
  /** Once, when all is mended and has served again. */
  atEnd?(hearing: ClusterHearing): void;
}

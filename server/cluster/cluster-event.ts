/** What happened at a node, in that node's own words. Kinds and fields are those of ClusterEvent in the schema. */
import type { LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import type { NodeRole } from './node-service.ts';

export const clusterEventKinds = ['ROLE', 'VOTE', 'MESSAGE', 'COMMIT', 'CACHE', 'LINK', 'DATABASE'] as const;
export type ClusterEventKind = (typeof clusterEventKinds)[number];

export interface MessageDetails {
  readonly kind: 'MESSAGE';
  readonly message: string;
  readonly to: NodeId;
  /** How many messages it stands for, and the entries that they carried. */
  readonly messages: number;
  readonly entries: number;
  /** When the last one was sent. */
  readonly sentAtMicros: number;
  readonly dropped: boolean;
}

export interface CommitDetails {
  readonly kind: 'COMMIT';
  readonly index: LogIndex;
  readonly mutations: number;
}

export type EventDetails =
  | { readonly kind: 'ROLE'; readonly role: NodeRole; readonly leader: NodeId | null; readonly reason: string }
  | { readonly kind: 'VOTE'; readonly candidate: NodeId; readonly granted: boolean; readonly preVote: boolean }
  | MessageDetails
  | CommitDetails
  | { readonly kind: 'CACHE'; readonly hits: number; readonly misses: number }
  /** From the source to a peer; to itself: it was unplugged or plugged in. */
  | { readonly kind: 'LINK'; readonly to: NodeId; readonly connected: boolean }
  | { readonly kind: 'DATABASE'; readonly available: boolean; readonly materializedIndex: LogIndex }
  /** Said by a node of a later version: it has its number and is told to nobody. */
  | { readonly kind: 'UNKNOWN' };

export interface ClusterEvent {
  readonly source: NodeId;
  /** Which of the source's processes. */
  readonly incarnation: string;
  /** From 1, without a gap, in each incarnation. */
  readonly sequence: number;
  /** Of the monotonic clock of the node that remembers it. */
  readonly atMicros: number;
  readonly term: Term;
  readonly details: EventDetails;
}

export interface EventPosition {
  readonly source: NodeId;
  readonly incarnation: string;
  /** 0: before the first. */
  readonly sequence: number;
}

export interface ClusterEventsOptions {
  /** Null: from now on. Else from these positions (exclusive) on; of what is not named, everything that is remembered. */
  readonly after: readonly EventPosition[] | null;
  /** Null: all. */
  readonly kinds: ReadonlySet<ClusterEventKind> | null;
  readonly signal: AbortSignal;
}

/** One event of a stream. `gone`: what comes next of that source is not known any more, and the stream has ended. */
export type ToldEvent =
  | { readonly kind: 'event'; readonly event: ClusterEvent; readonly previous: number | null }
  | { readonly kind: 'gone'; readonly source: NodeId };

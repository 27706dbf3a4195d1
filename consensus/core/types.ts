/**
 * The words of the consensus room: what a log holds, what nodes say to each other, and what the core asks its driver to do.
 *
 * Sources: Ongaro & Ousterhout, "In Search of an Understandable Consensus Algorithm" (2014) and Ongaro's thesis (2014).
 */

/** The name of a member of the cluster, such as `n1`. Used once: a node that lost its disk comes back under a new one. */
export type NodeId = string & { readonly __brand: 'NodeId' };
/** A period with at most one leader; 0 before the first election. */
export type Term = number & { readonly __brand: 'Term' };
/** A position in the replicated log; the first entry is 1, and 0 is the place before it. */
export type LogIndex = number & { readonly __brand: 'LogIndex' };

/** What an entry is for. The core reads only `configuration`; the data of the others belongs to whoever proposed it. */
export const entryKinds = ['command', 'configuration', 'leader-start'] as const;
export type EntryKind = (typeof entryKinds)[number];

export interface Entry {
  readonly index: LogIndex;
  readonly term: Term;
  readonly kind: EntryKind;
  /** Opaque to the core, except for `configuration`, where it is `encodeConfiguration` of a Configuration. */
  readonly data: Uint8Array;
}

/** Who is a member. Counts from the moment it is appended (thesis 4.1). */
export interface Configuration {
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
  /**
   * Where the members are that came at run time, so that everybody who has the log can reach them. The core only keeps it. Absent
   * where nobody came, and in logs of v0.1.
   */
  readonly addresses?: readonly MemberAddress[];
}

/** What a node was added under; founding members are found as each node was told at its start. */
export interface MemberAddress {
  readonly id: NodeId;
  /** Where the other nodes reach it, `host:port`. */
  readonly peer: string;
  readonly publicUrl: string;
}

/** What a node must not forget: written to disk before anything that depends on it leaves the node (Raft paper, figure 2). */
export interface HardState {
  readonly term: Term;
  readonly votedFor: NodeId | null;
}

/** The entry just before the first one that a log still holds, and the configuration in force there. */
export interface SnapshotMark {
  readonly index: LogIndex;
  readonly term: Term;
  readonly configuration: Configuration;
}

/** An entry by where it stands and by whose it is: two logs that share one are equal up to it (Raft paper 5.3). */
export interface LogPlace {
  readonly index: LogIndex;
  readonly term: Term;
}

interface Envelope {
  readonly from: NodeId;
  readonly to: NodeId;
  /** The sender's term; for a pre-vote request the term it would campaign in. */
  readonly term: Term;
}

export type Message =
  | (Envelope & {
      readonly kind: 'pre-vote-request' | 'vote-request';
      readonly lastIndex: LogIndex;
      readonly lastTerm: Term;
      readonly transfer: boolean;
    })
  | (Envelope & { readonly kind: 'pre-vote-response' | 'vote-response'; readonly granted: boolean })
  | (Envelope & {
      readonly kind: 'append-request';
      readonly previousIndex: LogIndex;
      readonly previousTerm: Term;
      readonly entries: readonly Entry[];
      readonly commit: LogIndex;
    })
  | (Envelope & {
      readonly kind: 'append-response';
      readonly success: boolean;
      /** On success the last index proved equal and durable; on a refusal the index of the request's previous entry. */
      readonly index: LogIndex;
      /** On a refusal: where the leader may look next, skipping a whole term at a time (Raft paper 5.3). */
      readonly hintIndex: LogIndex;
      readonly hintTerm: Term;
      /** On a refusal: this log lost what it acknowledged up to here, so the leader looks from the start where they agree. */
      readonly lost?: LogPlace;
    })
  | (Envelope & {
      readonly kind: 'heartbeat-request';
      readonly commit: LogIndex;
      /** The newest read the leader has numbered. */ readonly readNumber: number;
    })
  | (Envelope & {
      readonly kind: 'heartbeat-response';
      readonly readNumber: number;
      readonly lastIndex: LogIndex;
      /** See append-response. */ readonly lost?: true;
    })
  | (Envelope & { readonly kind: 'snapshot-request'; readonly mark: SnapshotMark })
  | (Envelope & { readonly kind: 'snapshot-response'; readonly index: LogIndex })
  | (Envelope & { readonly kind: 'read-index-request'; readonly request: number })
  | (Envelope & { readonly kind: 'read-index-response'; readonly request: number; readonly index: LogIndex | null })
  | (Envelope & { readonly kind: 'timeout-now' })
  /** To one that refuses what it acknowledged in this term: `index`, where the leader has an entry of `entryTerm`. */
  | (Envelope & { readonly kind: 'reminder'; readonly index: LogIndex; readonly entryTerm: Term });

export type MessageKind = Message['kind'];

/** One write to the log on disk. Parts are carried out in the order of the fields. */
export interface Persist {
  /** Grows by one with each; `persisted(sequence)` says that this one and all before it are durable. */
  readonly sequence: number;
  readonly hardState: HardState | null;
  /** Forget the whole log and start after this mark (a snapshot was taken from the leader). */
  readonly reset: SnapshotMark | null;
  /** Drop this entry and all after it; nothing that was acknowledged is ever dropped by its author's term. */
  readonly truncateFrom: LogIndex | null;
  /** Follow each other without a gap. */
  readonly entries: readonly Entry[];
  /** Entries up to this mark may be deleted from the disk, whenever it suits. */
  readonly compactTo: SnapshotMark | null;
  /** Since when the log is known to lack what it acknowledged; null: it is whole again. Absent: nothing changed. */
  readonly lost?: LogPlace | null;
}

/** An answer to `readIndex`: serve the read once `index` is applied; null: ask again, leadership changed. */
export interface ReadReady {
  readonly request: number;
  readonly index: LogIndex | null;
}

/** What the core asks of its driver, in the order a driver must do it; see `consensus/README.md`. */
export interface Outbox {
  /** At most one a turn. Hand it to the log; call `persisted(sequence)` when it is durable. */
  readonly persist: Persist | null;
  /** May leave at once. */
  readonly sendNow: readonly Message[];
  /**
   * May leave only when `persist` of this turn and all before it are durable, also in a turn that has none of its own: a
   * repeated answer may speak of a write that is still under way. Disk before reply.
   */
  readonly sendAfterPersist: readonly Message[];
  /** A snapshot replaced the log: the state machine must forget what it has and go on after this mark. Comes before `apply`. */
  readonly restart: SnapshotMark | null;
  /** Newly committed, in order, without gap and never twice. */
  readonly apply: readonly Entry[];
  readonly readsReady: readonly ReadReady[];
}

/** A learner is a node that does not vote in the configuration that it knows. */
export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader' | 'learner';

/** How far the leader knows another member to be. */
export interface PeerProgress {
  readonly id: NodeId;
  readonly matchIndex: LogIndex;
  readonly nextIndex: LogIndex;
  readonly state: 'probe' | 'replicate' | 'snapshot';
  /** Heard from within the last election timeout. */
  readonly active: boolean;
}

export interface RaftStatus {
  readonly id: NodeId;
  readonly role: Role;
  readonly term: Term;
  readonly votedFor: NodeId | null;
  readonly leader: NodeId | null;
  readonly firstIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly commitIndex: LogIndex;
  /** Ticks since this node last heard from a leader of its term; 0 on the leader itself. */
  readonly ticksSinceLeader: number;
  /** On a leader: an entry of its own term is committed, so it may answer reads and change the configuration. */
  readonly ownTermCommitted: boolean;
  /** Whether this node, as far as it knows, hears a majority of the voters. */
  readonly hasQuorum: boolean;
  /** Leadership is being handed to this node, and proposals are refused meanwhile. */
  readonly transferringTo: NodeId | null;
  readonly configuration: Configuration;
  /** What this log ended with before it lost entries; it neither votes nor campaigns until it is there again. Absent: it is whole. */
  readonly lost?: LogPlace;
  /** Empty unless this node leads. */
  readonly progress: readonly PeerProgress[];
}

export interface Proposal {
  readonly kind: 'command' | 'configuration';
  readonly data: Uint8Array;
}

/** Why a proposal was not taken. Nothing was appended. */
export type ProposalRefusal =
  'not-leader' | 'transferring' | 'tail-full' | 'configuration-pending' | 'configuration-invalid';

/** The pure state machine. Nothing in it can wait; time comes as ticks, dice as an argument of the constructor. */
export interface RaftCore {
  /** One message from another node. */
  step(message: Message): void;
  /** One unit of time has passed. */
  tick(): void;
  /** Appends at the leader. The entry's index is `status().lastIndex + 1` before the call. */
  propose(
    proposal: Proposal,
  ): { readonly index: LogIndex; readonly term: Term } | { readonly refused: ProposalRefusal };
  /** Asks for an index that holds everything acknowledged before this call (thesis 6.4); answered in `readsReady`. */
  readIndex(request: number): void;
  /** Hands leadership to another voter (thesis 3.10). False when this node does not lead or `to` is no other voter. */
  transferLeadership(to: NodeId): boolean;
  /** The link to this node is down: if it led, campaign at once, with a pre-vote. */
  peerClosed(id: NodeId): void;
  /** Entries up to this index are no longer needed here; never beyond the applied index. */
  compact(upTo: LogIndex): void;
  /** The disk holds every Persist up to this sequence. */
  persisted(sequence: number): void;
  /** What has been asked for since the last call. The driver takes it after every other call. */
  takeOutbox(): Outbox;
  status(): RaftStatus;
  /** Entries from `from` on, for tools that show the log; at most `count`. */
  entries(from: LogIndex, count: number): readonly Entry[];
}

import type { Message, MessageKind, NodeId, RaftStatus } from '#consensus/core/types.ts';
import type { RaftNode } from '#consensus/driver/raft-node.ts';
import type { Links } from '#consensus/transport/links.ts';
import type { GraphCache } from '#server/cache/graph-cache.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { AppliedEntry } from '#server/graph/log-payload.ts';
import type { Clock } from './clock.ts';
import type { CommitDetails, EventDetails, MessageDetails } from './cluster-event.ts';
import type { EventFeed } from './event-feed.ts';
import { EventPace } from './event-pace.ts';
import type { DatabaseReport } from './node-service.ts';
import { roleReason } from './role-reason.ts';
import { nodeRoleOf } from './standing.ts';

export interface OwnEventsOptions {
  readonly self: NodeId;
  /** Names this process among those of this node. */
  readonly incarnation: string;
  readonly feed: EventFeed;
  readonly clock: Clock;
  readonly raft: Pick<RaftNode, 'status'>;
  readonly links: Pick<Links, 'states' | 'isPlugged'>;
  readonly cache: Pick<GraphCache, 'stats'>;
  readonly database: () => DatabaseReport;
  /** Something happened that everybody should hear of at once. */
  readonly onNews: () => void;
}

/** What comes often makes one event in this time; what has no hook is looked at so often. */
const intervalMs = 1_000;

/**
 * What happens at this node, as numbered events. Roles, votes and links make one each; messages, commits, look-ups and the database are
 * gathered, so that the memory of events reaches back for minutes whatever the load.
 */
export class OwnEvents {
  readonly #options: OwnEventsOptions;
  readonly #messages: EventPace<MessageDetails>;
  readonly #commits: EventPace<CommitDetails>;
  readonly #connected = new Map<NodeId, boolean>();
  #sequence = 0;
  #status: RaftStatus;
  #isPlugged = true;
  #hits = 0;
  #misses = 0;
  #database: Pick<DatabaseReport, 'available' | 'materializedIndex'> | null = null;
  #callOff: () => void = () => undefined;

  constructor(options: OwnEventsOptions) {
    this.#options = options;
    this.#status = options.raft.status();
    const tell = (details: EventDetails): void => this.#tell(details);
    this.#messages = new EventPace({ tell, join: joinMessages });
    this.#commits = new EventPace({ tell, join: joinCommits });
    this.#tellRole('the node has started');
  }

  /** The number of the last event; there is always one. */
  get sequence(): number {
    return this.#sequence;
  }

  start(): void {
    this.#callOff = this.#options.clock.after(intervalMs, () => {
      this.#turn();
      this.start();
    });
  }

  stop(): void {
    this.#callOff();
  }

  onStatus(status: RaftStatus): void {
    const before = this.#status;
    this.#status = status;
    const reason = roleReason(status, before);
    if (reason !== null) this.#tellRole(reason);
    const { id, role, term, votedFor } = status;
    const isOwnVote = votedFor === id && (before.votedFor !== id || before.term !== term);
    if (isOwnVote) this.#tell({ kind: 'VOTE', candidate: id, granted: true, preVote: false });
    if (reason !== null || isOwnVote) this.#options.onNews();
    if (role !== 'leader') this.#database = null;
  }

  /** `isSent`: it was given to a connection. */
  onMessage(message: Message, isSent: boolean): void {
    // The consensus tells of its status after its messages; whoever reads of an election wants to hear of the candidate first.
    if (!isRoutine(message, this.#status)) this.onStatus(this.#options.raft.status());
    const { kind, to } = message;
    if (kind === 'vote-response' || kind === 'pre-vote-response') {
      const preVote = kind === 'pre-vote-response';
      this.#tell({ kind: 'VOTE', candidate: to, granted: message.granted, preVote });
      this.#options.onNews();
    }
    const entries = kind === 'append-request' ? message.entries.length : 0;
    const details = { kind: 'MESSAGE', message: kind, to, messages: 1, entries, dropped: !isSent } as const;
    this.#messages.add(`${kind} ${to} ${isSent}`, { ...details, sentAtMicros: this.nowMicros() });
  }

  onApplied({ index, payload }: AppliedEntry): void {
    const mutations = payload?.kind === 'mutations' ? payload.records.length : 0;
    this.#commits.add('', { kind: 'COMMIT', index, mutations });
  }

  onRestart(mark: LogIndex): void {
    this.#tellRole(`the log here was too old: begins anew after ${mark}`);
    this.#options.onNews();
  }

  /** Something about the links may have changed. */
  lookAtLinks(): void {
    const { links, onNews } = this.#options;
    const { id } = this.#status;
    const before = this.#sequence;
    if (links.isPlugged() !== this.#isPlugged) {
      this.#isPlugged = links.isPlugged();
      this.#tell({ kind: 'LINK', to: id, connected: this.#isPlugged });
    }
    const states = links.states();
    for (const { to, open, cut } of states) {
      const connected = open && !cut;
      if ((this.#connected.get(to) ?? false) === connected) continue;
      this.#connected.set(to, connected);
      this.#tell({ kind: 'LINK', to, connected });
    }
    for (const peer of this.#connected.keys()) if (!states.some(({ to }) => to === peer)) this.#connected.delete(peer);
    if (this.#sequence > before) onNews();
  }

  /** Of this node's monotonic clock. */
  nowMicros(): number {
    return Math.round(this.#options.clock.monotonicMs() * 1_000);
  }

  #turn(): void {
    this.lookAtLinks();
    this.#messages.turn();
    this.#commits.turn();
    this.#lookAtCache();
    if (this.#status.role === 'leader') this.#lookAtDatabase();
  }

  #lookAtCache(): void {
    const { hits, misses } = this.#options.cache.stats();
    if (hits === this.#hits && misses === this.#misses) return;
    this.#tell({ kind: 'CACHE', hits: hits - this.#hits, misses: misses - this.#misses });
    this.#hits = hits;
    this.#misses = misses;
  }

  #lookAtDatabase(): void {
    const { available, materializedIndex } = this.#options.database();
    const before = this.#database;
    if (before?.available === available && before.materializedIndex === materializedIndex) return;
    this.#database = { available, materializedIndex };
    this.#tell({ kind: 'DATABASE', available, materializedIndex });
  }

  #tellRole(reason: string): void {
    const { role, leader } = this.#status;
    this.#tell({ kind: 'ROLE', role: nodeRoleOf[role], leader, reason });
  }

  #tell(details: EventDetails): void {
    const { feed, incarnation, self } = this.#options;
    this.#sequence += 1;
    const atMicros = this.nowMicros();
    feed.append({ source: self, incarnation, sequence: this.#sequence, atMicros, term: this.#status.term, details });
  }
}

const answers: ReadonlySet<MessageKind> = new Set([
  'append-response',
  'heartbeat-response',
  'read-index-request',
  'read-index-response',
]);

/** What a node says all the time while it is what it was. */
function isRoutine({ kind, term }: Message, status: RaftStatus): boolean {
  if (term !== status.term) return false;
  const isOfLeader = kind === 'append-request' || kind === 'heartbeat-request';
  return isOfLeader ? status.role === 'leader' : answers.has(kind);
}

function joinMessages(before: MessageDetails, now: MessageDetails): MessageDetails {
  return { ...now, messages: before.messages + now.messages, entries: before.entries + now.entries };
}

function joinCommits(before: CommitDetails, now: CommitDetails): CommitDetails {
  return { ...now, mutations: before.mutations + now.mutations };
}

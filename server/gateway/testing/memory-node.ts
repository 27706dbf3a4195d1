/** A node of one, for the tests of this room: the real graph and its real commands over a map, behind the port of a node. */
import type { Declarations } from '#server/graph/declarations.ts';
import type { Effect } from '#server/graph/effect.ts';
import { GraphError } from '#server/graph/errors.ts';
import { evaluate } from '#server/graph/evaluate.ts';
import { hashCommand } from '#server/graph/command-hash.ts';
import { idsPerEntryMax, type EntityId, type LogIndex, type NodeId, type Term } from '#server/graph/identifiers.ts';
import type { RecordedMutation } from '#server/graph/log-payload.ts';
import { ReplayedGraph } from '#server/graph/testing/replayed-graph.ts';
import { validateCommand } from '#server/graph/validate.ts';
import type { ClusterEventsOptions, ToldEvent } from '#server/cluster/cluster-event.ts';
import { EventFeed } from '#server/cluster/event-feed.ts';
import type { MembershipChange } from '#server/cluster/membership.ts';
import type {
  ChangeEvent,
  ClusterState,
  Commit,
  MutationAnswer,
  MutationRequest,
  MutationStatusAnswer,
  NodeHealth,
  NodeService,
  ReadOptions,
  ReadSession,
} from '#server/cluster/node-service.ts';
import { clusterOfOne } from './cluster-of-one.ts';
import { MemoryReadSession, type MemoryState } from './memory-read-session.ts';

const startMs = Date.parse('2026-11-22T09:00:00.000Z');

export class MemoryNode implements NodeService {
  readonly nodeId = 'n1' as NodeId;
  readonly state: MemoryState;
  readonly sessions: MemoryReadSession[] = [];
  readonly opened: ReadOptions[] = [];
  readonly mutations: MutationRequest[] = [];
  readonly memberChanges: MembershipChange[] = [];
  /** Thrown by the next calls of these, while set. */
  readonly failing: { openRead?: Error; mutate?: Error; advance?: GraphError; ready?: string } = {};
  readonly events = new EventFeed({ bounds: { eventsMax: 8, bytesMax: 1_000_000 }, nowMicros: () => 0 });
  cluster: ClusterState;
  readonly #declarations: Declarations;
  readonly #recorded = new Map<string, RecordedMutation>();
  readonly #log: { readonly commit: Commit; readonly effects: readonly Effect[] }[] = [];
  readonly #followers = new Set<() => void>();
  readonly #watchers = new Set<(state: ClusterState) => void>();
  /** Commits before this one cannot be told any more. */
  horizon = 0;

  constructor(declarations: Declarations) {
    this.#declarations = declarations;
    this.state = {
      graph: new ReplayedGraph(),
      appliedIndex: 0 as LogIndex,
      known: null,
      fills: [],
      beforeFill: () => {},
    };
    this.cluster = clusterOfOne(this.nodeId);
  }

  /** Forgets everything it remembers, like a node that has just started. */
  forget(): void {
    this.state.known = new Map();
    this.state.fills.length = 0;
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  get followers(): number {
    return this.#followers.size;
  }

  openRead(options: ReadOptions): ReadSession {
    this.opened.push(options);
    if (this.failing.openRead !== undefined) throw this.failing.openRead;
    const session = new MemoryReadSession(this.state);
    session.advanceError = this.failing.advance ?? null;
    this.sessions.push(session);
    return session;
  }

  async mutate(request: MutationRequest): Promise<MutationAnswer> {
    this.mutations.push(request);
    await new Promise((resolve) => setImmediate(resolve));
    if (this.failing.mutate !== undefined) throw this.failing.mutate;
    validateCommand(request.command, this.#declarations);
    const hash = hashCommand(request.command);
    const key = request.idempotencyKey ?? `own-${this.mutations.length}`;
    const before = this.#recorded.get(key);
    if (before !== undefined && before.hash !== hash)
      throw new GraphError('IDEMPOTENCY_MISMATCH', 'the key was used for another mutation');
    return answerOf(before ?? this.#commit(request, key, hash), before !== undefined);
  }

  async mutationStatus(key: string): Promise<MutationStatusAnswer> {
    const recorded = this.#recorded.get(key) ?? null;
    if (recorded === null) return { status: 'UNKNOWN', recorded };
    return { status: recorded.outcome.kind === 'refused' ? 'REFUSED' : 'COMMITTED', recorded };
  }

  async *changes(options: {
    readonly fromCommit: LogIndex | null;
    readonly signal: AbortSignal;
  }): AsyncGenerator<ChangeEvent> {
    const { signal } = options;
    let next = options.fromCommit === null ? this.#log.length : options.fromCommit - 1;
    let wake: () => void = () => {};
    const onChange = (): void => wake();
    this.#followers.add(onChange);
    signal.addEventListener('abort', onChange);
    try {
      while (!signal.aborted) {
        if (next < this.horizon) return yield { kind: 'gone', index: this.horizon as LogIndex };
        const entry = this.#log[next];
        if (entry === undefined) {
          await new Promise<void>((resolve) => (wake = resolve));
          continue;
        }
        next++;
        yield { kind: 'commit', ...entry };
      }
    } finally {
      this.#followers.delete(onChange);
    }
  }

  clusterState(): ClusterState {
    return this.cluster;
  }

  watchCluster(listener: (state: ClusterState) => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  clusterEvents(options: ClusterEventsOptions): AsyncIterable<ToldEvent> {
    return this.events.events(options);
  }

  showCluster(state: ClusterState): void {
    this.cluster = state;
    for (const listener of this.#watchers) listener(state);
  }

  async setPlugged(node: NodeId, plugged: boolean): Promise<void> {
    const members = this.cluster.members.map((member) =>
      member.report.id === node ? { ...member, report: { ...member.report, plugged } } : member,
    );
    if (!members.some((member) => member.report.id === node))
      throw new GraphError('NOT_FOUND', `there is no node ${node}`);
    this.showCluster({ ...this.cluster, members });
  }

  async setLink(from: NodeId, to: NodeId): Promise<void> {
    throw new GraphError('NOT_FOUND', `there is no link from ${from} to ${to}`);
  }

  async transferLeadership(to: NodeId): Promise<void> {
    if (to !== this.nodeId) throw new GraphError('NOT_FOUND', `there is no node ${to}`);
  }

  async changeMembers(change: MembershipChange): Promise<void> {
    this.memberChanges.push(change);
    if (change.kind !== 'add') throw new GraphError('NOT_FOUND', `there is no node ${change.id}`);
  }

  health(): NodeHealth {
    const { appliedIndex } = this.state;
    const reasons = this.failing.ready === undefined ? [] : [this.failing.ready];
    return {
      ready: reasons.length === 0,
      node: this.nodeId,
      cluster: this.cluster.id,
      role: 'LEADER',
      term: 1 as Term,
      leader: this.nodeId,
      commitIndex: appliedIndex,
      appliedIndex,
      materializedIndex: appliedIndex,
      reasons,
      degraded: [],
    };
  }

  standing(): ReturnType<NodeService['standing']> {
    return { role: 'LEADER', term: 1 as Term, appliedIndex: this.state.appliedIndex, leaderHeardMs: 0 };
  }

  #commit(request: MutationRequest, key: string, hash: string): RecordedMutation {
    const index = (this.state.appliedIndex + 1) as LogIndex;
    const time = startMs + index * 1000;
    let place = 0;
    const { outcome, effects } = evaluate({
      view: this.state.graph,
      command: request.command,
      key,
      now: time,
      index,
      nextId: () => (index * idsPerEntryMax + place++) as EntityId,
      declarations: this.#declarations,
    });
    this.state.graph.apply(effects);
    this.state.appliedIndex = index;
    const recorded: RecordedMutation = { key, hash, index, term: 1 as Term, leader: this.nodeId, time, outcome };
    this.#recorded.set(key, recorded);
    this.#log.push({ commit: { index, term: recorded.term, leader: this.nodeId, replayed: false, time }, effects });
    for (const wake of this.#followers) wake();
    return recorded;
  }
}

function answerOf({ index, term, leader, time, outcome }: RecordedMutation, replayed: boolean): MutationAnswer {
  if (outcome.kind === 'refused') throw new GraphError(outcome.code, outcome.message);
  if (outcome.kind === 'pending') throw new Error('large deletions are not for this room');
  return { commit: { index, term, leader, time, replayed }, results: outcome.results };
}

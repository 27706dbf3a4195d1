import { checkMessage } from '#consensus/driver/check-message.ts';
import { isFoundingQuestion } from '#consensus/driver/founding-message.ts';
import type { FoundingQuestion } from '#consensus/driver/founding-message.ts';
import type { FoundingAnswer } from '#consensus/driver/founding.ts';
import type { RaftNodeEvents } from '#consensus/driver/raft-node.ts';
import type { LogIndex, NodeId } from '#server/graph/identifiers.ts';
import type { AppliedEntry } from '#server/graph/log-payload.ts';
import type { Metrics } from '#server/observability/metrics.ts';
import { readMemberAddress } from './address-book.ts';
import type { ClusterEventsOptions, ToldEvent } from './cluster-event.ts';
import { clusterView } from './cluster-view.ts';
import { readEventsQuestion } from './event-protocol.ts';
import { readForwardRequest } from './forward-protocol.ts';
import { healthOf } from './health.ts';
import type { InstafaceNodeOptions, RaftMember } from './instaface-node-options.ts';
import type { MembershipChange } from './membership.ts';
import { isProbeQuestion } from './monitor-protocol.ts';
import { buildParts } from './node-parts.ts';
import type { NodeParts } from './node-parts.ts';
import type {
  ChangeEvent,
  ClusterState,
  DatabaseReport,
  MutationAnswer,
  MutationRequest,
  MutationStatusAnswer,
  NodeHealth,
  NodeReport,
  NodeService,
  ReadOptions,
  ReadSession,
} from './node-service.ts';
import { bestSuccessor } from './successor.ts';
import { tellOfRepairs } from './repair-notices.ts';
import { nodeRoleOf } from './standing.ts';
import type { StandingWatch } from './standing.ts';

/** A leader that stops hands over first, within this time. */
const handOverMsMax = 800;

/** One node: the log, the caches, the database and the links, joined. Its parts know each other through what is passed here. */
export class InstafaceNode implements NodeService {
  readonly nodeId: NodeId;
  readonly #options: InstafaceNodeOptions;
  readonly #raft: RaftMember;
  readonly #parts: NodeParts;

  constructor(options: InstafaceNodeOptions) {
    const { links, log, metrics } = options;
    this.nodeId = links.self;
    this.#options = options;
    this.#raft = options.raft({
      events: this.#events(),
      send: (message) => this.#parts.ownEvents.onMessage(message, links.send(message.to, 'raft', message)),
    });
    this.#parts = buildParts(options, {
      raft: this.#raft,
      members: () => this.#members(),
      onApplied: (entry, bytes) => this.#onApplied(entry, bytes),
      onRestart: (mark) => this.#onRestart(mark),
      handOverDatabase: (index) => this.#handOverDatabase(index),
      firstIndexOf: (id) => this.#parts.monitor.heard().get(id)?.message.report.firstIndex ?? null,
    });
    options.addresses.onConfiguration(this.#raft.status().configuration);
    if (metrics !== null) measureStanding(this.#parts.standing, metrics);
    tellOfRepairs(this.#parts.standing, log);
    this.#listen();
  }

  /** From now on this node takes part. */
  start(): void {
    this.#raft.start();
    this.#parts.ownEvents.start();
    this.#parts.monitor.start();
  }

  /** Hands leadership over if it can, then ends everything in an order in which nothing misses what it needs. The links stay the owner's. */
  async stop(): Promise<void> {
    await this.#handOver();
    this.#parts.queue.stop();
    this.#parts.deletions.stop();
    this.#parts.feed.stop();
    this.#parts.events.stop();
    this.#parts.ownEvents.stop();
    this.#parts.relay.stop();
    this.#parts.monitor.stop();
    this.#parts.notices.stop();
    this.#parts.databaseHandOver.stop();
    await this.#raft.stop();
    this.#parts.applier.stop();
    await this.#parts.materializer.stop();
  }

  openRead(options: ReadOptions): Promise<ReadSession> | ReadSession {
    return this.#parts.reads.open(options);
  }

  mutate(request: MutationRequest): Promise<MutationAnswer> {
    return this.#parts.entry.mutate(request);
  }

  mutationStatus(idempotencyKey: string): Promise<MutationStatusAnswer> {
    return this.#parts.entry.mutationStatus(idempotencyKey);
  }

  changes(options: { readonly fromCommit: LogIndex | null; readonly signal: AbortSignal }): AsyncIterable<ChangeEvent> {
    return this.#parts.feed.changes(options);
  }

  clusterState(): ClusterState {
    const { addresses, clock, clusterId } = this.#options;
    return clusterView({
      clusterId,
      own: { report: this.#parts.report.build(), hasQuorum: this.#parts.standing.now.hasQuorum },
      now: clock.nowMs(),
      members: this.#members(),
      heard: this.#parts.monitor.heard(),
      voters: this.#raft.status().configuration.voters,
      publicUrlOf: (id) => addresses.of(id)?.publicUrl ?? '',
      lastDatabase: this.#parts.database(),
    });
  }

  watchCluster(listener: (state: ClusterState) => void): () => void {
    return this.#parts.monitor.watch(() => listener(this.clusterState()));
  }

  clusterEvents(options: ClusterEventsOptions): AsyncIterable<ToldEvent> {
    // Nodes tell of themselves more often while somebody looks.
    const unwatch = this.#parts.monitor.watch(() => undefined);
    const { signal } = options;
    if (signal.aborted) unwatch();
    signal.addEventListener('abort', unwatch, { once: true });
    return this.#parts.events.events(options);
  }

  setPlugged(node: NodeId, plugged: boolean): Promise<void> {
    return this.#parts.operator.setPlugged(node, plugged);
  }

  setLink(from: NodeId, to: NodeId, connected: boolean): Promise<void> {
    return this.#parts.operator.setLink(from, to, connected);
  }

  transferLeadership(to: NodeId): Promise<void> {
    return this.#parts.operator.transferLeadership(to);
  }

  changeMembers(change: MembershipChange): Promise<void> {
    return this.#parts.operator.changeMembers(change);
  }

  /** What this node says of itself, and as far as it knows. */
  report(): NodeReport {
    return this.#parts.report.build();
  }

  hasQuorum(): boolean {
    return this.#parts.standing.now.hasQuorum;
  }

  databaseReport(): DatabaseReport {
    return this.#parts.database();
  }

  health(): NodeHealth {
    const { cache, clusterId, links } = this.#options;
    return healthOf({
      id: this.nodeId,
      cluster: clusterId,
      status: this.#raft.status(),
      appliedIndex: cache.appliedIndex,
      materializedIndex: this.#parts.retention.materialized,
      isPlugged: links.isPlugged(),
    });
  }

  standing(): ReturnType<NodeService['standing']> {
    const { role, term, ticksSinceLeader } = this.#raft.status();
    const heardMs = ticksSinceLeader * this.#options.config.timings.tickMs;
    return {
      role: nodeRoleOf[role],
      term,
      appliedIndex: this.#options.cache.appliedIndex,
      leaderHeardMs: role === 'leader' ? 0 : this.#parts.standing.hasKnownLeader ? heardMs : null,
    };
  }

  #events(): RaftNodeEvents {
    return {
      onCommitted: (entries) => this.#parts.applier.onCommitted(entries),
      onRestart: (mark) => this.#parts.applier.onRestart(mark),
      onStatus: (status) => {
        this.#options.addresses.onConfiguration(status.configuration);
        this.#parts.ownEvents.onStatus(status);
        this.#parts.standing.update(status);
      },
    };
  }

  /** The border between links and parts: what arrives is read by whoever it is for. */
  #listen(): void {
    const { links } = this.#options;
    links.onMessage('raft', (from, payload) => {
      const message = checkMessage(payload, { from, to: this.nodeId });
      if (message !== null) this.#raft.deliver(message);
    });
    links.onMessage('fill', (from, payload) => this.#parts.notices.onMessage(from, payload));
    links.onMessage('monitor', (from, payload) => this.#parts.monitor.onMessage(from, payload));
    links.onRequest('forward', async (_from, payload) => {
      const request = readForwardRequest(payload);
      return request.kind === 'command'
        ? this.#parts.queue.submit(request.request, request.waitMs)
        : this.#parts.status.answer(request.idempotencyKey, request.waitMs);
    });
    links.onRequest('fill', (_from, payload) => this.#parts.fillAnswers.answer(payload));
    links.onRequest('monitor', (from, payload) => {
      if (isFoundingQuestion(payload)) return this.#answerFounding(from, payload);
      if (isProbeQuestion(payload)) return this.#parts.databaseHandOver.answer();
      const question = readEventsQuestion(payload);
      if (question !== null) return Promise.resolve(this.#parts.relay.answer(question));
      return this.#parts.operator.onRequest(payload);
    });
    links.onClosed((peer) => {
      this.#raft.peerClosed(peer);
      this.#parts.monitor.onPeerClosed(peer);
      this.#parts.ownEvents.lookAtLinks();
    });
  }

  /** In the macrotask of the entry: the caches are at it already, and whoever waits for it runs after this. */
  #onApplied(entry: AppliedEntry, bytes: number): void {
    this.#parts.retention.onApplied(entry.index, bytes);
    if (entry.payload !== null) this.#parts.retention.onDated(entry.index);
    this.#parts.keys.onApplied(entry);
    this.#parts.expiry.onApplied(entry);
    this.#parts.deletions.onApplied(entry);
    this.#parts.queue.onApplied(entry);
    this.#parts.feed.onApplied();
    this.#parts.materializer.wake();
    this.#parts.notices.onApplied();
    this.#parts.ownEvents.onApplied(entry);
  }

  #onRestart(mark: LogIndex): void {
    this.#options.log.warn({ mark }, 'the log here was too old: this node begins anew after a snapshot mark');
    this.#parts.retention.onRestart(mark);
    this.#parts.keys.onRestart();
    this.#parts.deletions.onRestart();
    this.#parts.notices.onRestart();
    this.#parts.feed.onRestart();
    this.#parts.ownEvents.onRestart(mark);
  }

  /** To a node that is empty: it may have been added, and this node may be the only one that it knows. */
  async #answerFounding(from: NodeId, { address }: FoundingQuestion): Promise<FoundingAnswer> {
    const { addresses, foundingAnswer } = this.#options;
    const told = readMemberAddress(from, address);
    if (told !== null) addresses.onHeard(told);
    const joining = await this.#parts.joining.of(from);
    return { ...foundingAnswer(), addresses: addresses.all(), ...(joining === null ? {} : { joining }) };
  }

  #members(): readonly NodeId[] {
    const { voters, learners } = this.#raft.status().configuration;
    return [...new Set([...voters, ...learners, this.nodeId])].sort();
  }

  /** To somebody whose log reaches back to what the database needs. */
  #handOverDatabase(index: LogIndex): void {
    const { log } = this.#options;
    const reports: NodeReport[] = [...this.#parts.monitor.heard().values()].map(({ message }) => message.report);
    const other = reports.find(({ firstIndex, voter, plugged }) => voter && plugged && firstIndex <= index + 1);
    if (other === undefined) return;
    log.warn({ to: other.id, index }, 'handing over: the log of another node reaches back to what the database needs');
    this.#raft.transferLeadership(other.id).catch((error: unknown) => {
      log.warn({ to: other.id, error: String(error) }, 'the hand-over failed');
    });
  }

  async #handOver(): Promise<void> {
    const { clock } = this.#options;
    const next = bestSuccessor(this.#raft.status());
    if (next === null) return;
    await Promise.race([
      // Whoever is elected will do: this node stops in any case.
      this.#raft.transferLeadership(next).catch(() => undefined),
      new Promise<void>((resolve) => {
        clock.after(handOverMsMax, resolve);
      }),
    ]);
  }
}

function measureStanding(standing: StandingWatch, { elections }: Metrics): void {
  standing.onChange((now, before) => {
    if (now.leader !== null && now.leader !== before.leader) elections.leaderChanged();
    if (before.role === 'leader' && now.role !== 'leader') elections.ended('stepped-down');
    if (before.role === 'candidate' && now.role === 'leader') elections.ended('won');
    if (before.role === 'candidate' && now.role === 'follower') elections.ended('lost');
  });
}

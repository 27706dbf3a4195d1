import type { RaftMember, InstafaceNodeOptions } from './instaface-node-options.ts';
import { historyGaps } from '#server/graph/cluster-identity.ts';
import type { LogIndex, NodeId } from '#server/graph/identifiers.ts';
import type { AppliedEntry } from '#server/graph/log-payload.ts';
import { isMember } from '#consensus/core/configuration.ts';
import { writeAddress } from '#server/config/address.ts';
import { Applier } from './applier.ts';
import { ChangeFeed } from './change-feed.ts';
import { CommitStats } from './commit-stats.ts';
import { DatabaseHandOver } from './database-hand-over.ts';
import { EventFeed } from './event-feed.ts';
import { EventRelay } from './event-relay.ts';
import { eventBounds } from './event-ring.ts';
import { Expiry } from './expiry.ts';
import { FillAnswers } from './fill-answers.ts';
import { Fills } from './fills.ts';
import { KeyMemory } from './key-memory.ts';
import { LargeDeletions } from './large-deletions.ts';
import { LeaderQueue } from './leader-queue.ts';
import { LogRetention } from './log-retention.ts';
import { MaterializedNotices } from './materialized-notices.ts';
import { MaterializedProgress } from './materialized-progress.ts';
import { Materializer } from './materializer.ts';
import { Monitor } from './monitor.ts';
import { JoiningAnswers } from './joining.ts';
import { Membership } from './membership.ts';
import { MutationEntry } from './mutation-entry.ts';
import { MutationStatus } from './mutation-status.ts';
import type { DatabaseReport } from './node-service.ts';
import { Operator } from './operator.ts';
import { OwnEvents } from './own-events.ts';
import { OwnReport } from './own-report.ts';
import { ReadEntry } from './read-entry.ts';
import { StandingWatch } from './standing.ts';
import { StoreReads } from './store-reads.ts';

/**
 * What the tail keeps, beyond what is not in the database yet: for idempotency keys, fills and subscriptions. Decoded, an entry takes
 * about four times its bytes in the log.
 */
const tailBytesShare = 1 / 16;
const tailEntriesMax = 65_536;

/** What the node itself does for its parts. */
export interface NodeHooks {
  readonly raft: RaftMember;
  readonly members: () => readonly NodeId[];
  readonly onApplied: (entry: AppliedEntry, bytes: number) => void;
  readonly onRestart: (mark: LogIndex) => void;
  /** The database needs the log from after `index` on, and this node has it no more. */
  readonly handOverDatabase: (index: LogIndex) => void;
  /** Where the log of another node begins, as it says. */
  readonly firstIndexOf: (id: NodeId) => LogIndex | null;
}

export type NodeParts = ReturnType<typeof buildParts>;

/** The parts of a node, each with those it needs. In this order they also hear of a change of leader: fills fail before anybody asks again. */
export function buildParts(options: InstafaceNodeOptions, hooks: NodeHooks) {
  const log = buildLog(options, hooks);
  const reading = buildReading(options, hooks, log);
  const writing = buildWriting(options, hooks, { ...log, ...reading });
  const database = buildDatabase(options, hooks, { ...log, ...reading, ...writing });
  const view = buildView(options, hooks, { ...log, ...reading, ...database });
  return { ...log, ...reading, ...writing, ...database, ...view };
}

/** What every part stands on: what is applied, what is remembered of it, who leads. */
function buildLog({ cache, clock, config, ended }: InstafaceNodeOptions, hooks: NodeHooks) {
  const { raft, onApplied, onRestart } = hooks;
  const { limits, timings } = config;
  return {
    standing: new StandingWatch(clock, raft.status()),
    applier: new Applier({ cache, clock, onApplied, onRestart, ended }),
    retention: new LogRetention(limits, cache.appliedIndex),
    keys: new KeyMemory({
      cache,
      idempotencyKeyMs: timings.idempotencyKeyHours * 3_600_000,
      recentKeysMax: limits.recentKeysMax,
    }),
    feed: new ChangeFeed({ cache, changeBufferEntriesMax: limits.changeBufferEntriesMax }),
    commits: new CommitStats(clock),
  };
}

function buildReading(options: InstafaceNodeOptions, { raft }: NodeHooks, log: ReturnType<typeof buildLog>) {
  const { cache, clock, clusterId, config, links, store } = options;
  const { databaseTimeoutMs, readDeadlineMs } = config.timings;
  const { retention, standing } = log;
  const { progress } = log.applier;
  const storeReads = new StoreReads({
    store,
    clock,
    claimWaitMs: databaseTimeoutMs,
    materialized: () => retention.materialized,
  });
  const materialized = new MaterializedProgress(clock, cache.appliedIndex);
  const isMaterialized = (index: LogIndex, deadline: number): Promise<void> => materialized.reached(index, deadline);
  const fills = new Fills({ self: links.self, links, cache, standing, progress, storeReads, clock });
  const fillAnswers = new FillAnswers({ cache, fills, standing, progress, clock, isMaterialized });
  const gaps = historyGaps(clusterId);
  const reads = new ReadEntry({ cache, fills, progress, clock, isMaterialized, raft, standing, readDeadlineMs, gaps });
  return { storeReads, materialized, fills, fillAnswers, reads };
}

function buildWriting(
  options: InstafaceNodeOptions,
  { raft }: NodeHooks,
  parts: ReturnType<typeof buildLog> & ReturnType<typeof buildReading>,
) {
  const { cache, clock, config, declarations, ended, links } = options;
  const { applier, commits, fills, keys, reads, retention, standing, storeReads } = parts;
  const { limits, timings } = config;
  const { progress } = applier;
  const self = links.self;
  const common = { self, cache, clock, declarations, standing, keys, fills, storeReads };
  const deletions = new LargeDeletions({ ...common, schedule: () => queue.schedule() });
  const expiry = new Expiry({ self, keys, idempotencyKeyMs: timings.idempotencyKeyHours * 3_600_000 });
  const queue: LeaderQueue = new LeaderQueue({
    ...common,
    raft,
    retention,
    limits,
    ended,
    logTime: () => applier.logTime,
    ownEntries: [deletions, expiry],
    onCommitted: (entry) => {
      for (const ms of entry.latenciesMs) commits.add(ms);
      options.metrics?.log.committed({ mutations: entry.latenciesMs.length, bytes: entry.bytes, ms: entry.ms });
    },
  });
  const status = new MutationStatus({
    cache,
    keys,
    storeReads,
    standing,
    progress,
    clock,
    readIndex: () => reads.readIndex(),
    now: () => queue.now(),
  });
  const entry = new MutationEntry({
    self,
    links,
    declarations,
    standing,
    progress,
    clock,
    mutationDeadlineMs: timings.mutationDeadlineMs,
    isMember: () => isMember(raft.status().configuration, self),
    submit: (request, waitMs) => queue.submit(request, waitMs),
    status: (key, waitMs) => status.answer(key, waitMs),
    onAnswered: (index) => reads.onAnswered(index),
  });
  return { deletions, expiry, queue, status, entry };
}

function buildDatabase(
  options: InstafaceNodeOptions,
  { members, raft, handOverDatabase, firstIndexOf }: NodeHooks,
  parts: ReturnType<typeof buildLog> & ReturnType<typeof buildReading> & ReturnType<typeof buildWriting>,
) {
  const { cache, clock, clusterId: cluster, config, ended, links, log, store } = options;
  const { materialized, queue, retention, standing, storeReads } = parts;
  const { limits } = config;
  const self = links.self;
  const tail = { bytesMax: limits.cacheBytesMax * tailBytesShare, entriesMax: tailEntriesMax };
  const { retainedEntries } = limits;
  const common = { self, clock, standing, cache, raft };
  const notices = new MaterializedNotices({ ...common, links, retention, members, tail, retainedEntries });
  const materializer: Materializer = new Materializer({
    ...common,
    store,
    cluster,
    log,
    ended,
    onMaterialized: (index) => {
      databaseHandOver.onMaterialized(index);
      notices.onMaterialized(index);
      materialized.onMaterialized(index);
      queue.schedule();
    },
    onState: (state) => {
      storeReads.onState(state);
      materialized.onState(state);
    },
    handOver: handOverDatabase,
  });
  const databaseHandOver: DatabaseHandOver = new DatabaseHandOver({
    clock,
    standing,
    raft,
    links,
    log,
    firstIndexOf,
    probe: options.probeDatabase,
    state: () => materializer.state,
    materialized: () => retention.materialized,
    behindEntries: () => retention.behindEntries,
    stuckMs: config.timings.databaseTimeoutMs,
  });
  storeReads.whenItWentBack(() => materializer.claimAgain());
  const report = (): DatabaseReport => ({
    kind: store.kind,
    available: materializer.state.kind === 'ready',
    materializedIndex: retention.materialized,
    behind: retention.behindEntries,
  });
  return { notices, materializer, databaseHandOver, database: report };
}

function buildView(
  options: InstafaceNodeOptions,
  hooks: NodeHooks,
  parts: ReturnType<typeof buildLog> & ReturnType<typeof buildReading> & ReturnType<typeof buildDatabase>,
) {
  const { addresses, cache, clock, clusterId, config, declarations, links, log, version } = options;
  const { applier, commits, database, fills, standing } = parts;
  const { members, raft } = hooks;
  const { electionTimeoutTicks, tickMs } = config.timings;
  const { progress } = applier;
  const self = links.self;
  const report = new OwnReport({
    self,
    publicUrl: config.publicUrl,
    version,
    raft,
    links,
    cache,
    declarations,
    clock,
    fetches: () => fills.totals,
    database,
    commits: () => commits.report(),
  });
  const { events, ownEvents, relay } = buildEvents(options, hooks, { database, onNews: () => monitor.changed() });
  const monitor: Monitor = new Monitor({
    self,
    links,
    clock,
    standing,
    members,
    report: () => report.build(),
    address: { id: self, peer: writeAddress(config.peerAddress), publicUrl: config.publicUrl },
    onAddress: (address) => addresses.onHeard(address),
    events: () => relay.head(),
    onEvents: (from, head) => relay.onHead(from, head),
  });
  const electionTimeoutMs = electionTimeoutTicks * tickMs;
  const membership = new Membership({ links, raft, progress, addresses, clock, electionTimeoutMs });
  const joining = new JoiningAnswers({ raft, clusterId });
  const changed = (): void => {
    ownEvents.lookAtLinks();
    monitor.changed();
  };
  const operator = new Operator({ self, links, raft, membership, progress, clock, standing, members, log, changed });
  return { report, monitor, operator, joining, events, ownEvents, relay };
}

/** What happens here and, as they tell it, at the other nodes. */
function buildEvents(
  { cache, clock, incarnation, links }: InstafaceNodeOptions,
  { members, raft }: NodeHooks,
  { database, onNews }: { readonly database: () => DatabaseReport; readonly onNews: () => void },
) {
  const { self } = links;
  const feed = new EventFeed({ bounds: eventBounds, nowMicros: () => own.nowMicros() });
  const own: OwnEvents = new OwnEvents({
    self,
    incarnation,
    feed,
    clock,
    raft,
    links,
    cache,
    database,
    onNews,
  });
  const relay = new EventRelay({ self, incarnation, links, clock, feed, own, members });
  return { events: feed, ownEvents: own, relay };
}

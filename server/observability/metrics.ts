import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { errorCodes } from '#server/graph/errors.ts';
import type { MetricSources } from './metric-sources.ts';
import { exposeSources } from './source-gauges.ts';

type OperationKind = 'query' | 'mutation' | 'subscription';

export type StatementKind = 'read' | 'materialize' | 'takeover';

type ElectionOutcome = 'won' | 'lost' | 'stepped-down';

/** What the parts of a node report as it happens. Each call costs about a microsecond or less; none can fail. */
export interface Metrics {
  readonly gateway: {
    operation(kind: OperationKind, ms: number): void;
    /** By the code in the error's extensions; codes that the API does not name count as INTERNAL_SERVER_ERROR. */
    error(code: string): void;
    /** How often one operation ran until its answer was at one index. */
    runs(count: number): void;
    subscriptionOpened(): void;
    subscriptionClosed(): void;
  };
  readonly log: {
    /** From the append at this leader to its commit. */
    committed(entry: { readonly mutations: number; readonly bytes: number; readonly ms: number }): void;
    /** One group commit of the log on disk. */
    synced(ms: number): void;
  };
  readonly elections: {
    /** This node's own candidacy, or the end of its own leadership. */
    ended(outcome: ElectionOutcome): void;
    /** This node follows, or is, another leader than before. */
    leaderChanged(): void;
  };
  readonly links: {
    closed(): void;
    dropped(channel: string): void;
  };
  readonly database: {
    statement(kind: StatementKind, ms: number): void;
    error(kind: StatementKind): void;
    materialized(entries: number): void;
  };
  /** Connects what is only looked at when it is asked for; once, when the parts exist. */
  expose(sources: MetricSources): void;
  /** For the gateway's `/metrics`. */
  readonly registry: Registry;
}

export interface MetricsOptions {
  readonly node: string;
  readonly cluster: string;
  readonly version: string;
}

/** Half a millisecond to ten seconds: a cached answer, a commit on a slow disk, a deadline. */
const secondsBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/**
 * The event loop is sampled this often. Finer sampling wakes an idle node more often than everything else that it does.
 */
const eventLoopSampleMs = 500;

/** The metrics of one node, in a registry of its own: several nodes may live in one process, in tests. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ node: options.node, cluster: options.cluster });
  // Garbage collection, memory, CPU, open handles, and the lag of the event loop.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: eventLoopSampleMs });
  new Gauge({
    name: 'instaface_build_info',
    help: 'Always 1; the labels say what runs',
    labelNames: ['version', 'runtime'],
    registers: [registry],
  }).set({ version: options.version, runtime: process.version }, 1);
  return {
    registry,
    gateway: gatewayMetrics(registry),
    log: logMetrics(registry),
    elections: electionMetrics(registry),
    links: linkMetrics(registry),
    database: databaseMetrics(registry),
    expose: (sources) => exposeSources(registry, sources),
  };
}

function gatewayMetrics(registry: Registry): Metrics['gateway'] {
  const seconds = histogram(registry, 'instaface_operation_seconds', 'One GraphQL operation, by kind', ['kind']);
  const errors = counter(registry, 'instaface_operation_errors_total', 'Errors in answers, by code', ['code']);
  const runs = new Histogram({
    name: 'instaface_operation_runs',
    help: 'Runs of an operation until its answer was at one index',
    buckets: [1, 2, 3, 4, 6, 8],
    registers: [registry],
  });
  const subscriptions = new Gauge({
    name: 'instaface_subscriptions',
    help: 'Subscriptions that are open',
    registers: [registry],
  });
  const known = new Set<string>(errorCodes);
  return {
    operation: (kind, ms) => seconds.observe({ kind }, ms / 1_000),
    error: (code) => errors.inc({ code: known.has(code) ? code : 'INTERNAL_SERVER_ERROR' }),
    runs: (count) => runs.observe(count),
    subscriptionOpened: () => subscriptions.inc(),
    subscriptionClosed: () => subscriptions.dec(),
  };
}

function logMetrics(registry: Registry): Metrics['log'] {
  const commit = histogram(registry, 'instaface_commit_seconds', 'From the append at the leader to the commit');
  const sync = histogram(registry, 'instaface_log_sync_seconds', 'One group commit of the log on disk');
  const entries = counter(registry, 'instaface_committed_entries_total', 'Entries committed while this node led');
  const mutations = counter(registry, 'instaface_committed_mutations_total', 'Mutations in those entries');
  const bytes = counter(registry, 'instaface_committed_bytes_total', 'Bytes of those entries');
  return {
    committed: (entry) => {
      commit.observe(entry.ms / 1_000);
      entries.inc();
      mutations.inc(entry.mutations);
      bytes.inc(entry.bytes);
    },
    synced: (ms) => sync.observe(ms / 1_000),
  };
}

function electionMetrics(registry: Registry): Metrics['elections'] {
  const ended = counter(registry, 'instaface_elections_total', 'Candidacies and leaderships of this node that ended', [
    'outcome',
  ]);
  const changes = counter(registry, 'instaface_leader_changes_total', 'Times this node saw another leader than before');
  return {
    ended: (outcome) => ended.inc({ outcome }),
    leaderChanged: () => changes.inc(),
  };
}

function linkMetrics(registry: Registry): Metrics['links'] {
  const closed = counter(registry, 'instaface_links_closed_total', 'Connections between nodes that closed');
  const dropped = counter(registry, 'instaface_messages_dropped_total', 'Messages that could not leave', ['channel']);
  return {
    closed: () => closed.inc(),
    dropped: (channel) => dropped.inc({ channel }),
  };
}

function databaseMetrics(registry: Registry): Metrics['database'] {
  const seconds = histogram(registry, 'instaface_database_seconds', 'One statement or transaction, by kind', ['kind']);
  const errors = counter(registry, 'instaface_database_errors_total', 'Statements that failed, by kind', ['kind']);
  const entries = counter(registry, 'instaface_materialized_entries_total', 'Entries this node wrote to the database');
  return {
    statement: (kind, ms) => seconds.observe({ kind }, ms / 1_000),
    error: (kind) => errors.inc({ kind }),
    materialized: (count) => entries.inc(count),
  };
}

function histogram<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: Label[] = [],
): Histogram<Label> {
  return new Histogram({ name, help, labelNames, buckets: secondsBuckets, registers: [registry] });
}

function counter<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: Label[] = [],
): Counter<Label> {
  return new Counter({ name, help, labelNames, registers: [registry] });
}

import { describe, expect, it } from 'vitest';
import type { MetricSources } from './metric-sources.ts';
import type { Metrics } from './metrics.ts';
import { createMetrics } from './metrics.ts';

function newMetrics(): Metrics {
  return createMetrics({ node: 'n1', cluster: 'instaface', version: '0.1.0' });
}

/** The value of a metric as a scraper reads it; null when no line has all of these labels. */
async function valueOf(metrics: Metrics, name: string, ...labels: string[]): Promise<number | null> {
  const text = await metrics.registry.metrics();
  const line = text
    .split('\n')
    .find((each) => each.startsWith(`${name}{`) && labels.every((label) => each.includes(label)));
  return line === undefined ? null : Number(line.slice(line.lastIndexOf(' ')));
}

const quiet: MetricSources = {
  cache: () => ({ entries: 1, bytes: 2, hits: 3, misses: 4, leaderFetches: 5, databaseFetches: 6 }),
  log: () => ({
    term: 7,
    leading: true,
    hasQuorum: true,
    firstIndex: 1,
    lastIndex: 9,
    commitIndex: 8,
    appliedIndex: 8,
  }),
  links: () => [],
  database: () => ({ available: false, materializedIndex: 5, behind: 3 }),
};

describe('metrics', () => {
  it('say which node and cluster they are of, and what runs', async () => {
    const metrics = newMetrics();
    expect(await valueOf(metrics, 'instaface_build_info', 'version="0.1.0"')).toBe(1);
    expect(await metrics.registry.metrics()).toContain('node="n1",cluster="instaface"');
  });

  it('count operations by kind, and measure them in seconds', async () => {
    const metrics = newMetrics();
    metrics.gateway.operation('query', 2);
    metrics.gateway.operation('query', 500);
    metrics.gateway.operation('mutation', 7);
    expect(await valueOf(metrics, 'instaface_operation_seconds_count', 'kind="query"')).toBe(2);
    expect(await valueOf(metrics, 'instaface_operation_seconds_sum', 'kind="query"')).toBeCloseTo(0.502);
    expect(await valueOf(metrics, 'instaface_operation_seconds_bucket', 'le="0.0025"', 'kind="query"')).toBe(1);
  });

  it('know the codes of the API, and count all others as one, so clients cannot make series', async () => {
    const metrics = newMetrics();
    metrics.gateway.error('NO_LEADER');
    for (let number = 0; number < 100; number += 1) metrics.gateway.error(`made up ${number}`);
    expect(await valueOf(metrics, 'instaface_operation_errors_total', 'code="NO_LEADER"')).toBe(1);
    expect(await valueOf(metrics, 'instaface_operation_errors_total', 'code="INTERNAL_SERVER_ERROR"')).toBe(100);
    const text = await metrics.registry.metrics();
    expect(text.split('\n').filter((line) => line.startsWith('instaface_operation_errors_total{'))).toHaveLength(2);
  });

  it('count commits, syncs, elections, links and statements', async () => {
    const metrics = newMetrics();
    metrics.log.committed({ mutations: 3, bytes: 500, ms: 4 });
    metrics.log.committed({ mutations: 2, bytes: 100, ms: 4 });
    metrics.log.synced(1);
    metrics.elections.ended('won');
    metrics.elections.leaderChanged();
    metrics.links.closed();
    metrics.links.dropped('raft');
    metrics.database.statement('read', 3);
    metrics.database.error('materialize');
    metrics.database.materialized(40);
    expect(await valueOf(metrics, 'instaface_committed_entries_total')).toBe(2);
    expect(await valueOf(metrics, 'instaface_committed_mutations_total')).toBe(5);
    expect(await valueOf(metrics, 'instaface_committed_bytes_total')).toBe(600);
    expect(await valueOf(metrics, 'instaface_log_sync_seconds_count')).toBe(1);
    expect(await valueOf(metrics, 'instaface_elections_total', 'outcome="won"')).toBe(1);
    expect(await valueOf(metrics, 'instaface_leader_changes_total')).toBe(1);
    expect(await valueOf(metrics, 'instaface_links_closed_total')).toBe(1);
    expect(await valueOf(metrics, 'instaface_messages_dropped_total', 'channel="raft"')).toBe(1);
    expect(await valueOf(metrics, 'instaface_database_seconds_count', 'kind="read"')).toBe(1);
    expect(await valueOf(metrics, 'instaface_database_errors_total', 'kind="materialize"')).toBe(1);
    expect(await valueOf(metrics, 'instaface_materialized_entries_total')).toBe(40);
  });

  it('know how many subscriptions are open', async () => {
    const metrics = newMetrics();
    metrics.gateway.subscriptionOpened();
    metrics.gateway.subscriptionOpened();
    metrics.gateway.subscriptionClosed();
    expect(await valueOf(metrics, 'instaface_subscriptions')).toBe(1);
  });

  it('show what the parts say at that moment, scrape after scrape', async () => {
    const metrics = newMetrics();
    let hits = 10;
    metrics.expose({ ...quiet, cache: () => ({ ...quiet.cache(), hits }) });
    expect(await valueOf(metrics, 'instaface_cache_hits_total')).toBe(10);
    hits = 12;
    expect(await valueOf(metrics, 'instaface_cache_hits_total')).toBe(12);
    expect(await valueOf(metrics, 'instaface_leading')).toBe(1);
    expect(await valueOf(metrics, 'instaface_applied_index')).toBe(8);
    expect(await valueOf(metrics, 'instaface_database_available')).toBe(0);
    expect(await valueOf(metrics, 'instaface_database_behind_entries')).toBe(3);
  });

  it('show links that are there, and no round trip of one that is closed', async () => {
    const metrics = newMetrics();
    let links = [{ to: 'n2', open: true, roundTripMs: 5 as number | null }];
    metrics.expose({ ...quiet, links: () => links });
    expect(await valueOf(metrics, 'instaface_link_open', 'to="n2"')).toBe(1);
    expect(await valueOf(metrics, 'instaface_link_round_trip_seconds', 'to="n2"')).toBe(0.005);
    links = [{ to: 'n2', open: false, roundTripMs: null }];
    expect(await valueOf(metrics, 'instaface_link_open', 'to="n2"')).toBe(0);
    expect(await valueOf(metrics, 'instaface_link_round_trip_seconds', 'to="n2"')).toBe(null);
    links = [];
    expect(await valueOf(metrics, 'instaface_link_open', 'to="n2"')).toBe(null);
  });

  it('include the lag of the event loop and the memory of the process', async () => {
    const text = await newMetrics().registry.metrics();
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(text).toContain('process_resident_memory_bytes');
  });

  it('of two nodes in one process do not mix', async () => {
    const [one, two] = [newMetrics(), newMetrics()];
    one.elections.leaderChanged();
    expect(await valueOf(two, 'instaface_leader_changes_total')).toBe(0);
  });
});

import type { Registry } from 'prom-client';
import { Counter, Gauge } from 'prom-client';
import type { CacheFigures, DatabaseFigures, LogFigures, MetricSources } from './metric-sources.ts';

/** name, help, and how to read it from the figures. Names that end in `_total` only grow. */
type Figures<Source> = readonly (readonly [name: string, help: string, read: (source: Source) => number])[];

const cacheFigures: Figures<CacheFigures> = [
  ['instaface_cache_entries', 'Values in the cache', (cache) => cache.entries],
  ['instaface_cache_bytes', 'Memory of the cache', (cache) => cache.bytes],
  ['instaface_cache_hits_total', 'Look-ups that the cache answered', (cache) => cache.hits],
  ['instaface_cache_misses_total', 'Look-ups that it did not', (cache) => cache.misses],
  ['instaface_leader_fetches_total', 'Fills asked of the leader', (cache) => cache.leaderFetches],
  ['instaface_database_fetches_total', 'Statements that fills sent to the database', (cache) => cache.databaseFetches],
];

const logFigures: Figures<LogFigures> = [
  ['instaface_term', 'The current term', (log) => log.term],
  ['instaface_leading', '1 while this node leads', (log) => Number(log.leading)],
  ['instaface_has_quorum', '1 while this node hears a majority', (log) => Number(log.hasQuorum)],
  [
    'instaface_log_repairing',
    '1 while the log lacks entries and this node may not vote',
    (log) => Number(log.repairing ?? false),
  ],
  ['instaface_log_first_index', 'The first entry that is kept', (log) => log.firstIndex],
  ['instaface_log_last_index', 'The last entry', (log) => log.lastIndex],
  ['instaface_commit_index', 'The last entry known to be committed', (log) => log.commitIndex],
  ['instaface_applied_index', 'How far the cache of this node is', (log) => log.appliedIndex],
];

const databaseFigures: Figures<DatabaseFigures> = [
  ['instaface_database_available', '1 while the database answers', (database) => Number(database.available)],
  ['instaface_materialized_index', 'How far the database is', (database) => database.materializedIndex],
  ['instaface_database_behind_entries', 'Entries not yet in the database', (database) => database.behind],
];

/** Gauges and counters that read the parts of the node when they are asked for, once per part and scrape. */
export function exposeSources(registry: Registry, sources: MetricSources): void {
  exposeFigures(registry, cacheFigures, sources.cache);
  exposeFigures(registry, logFigures, sources.log);
  exposeFigures(registry, databaseFigures, sources.database);
  exposeLinks(registry, sources.links);
}

function exposeFigures<Source>(registry: Registry, figures: Figures<Source>, read: () => Source): void {
  for (const [name, help, pick] of figures) {
    if (!name.endsWith('_total')) {
      const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: () => gauge.set(pick(read())) });
      continue;
    }
    const counter: Counter = new Counter({
      name,
      help,
      registers: [registry],
      collect: () => {
        // The part counts by itself; what is shown is its count, not the sum of what was shown.
        counter.reset();
        counter.inc(pick(read()));
      },
    });
  }
}

function exposeLinks(registry: Registry, read: MetricSources['links']): void {
  const open: Gauge<'to'> = new Gauge({
    name: 'instaface_link_open',
    help: '1 while the link from this node to the other is open',
    labelNames: ['to'],
    registers: [registry],
    collect: () => {
      open.reset();
      for (const link of read()) open.set({ to: link.to }, Number(link.open));
    },
  });
  const roundTrip: Gauge<'to'> = new Gauge({
    name: 'instaface_link_round_trip_seconds',
    help: 'The last ping to the other node and back',
    labelNames: ['to'],
    registers: [registry],
    collect: () => {
      // A node that is away has no round trip: an old figure would look like a good one.
      roundTrip.reset();
      for (const { to, roundTripMs } of read()) if (roundTripMs !== null) roundTrip.set({ to }, roundTripMs / 1_000);
    },
  });
}

import { startCluster } from '#tests/support/cluster-process.ts';
import { breakLeaderAgainAndAgain, type FaultRunOptions } from '#tests/support/leader-faults.ts';
import { privateDatabase } from '#tests/support/services.ts';
import { median, quantile } from '#tests/support/statistics.ts';
import { lostAndDoubled } from './lost-and-doubled.ts';
import { leftOut } from './on-each-database.ts';
import { roundsOf } from './parameters.ts';
import type { BenchRow } from './row.ts';

const inFlight = 64;
const kills = 100;
/** Of what is measured beside the promise. */
const roundsBeside = 20;

interface Measurement {
  readonly name: string;
  /** Null: SQLite. */
  readonly databaseUrl: string | null;
  readonly fault: FaultRunOptions['fault'];
  readonly rounds: number;
  readonly medianBoundMs: number;
  /** Null: reported only. */
  readonly p99BoundMs: number | null;
}

/**
 * From `kill -9` of the leader, or its switch, to the next acknowledged mutation, under load; and that nothing is lost or doubled. About ten
 * minutes with BENCH_ROUNDS unset; that many kills otherwise, and as many switches at most.
 */
export async function run(): Promise<readonly BenchRow[]> {
  const rounds = roundsOf(kills);
  const beside = Math.min(rounds, roundsBeside);
  const sqlite = { name: 'SQLite', databaseUrl: null } as const;
  const rows = [
    ...(await measure({ ...sqlite, fault: 'kill', rounds, medianBoundMs: 150, p99BoundMs: 400 })),
    ...(await measure({ ...sqlite, fault: 'unplug', rounds: beside, medianBoundMs: 1_000, p99BoundMs: null })),
  ];
  const database = await privateDatabase();
  if (database.kind === 'none') return [...rows, leftOut(database.reason)];
  try {
    const { name, url: databaseUrl } = database;
    const mariadb = {
      name,
      databaseUrl,
      fault: 'kill',
      rounds: beside,
      medianBoundMs: 1_000,
      p99BoundMs: null,
    } as const;
    return [...rows, ...(await measure(mariadb))];
  } finally {
    await database.stop();
  }
}

async function measure(measurement: Measurement): Promise<readonly BenchRow[]> {
  const { databaseUrl, fault, rounds, medianBoundMs, p99BoundMs } = measurement;
  const cluster = await startCluster(databaseUrl === null ? {} : { databaseUrl });
  try {
    const { gapsMs, verdicts } = await breakLeaderAgainAndAgain(cluster, { rounds, inFlight, fault });
    const name = `${measurement.name}, ${fault}`;
    const middle = median(gapsMs);
    const late = quantile(gapsMs, 0.99);
    const note = `longest ${Math.max(...gapsMs).toFixed(0)} ms`;
    const unit = 'ms';
    return [
      {
        name: `${name}: median gap of ${rounds}`,
        measured: middle,
        unit,
        bound: medianBoundMs,
        ok: middle <= medianBoundMs,
      },
      {
        name: `${name}: p99`,
        measured: late,
        unit,
        bound: p99BoundMs,
        ok: p99BoundMs === null || late <= p99BoundMs,
        note,
      },
      ...lostAndDoubled(name, verdicts),
    ];
  } finally {
    await cluster.stop();
  }
}

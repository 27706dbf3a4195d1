import { startCluster } from '#tests/support/cluster-process.ts';
import { breakLeaderAgainAndAgain, type FaultRunOptions } from '#tests/support/leader-faults.ts';
import { privateDatabase } from '#tests/support/services.ts';
import { median, quantile } from '#tests/support/statistics.ts';
import type { BenchRow } from './row.ts';

const rounds = 20;
const inFlight = 16;
const medianBoundMs = 1_000;

/** From `kill -9` of the leader, or its switch, to the next acknowledged mutation, under load; and that nothing is lost or doubled. */
export async function run(): Promise<readonly BenchRow[]> {
  const rows = [...(await measure('SQLite', null, 'kill')), ...(await measure('SQLite', null, 'unplug'))];
  const database = await privateDatabase();
  if (database.kind === 'none') {
    rows.push({
      name: 'MariaDB',
      measured: 0,
      unit: 'runs',
      bound: null,
      ok: false,
      note: `left out: ${database.reason}`,
    });
    return rows;
  }
  try {
    rows.push(...(await measure(database.name, database.url, 'kill')));
  } finally {
    await database.stop();
  }
  return rows;
}

async function measure(name: string, databaseUrl: string | null, fault: FaultRunOptions['fault']): Promise<BenchRow[]> {
  const cluster = await startCluster(databaseUrl === null ? {} : { databaseUrl });
  try {
    const { gapsMs, verdicts } = await breakLeaderAgainAndAgain(cluster, { rounds, inFlight, fault });
    const lost = new Set(verdicts.flatMap((verdict) => verdict.lost)).size;
    const doubled = new Set(verdicts.flatMap((verdict) => verdict.doubled)).size;
    const sent = `${verdicts[0]?.acknowledged} acknowledged of ${verdicts[0]?.sent} sent, on ${verdicts.length} nodes`;
    const middle = median(gapsMs);
    return [
      {
        name: `${name}, ${fault}: median gap of ${rounds}`,
        measured: middle,
        unit: 'ms',
        bound: medianBoundMs,
        ok: middle <= medianBoundMs,
      },
      { name: `${name}, ${fault}: longest gap`, measured: quantile(gapsMs, 1), unit: 'ms', bound: null, ok: true },
      { name: `${name}, ${fault}: lost`, measured: lost, unit: 'mutations', bound: 0, ok: lost === 0, note: sent },
      { name: `${name}, ${fault}: doubled`, measured: doubled, unit: 'mutations', bound: 0, ok: doubled === 0 },
    ];
  } finally {
    await cluster.stop();
  }
}

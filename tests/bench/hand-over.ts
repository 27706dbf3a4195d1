import { startCluster } from '#tests/support/cluster-process.ts';
import { handOverAgainAndAgain } from '#tests/support/hand-overs.ts';
import { median, quantile } from '#tests/support/statistics.ts';
import { lostAndDoubled } from './lost-and-doubled.ts';
import { roundsOf } from './parameters.ts';
import type { BenchRow } from './row.ts';

const inFlight = 64;
const gapBoundMs = 30;

/** Planned hand-overs under load: nothing may fail, and clients should hardly notice. About two minutes. */
export async function run(): Promise<readonly BenchRow[]> {
  const rounds = roundsOf(100);
  const cluster = await startCluster();
  try {
    const result = await handOverAgainAndAgain(cluster, { rounds, inFlight });
    const gap = quantile(result.gapsMs, 0.99);
    const failed = [...result.failedTransfers, ...result.failedAttempts];
    const calm = `without hand-over median ${median(result.calmGapsMs).toFixed(1)}, p99 ${quantile(result.calmGapsMs, 0.99).toFixed(1)} ms`;
    return [
      {
        name: `longest gap of each of ${rounds} hand-overs, p99`,
        measured: gap,
        unit: 'ms',
        bound: gapBoundMs,
        ok: gap <= gapBoundMs,
        note: `median ${median(result.gapsMs).toFixed(1)}, longest ${Math.max(...result.gapsMs).toFixed(1)} ms; ${calm}`,
      },
      {
        name: 'failed mutations and transfers',
        measured: failed.length,
        unit: 'requests',
        bound: 0,
        ok: failed.length === 0,
        note: `${Math.round(result.perSecond)} mutations/s of ${inFlight} clients; ${[...new Set(failed)].slice(0, 3).join(' | ')}`,
      },
      {
        name: 'a transfer, from request to answer, median',
        measured: median(result.transfersMs),
        unit: 'ms',
        bound: null,
        ok: true,
        note: `longest ${Math.max(...result.transfersMs).toFixed(0)} ms`,
      },
      ...lostAndDoubled('hand-over', result.verdicts),
    ];
  } finally {
    await cluster.stop();
  }
}

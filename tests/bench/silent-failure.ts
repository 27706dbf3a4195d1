import { startCluster } from '#tests/support/cluster-process.ts';
import { breakLeaderAgainAndAgain } from '#tests/support/leader-faults.ts';
import { median, quantile } from '#tests/support/statistics.ts';
import { lostAndDoubled } from './lost-and-doubled.ts';
import { roundsOf } from './parameters.ts';
import type { BenchRow } from './row.ts';

const inFlight = 64;
const medianBoundMs = 500;
const p99BoundMs = 900;

/** The leader is stopped and says nothing; its connections stay open. From then to the next acknowledged mutation. About two minutes. */
export async function run(): Promise<readonly BenchRow[]> {
  const rounds = roundsOf(50);
  const cluster = await startCluster();
  try {
    const { gapsMs, verdicts } = await breakLeaderAgainAndAgain(cluster, { rounds, inFlight, fault: 'pause' });
    const middle = median(gapsMs);
    const late = quantile(gapsMs, 0.99);
    const unit = 'ms';
    const note = `longest ${Math.max(...gapsMs).toFixed(0)} ms`;
    return [
      {
        name: `SIGSTOP, median of ${rounds}`,
        measured: middle,
        unit,
        bound: medianBoundMs,
        ok: middle <= medianBoundMs,
      },
      { name: `SIGSTOP, p99 of ${rounds}`, measured: late, unit, bound: p99BoundMs, ok: late <= p99BoundMs, note },
      ...lostAndDoubled('SIGSTOP', verdicts),
    ];
  } finally {
    await cluster.stop();
  }
}

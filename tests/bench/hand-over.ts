import { handOverAgainAndAgain } from '#tests/support/hand-overs.ts';
import { median, quantile } from '#tests/support/statistics.ts';
import { withWatchedCluster, type NodeStall, type WatchedCluster } from '#tests/support/watched-cluster.ts';
import { lostAndDoubled } from './lost-and-doubled.ts';
import { roundsOf } from './parameters.ts';
import type { BenchRow } from './row.ts';

const inFlight = 64;
const gapBoundMs = 30;

/**
 * Planned hand-overs under load: nothing may fail, and clients should hardly notice. Two minutes or so. The clients never rest, so nodes also
 * wait for a processor: how long gaps are without a hand-over, and what event loops waited for, stands beside it.
 */
export function run(): Promise<readonly BenchRow[]> {
  return withWatchedCluster((cluster) => measure(cluster, roundsOf(100)));
}

async function measure(cluster: WatchedCluster, rounds: number): Promise<readonly BenchRow[]> {
  const startedAtMs = Date.now();
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
    stallsRow(cluster.stalls().filter(({ endedAtMs }) => endedAtMs >= startedAtMs)),
    ...lostAndDoubled('hand-over', result.verdicts),
  ];
}

function stallsRow(stalls: readonly NodeStall[]): BenchRow {
  const sum = (of: (stall: NodeStall) => number): number => stalls.reduce((total, stall) => total + of(stall), 0);
  const waited =
    sum(({ waitedForCpuMs }) => waitedForCpuMs) /
    Math.max(
      sum(({ loopMs }) => loopMs),
      1,
    );
  const longest = stalls.reduce((longestMs, { loopMs }) => Math.max(longestMs, loopMs), 0);
  return {
    name: 'event loops that stood still for 50 ms or more meanwhile',
    measured: stalls.length,
    unit: 'times',
    bound: null,
    ok: true,
    note: `longest ${longest.toFixed(0)} ms; ${(100 * waited).toFixed(0)} % of that time they were ready and no processor was free`,
  };
}

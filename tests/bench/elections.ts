import { timingSettings } from '#server/config/setting.ts';
import type { TestCluster } from '#tests/support/cluster-process.ts';
import { FullLoad } from '#tests/support/full-load.ts';
import { withWatchedCluster, type NodeStall, type WatchedCluster } from '#tests/support/watched-cluster.ts';
import { minutesOf } from './parameters.ts';
import type { BenchRow } from './row.ts';

const clients = 256;
const electionTimeoutMs = timingSettings.electionTimeoutTicks.fallback * timingSettings.tickMs.fallback;
const stallMsMin = electionTimeoutMs / 2;
const lookEveryMs = 200;

interface Election {
  readonly term: number;
  /** It began after this, milliseconds since 1970. */
  readonly afterMs: number;
  readonly seenAtMs: number;
}

/**
 * Three nodes under 256 clients that never rest. Nobody dies, so nobody should be elected; an election is excused by a stall of half the election
 * timeout, measured in the process of a node. One hour, or BENCH_MINUTES.
 */
export async function run(): Promise<readonly BenchRow[]> {
  const minutes = minutesOf(60);
  return withWatchedCluster((cluster) => count(cluster, minutes));
}

async function count(cluster: WatchedCluster, minutes: number): Promise<readonly BenchRow[]> {
  const load = new FullLoad(cluster.urls);
  const startedAtMs = performance.now();
  await load.start(clients);
  const elections: Election[] = [];
  try {
    let look = await termOf(cluster);
    while (performance.now() < startedAtMs + minutes * 60_000) {
      await new Promise((resolve) => {
        setTimeout(resolve, lookEveryMs);
      });
      const next = await termOf(cluster);
      for (let term = look.term + 1; term <= next.term; term += 1)
        elections.push({ term, afterMs: look.beganAtMs, seenAtMs: next.endedAtMs });
      // A look that met nobody says nothing of the term.
      if (next.term >= look.term) look = next;
    }
  } finally {
    await load.stop();
  }
  const perSecond = (load.answered * 1_000) / (performance.now() - startedAtMs);
  return rowsOf({ elections, stalls: cluster.stalls(), minutes, perSecond, failed: load.failed });
}

function rowsOf(measured: {
  readonly elections: readonly Election[];
  readonly stalls: readonly NodeStall[];
  readonly minutes: number;
  readonly perSecond: number;
  readonly failed: number;
}): readonly BenchRow[] {
  const { elections, stalls, minutes } = measured;
  const listed = elections.map((election) => ({ election, stall: stallBehind(election, stalls) }));
  const unexplained = listed.filter(({ stall }) => stall === null || stall.loopMs < stallMsMin).length;
  const longest = stalls.reduce((longestMs, { loopMs }) => Math.max(longestMs, loopMs), 0);
  return [
    {
      name: `elections in ${minutes} min without a stall of ${stallMsMin} ms`,
      measured: unexplained,
      unit: 'elections',
      bound: 0,
      ok: unexplained === 0,
      note: `${elections.length} elections; ${Math.round(measured.perSecond)} answers/s to ${clients} clients, ${measured.failed} failed; longest stall ${longest.toFixed(0)} ms`,
    },
    ...listed.map(({ election, stall }) => ({
      name: `term ${election.term}, ${new Date(election.seenAtMs).toISOString()}`,
      measured: stall?.loopMs ?? 0,
      unit: 'ms stalled',
      bound: null,
      ok: true,
      note:
        stall === null
          ? 'no stall'
          : `${stall.node}, of which ${stall.waitedForCpuMs.toFixed(0)} ms without a processor`,
    })),
  ];
}

/** The longest that was over, or began, in the time in which the old leader must have been silent. */
function stallBehind({ afterMs, seenAtMs }: Election, stalls: readonly NodeStall[]): NodeStall | null {
  const from = afterMs - 2 * electionTimeoutMs;
  const within = stalls.filter(({ endedAtMs, loopMs }) => endedAtMs >= from && endedAtMs - loopMs <= seenAtMs);
  return within.toSorted((a, b) => b.loopMs - a.loopMs)[0] ?? null;
}

/** The highest term that any node tells of; 0 when none answers. */
async function termOf(
  cluster: TestCluster,
): Promise<{ readonly term: number; readonly beganAtMs: number; readonly endedAtMs: number }> {
  const beganAtMs = Date.now();
  const healths = await Promise.all(cluster.nodes.map((node) => node.health(5_000)));
  const term = Math.max(0, ...healths.map((health) => Number(health?.['term'] ?? 0)));
  return { term, beganAtMs, endedAtMs: Date.now() };
}

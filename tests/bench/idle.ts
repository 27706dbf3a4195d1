import { startCluster } from '#tests/support/cluster-process.ts';
import { elapse } from '#tests/support/elapse.ts';
import { cpuSeconds, residentMegabytes } from '#tests/support/process-usage.ts';
import type { BenchRow } from './row.ts';

const settleMs = 5_000;
const watchMs = 20_000;
const cpuBoundPercent = 2;
const memoryBoundMb = 200;

/** What a node of an empty cluster costs while nobody asks it anything. */
export async function run(): Promise<readonly BenchRow[]> {
  const cluster = await startCluster();
  try {
    await elapse(settleMs);
    const pids = cluster.nodes.map((node) => node.pid ?? 0);
    const before = pids.map(cpuSeconds);
    const startedAtMs = performance.now();
    await elapse(watchMs);
    const seconds = (performance.now() - startedAtMs) / 1000;
    return cluster.nodes.flatMap((node, place) => {
      const pid = pids[place] ?? 0;
      const percent = ((cpuSeconds(pid) - (before[place] ?? 0)) / seconds) * 100;
      const megabytes = residentMegabytes(pid);
      const { id } = node.options;
      return [
        {
          name: `${id}: of a core`,
          measured: percent,
          unit: '%',
          bound: cpuBoundPercent,
          ok: percent <= cpuBoundPercent,
        },
        {
          name: `${id}: resident memory`,
          measured: megabytes,
          unit: 'MB',
          bound: memoryBoundMb,
          ok: megabytes <= memoryBoundMb,
        },
      ];
    });
  } finally {
    await cluster.stop();
  }
}

import { coverageGaps, coverageLine } from '#tests/simulation/judges/coverage.ts';
import { runSeeds, seedsFrom } from '#tests/simulation/run-seeds.ts';
import type { BenchRow } from './row.ts';

const seedCount = 2000;
const boundS = 60;

/** The simulation as `npm test` runs it: 2,000 seeds on two threads. */
export async function run(): Promise<BenchRow[]> {
  const { results, failures, elapsedMs } = await runSeeds({
    world: 'consensus',
    seeds: seedsFrom(1, seedCount),
    threads: 2,
    mutant: null,
    stopAtFirstFailure: false,
  });
  const seconds = elapsedMs / 1000;
  const gaps = coverageGaps(results).length + failures.length;
  return [
    {
      name: 'simulation',
      measured: seconds,
      unit: 's',
      bound: boundS,
      ok: seconds <= boundS && gaps === 0,
      note: coverageLine(results),
    },
    { name: 'failed or uncovered', measured: gaps, unit: 'seeds', bound: 0, ok: gaps === 0 },
  ];
}

import type { Declarations } from '#server/graph/declarations.ts';
import { productWeather } from './cluster/product-weather.ts';
import { runClusterSeed } from './cluster/run-cluster-seed.ts';
import { runSeed } from './run-seed.ts';

export interface Speed {
  readonly simulatedS: number;
  /** Of this thread. */
  readonly cpuS: number;
  readonly events: number;
  /** Of the events, those that all judges heard. */
  readonly hearings: number;
  readonly commandsPerSimulatedS: number;
  readonly faultsPerSimulatedS: number;
}

/** One seed with the timings that a cluster is run with, all judges on; storms and calm phases together. */
export type MeasuredSeed = (seed: number) => Promise<SeedFacts>;

interface SeedFacts {
  readonly simulatedS: number;
  readonly events: number;
  readonly hearings: number;
  readonly commands: number;
  readonly faults: number;
}

export const consensusSeed: MeasuredSeed = async (seed) => {
  const { simulatedUs, proposals, ...facts } = runSeed(seed, { weather: 'product' });
  // Promises of the run are settled.
  await new Promise((resolve) => setImmediate(resolve));
  return { ...facts, simulatedS: simulatedUs / 1_000_000, commands: proposals };
};

export function clusterSeed(declarations: Declarations): MeasuredSeed {
  return async (seed) => {
    const weather = productWeather();
    const { simulatedMs, mutations, ...facts } = await runClusterSeed(seed, { declarations, weather });
    return { ...facts, simulatedS: simulatedMs / 1000, commands: mutations };
  };
}

/**
 * How much simulated time one core gets through. The first seeds only warm the compiler up and are not counted. Call it where
 * nothing else runs.
 */
export async function measureSpeed(
  run: MeasuredSeed,
  options: { readonly warmUpCpuS: number; readonly cpuS: number; readonly first: number },
): Promise<Speed> {
  const total = { simulatedS: 0, cpuS: 0, events: 0, hearings: 0, commands: 0, faults: 0 };
  let warmUpCpuS = 0;
  for (let seed = options.first; total.cpuS < options.cpuS; seed++) {
    const before = process.threadCpuUsage();
    const result = await run(seed);
    const { user, system } = process.threadCpuUsage(before);
    const cpuS = (user + system) / 1_000_000;
    if (warmUpCpuS < options.warmUpCpuS) {
      warmUpCpuS += cpuS;
      continue;
    }
    total.cpuS += cpuS;
    total.simulatedS += result.simulatedS;
    total.events += result.events;
    total.hearings += result.hearings;
    total.commands += result.commands;
    total.faults += result.faults;
  }
  const { simulatedS, cpuS, events, hearings, commands, faults } = total;
  return {
    simulatedS,
    cpuS,
    events,
    hearings,
    commandsPerSimulatedS: commands / simulatedS,
    faultsPerSimulatedS: faults / simulatedS,
  };
}

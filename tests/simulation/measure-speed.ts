import { runSeed } from './run-seed.ts';

export interface Speed {
  readonly simulatedS: number;
  /** Of this thread. */
  readonly cpuS: number;
  readonly events: number;
  /** Of the events, turns that all judges heard. */
  readonly hearings: number;
  readonly commandsPerSimulatedS: number;
  readonly faultsPerSimulatedS: number;
}

/**
 * How much simulated time one core gets through with the timings that a cluster is run with, all judges on; storms and calm phases
 * together. The first seeds only warm the compiler up and are not counted. Call it where nothing else runs.
 */
export async function measureSpeed(options: {
  readonly warmUpCpuS: number;
  readonly cpuS: number;
  readonly first: number;
}): Promise<Speed> {
  const total = { simulatedUs: 0, cpuS: 0, events: 0, hearings: 0, proposals: 0, faults: 0 };
  let warmUpCpuS = 0;
  for (let seed = options.first; total.cpuS < options.cpuS; seed++) {
    const before = process.threadCpuUsage();
    const result = runSeed(seed, { weather: 'product' });
    const { user, system } = process.threadCpuUsage(before);
    const cpuS = (user + system) / 1_000_000;
    // Promises of the run are settled.
    await new Promise((resolve) => setImmediate(resolve));
    if (warmUpCpuS < options.warmUpCpuS) {
      warmUpCpuS += cpuS;
      continue;
    }
    total.cpuS += cpuS;
    total.simulatedUs += result.simulatedUs;
    total.events += result.events;
    total.hearings += result.hearings;
    total.proposals += result.proposals;
    total.faults += result.faults;
  }
  const simulatedS = total.simulatedUs / 1_000_000;
  const { cpuS, events, hearings, proposals, faults } = total;
  return {
    simulatedS,
    cpuS,
    events,
    hearings,
    commandsPerSimulatedS: proposals / simulatedS,
    faultsPerSimulatedS: faults / simulatedS,
  };
}

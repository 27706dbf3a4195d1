// How much simulated time a core-second gets through with all judges on, with the timings of the product, under more than 20 commands
// and one fault a simulated second. A core-second is one of the whole process: what V8 collects and compiles in other threads counts.
import { fileURLToPath } from 'node:url';
import { readDeclarations } from '#server/gateway/read-declarations.ts';
import { clusterSeed, consensusSeed, measureSpeed } from '#tests/simulation/measure-speed.ts';
import type { MeasuredSeed } from '#tests/simulation/measure-speed.ts';
import { secondsOf } from './parameters.ts';
import type { BenchRow } from './row.ts';

const warmUpCpuS = 5;
const measuredCpuS = 20;
const firstSeed = 1;
const simulatedPerCpuMin = 1000;
const commandsPerSecondMin = 20;
const faultsPerSecondMin = 1;

export async function run(): Promise<readonly BenchRow[]> {
  const stackTraceLimit = Error.stackTraceLimit;
  // As in the threads of `npm run sim`: reads that fail are errors by the thousand whose stacks nobody reads.
  Error.stackTraceLimit = 0;
  try {
    const { declarations } = readDeclarations(fileURLToPath(new URL('../../schema', import.meta.url)));
    return [
      ...(await measureWorld('consensus world', consensusSeed)),
      ...(await measureWorld('whole nodes', clusterSeed(declarations))),
    ];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function measureWorld(world: string, seed: MeasuredSeed): Promise<readonly BenchRow[]> {
  const [processBefore, threadBefore] = [process.cpuUsage(), process.threadCpuUsage()];
  const speed = await measureSpeed(seed, { warmUpCpuS, cpuS: secondsOf(measuredCpuS), first: firstSeed });
  // Both with the warm-up, in which there is more to compile: rather too much than too little for the other threads.
  const otherThreads =
    secondsOfUsage(process.cpuUsage(processBefore)) / secondsOfUsage(process.threadCpuUsage(threadBefore));
  const perThread = speed.simulatedS / speed.cpuS;
  const perCore = perThread / otherThreads;
  const { commandsPerSimulatedS, faultsPerSimulatedS, hearings, events } = speed;
  return [
    {
      name: `${world}, simulated time per core-second`,
      measured: perCore,
      unit: '×',
      bound: simulatedPerCpuMin,
      ok: perCore >= simulatedPerCpuMin,
      note: `${Math.round(perThread)} × per second of its own thread; ${Math.round(events / speed.cpuS)} events and ${Math.round(hearings / speed.cpuS)} hearings a second; ${Math.round(speed.simulatedS)} s simulated`,
    },
    atLeast(`${world}, commands a simulated second`, commandsPerSimulatedS, commandsPerSecondMin),
    atLeast(`${world}, faults a simulated second`, faultsPerSimulatedS, faultsPerSecondMin),
  ];
}

function atLeast(name: string, measured: number, bound: number): BenchRow {
  return { name, measured, unit: '/s', bound, ok: measured >= bound };
}

function secondsOfUsage({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1_000_000;
}

/** A thread that runs every so-many-th seed of one world, with or without a planted bug, and reports each. */
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { mutantNamed } from './all-mutants.ts';
import type { ClusterSeedResult } from './cluster/run-cluster-seed.ts';
import { plantMutant } from './plant-mutant.ts';
import type { SeedResult } from './run-seed.ts';

/** What a passed seed tells, by the world that it ran in. */
export interface ResultsByWorld {
  readonly consensus: SeedResult;
  readonly cluster: ClusterSeedResult;
}
export type WorldName = keyof ResultsByWorld;

export interface SeedOrder {
  readonly world: WorldName;
  readonly seeds: readonly number[];
  readonly mutant: string | null;
  readonly endsAtMs: number;
  /** No seed is begun once the thread has worked for so long. */
  readonly cpuMsMax: number;
}

export interface SeedFailure {
  readonly kind: 'failed';
  readonly seed: number;
  readonly events: number;
  /** The property that broke; `assertion` when the code itself stopped. */
  readonly judge: string;
  readonly message: string;
}

export type SeedReport<World extends WorldName = WorldName> = (
  { readonly kind: 'passed'; readonly result: ResultsByWorld[World] } | SeedFailure
) & {
  /** Of this thread; loading, compiling and collecting elsewhere not counted. */
  readonly cpuMs: number;
};

const order = workerData as SeedOrder;
if (order.mutant !== null) plantMutant(mutantNamed(order.mutant));
// Reads that fail are errors by the thousand whose stacks nobody reads; a failed seed is told of by its message.
Error.stackTraceLimit = 0;
// Only now: what is loaded before the bug is planted does not have it.
const runOne = order.world === 'consensus' ? await consensusRunner() : await clusterRunner();
const { SeedFailed } = await import('./run-seed.ts');
const { Violation } = await import('./evidence.ts');

let worked = 0;
for (const seed of order.seeds) {
  if (Date.now() >= order.endsAtMs || worked >= order.cpuMsMax) break;
  const cpuBefore = process.threadCpuUsage();
  const outcome = await run(seed);
  const { user, system } = process.threadCpuUsage(cpuBefore);
  const cpuMs = (user + system) / 1000;
  worked += cpuMs;
  const report: SeedReport = { ...outcome, cpuMs };
  // A port between threads has no origin to name.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(report);
  // Promises of the run are settled, and a `terminate` from outside is heard.
  await new Promise((resolve) => setImmediate(resolve));
}

async function run(seed: number) {
  try {
    return { kind: 'passed', result: await runOne(seed) } as const;
  } catch (error) {
    const cause = error instanceof SeedFailed ? error.cause : error;
    const judge = cause instanceof Violation ? cause.property : 'assertion';
    const events = error instanceof SeedFailed ? error.events : 0;
    const message = error instanceof Error ? error.message : String(error);
    return { kind: 'failed', seed, events, judge, message } as const;
  }
}

async function consensusRunner(): Promise<(seed: number) => SeedResult | Promise<ClusterSeedResult>> {
  const { runSeed } = await import('./run-seed.ts');
  return (seed) => runSeed(seed);
}

async function clusterRunner(): Promise<(seed: number) => SeedResult | Promise<ClusterSeedResult>> {
  const { readDeclarations } = await import('#server/gateway/read-declarations.ts');
  const { runClusterSeed } = await import('./cluster/run-cluster-seed.ts');
  const { declarations } = readDeclarations(fileURLToPath(new URL('../../schema', import.meta.url)));
  return (seed) => runClusterSeed(seed, { declarations });
}

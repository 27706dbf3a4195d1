/** A thread that runs every so-many-th seed, with or without a planted bug, and reports each. */
import { parentPort, workerData } from 'node:worker_threads';
import { mutantNamed } from './all-mutants.ts';
import { plantMutant } from './plant-mutant.ts';
import type { SeedResult } from './run-seed.ts';

export interface SeedOrder {
  readonly seeds: readonly number[];
  readonly mutant: string | null;
  readonly endsAtMs: number;
}

export type SeedReport = (
  | { readonly kind: 'passed'; readonly result: SeedResult }
  | {
      readonly kind: 'failed';
      readonly seed: number;
      readonly events: number;
      /** The property that broke; `assertion` when the code itself stopped. */
      readonly judge: string;
      readonly message: string;
    }
) & {
  /** Of this thread; loading, compiling and collecting elsewhere not counted. */
  readonly cpuMs: number;
};

const order = workerData as SeedOrder;
if (order.mutant !== null) plantMutant(mutantNamed(order.mutant));
// Reads that fail are errors by the thousand whose stacks nobody reads; a failed seed is told of by its message.
Error.stackTraceLimit = 0;
// Only now: what is loaded before the bug is planted does not have it.
const { runSeed, SeedFailed } = await import('./run-seed.ts');
const { Violation } = await import('./evidence.ts');

for (const seed of order.seeds) {
  if (Date.now() >= order.endsAtMs) break;
  const cpuBefore = process.threadCpuUsage();
  const outcome = run(seed);
  const { user, system } = process.threadCpuUsage(cpuBefore);
  const report: SeedReport = { ...outcome, cpuMs: (user + system) / 1000 };
  // A port between threads has no origin to name.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(report);
  // Promises of the run are settled, and a `terminate` from outside is heard.
  await new Promise((resolve) => setImmediate(resolve));
}

function run(seed: number) {
  try {
    return { kind: 'passed', result: runSeed(seed) } as const;
  } catch (error) {
    const cause = error instanceof SeedFailed ? error.cause : error;
    const judge = cause instanceof Violation ? cause.property : 'assertion';
    const events = error instanceof SeedFailed ? error.events : 0;
    const message = error instanceof Error ? error.message : String(error);
    return { kind: 'failed', seed, events, judge, message } as const;
  }
}

/** A thread that runs every so-many-th seed, with or without a planted bug, and reports each. */
import { parentPort, workerData } from 'node:worker_threads';
import { mutantNamed } from './mutants.ts';
import { plantMutant } from './plant-mutant.ts';
import type { SeedResult } from './run-seed.ts';

export interface SeedOrder {
  readonly seeds: readonly number[];
  readonly mutant: string | null;
}

export type SeedReport =
  | { readonly kind: 'passed'; readonly result: SeedResult }
  | { readonly kind: 'failed'; readonly seed: number; readonly events: number; readonly message: string };

const order = workerData as SeedOrder;
if (order.mutant !== null) plantMutant(mutantNamed(order.mutant));
// Only now: what is loaded before the bug is planted does not have it.
// Reads that fail are errors by the thousand whose stacks nobody reads; a failed seed is told of by its message.
Error.stackTraceLimit = 0;
const { runSeed, SeedFailed } = await import('./run-seed.ts');

for (const seed of order.seeds) {
  // A port between threads has no origin to name.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(run(seed));
  // Promises of the run are settled, and a `terminate` from outside is heard.
  await new Promise((resolve) => setImmediate(resolve));
}

function run(seed: number): SeedReport {
  try {
    return { kind: 'passed', result: runSeed(seed) };
  } catch (error) {
    const events = error instanceof SeedFailed ? error.events : 0;
    return { kind: 'failed', seed, events, message: error instanceof Error ? error.message : String(error) };
  }
}

import { Worker } from 'node:worker_threads';
import type { SeedResult } from './run-seed.ts';
import type { SeedOrder, SeedReport } from './seed-thread.ts';

export interface SeedsOptions {
  readonly seeds: readonly number[];
  readonly threads: number;
  /** The name of a planted bug; null: the code as it is. */
  readonly mutant: string | null;
  readonly stopAtFirstFailure: boolean;
  /** No seed is begun after this time of the epoch. */
  readonly endsAtMs?: number;
}

export interface SeedsOutcome {
  readonly results: readonly SeedResult[];
  readonly failures: readonly Extract<SeedReport, { readonly kind: 'failed' }>[];
  readonly elapsedMs: number;
  /** Of all threads together. */
  readonly cpuMs: number;
}

/** A run makes much garbage and keeps little: the more room for it, the less often it is collected. */
const youngMegabytes = 64;

/** Shares the seeds out over threads. Rejects only when a thread itself breaks, such as a mutant that no longer fits. */
export async function runSeeds(options: SeedsOptions): Promise<SeedsOutcome> {
  const { seeds, threads, mutant, stopAtFirstFailure } = options;
  const startedMs = performance.now();
  const results: SeedResult[] = [];
  const failures: Extract<SeedReport, { readonly kind: 'failed' }>[] = [];
  const workers: Worker[] = [];
  let cpuMs = 0;
  const onReport = (report: SeedReport): void => {
    cpuMs += report.cpuMs;
    if (report.kind === 'passed') results.push(report.result);
    else failures.push(report);
    if (failures.length > 0 && stopAtFirstFailure) for (const worker of workers) void worker.terminate();
  };
  const ends = Array.from({ length: threads }, (_, thread) => {
    const ofThread = seeds.filter((_seed, at) => at % threads === thread);
    const order: SeedOrder = { mutant, seeds: ofThread, endsAtMs: options.endsAtMs ?? Infinity };
    const worker = new Worker(new URL('./seed-thread.ts', import.meta.url), {
      workerData: order,
      resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes },
    });
    workers.push(worker);
    worker.on('message', onReport);
    return endOf(worker);
  });
  await Promise.all(ends);
  return { results, failures, elapsedMs: performance.now() - startedMs, cpuMs };
}

export function seedsFrom(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => first + at);
}

function endOf(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
}

import { Worker } from 'node:worker_threads';
import type { ResultsByWorld, SeedFailure, SeedOrder, SeedReport, WorldName } from './seed-thread.ts';

export interface SeedsOptions<World extends WorldName> {
  readonly world: World;
  readonly seeds: readonly number[];
  readonly threads: number;
  /** The name of a planted bug; null: the code as it is. */
  readonly mutant: string | null;
  readonly stopAtFirstFailure: boolean;
  /** No seed is begun after this time of the epoch. */
  readonly endsAtMs?: number;
  /** No seed is begun once the threads have worked for so long together. */
  readonly cpuMsMax?: number;
}

export interface SeedsOutcome<World extends WorldName> {
  readonly results: readonly ResultsByWorld[World][];
  readonly failures: readonly SeedFailure[];
  readonly elapsedMs: number;
  /** Of all threads together. */
  readonly cpuMs: number;
}

/** A run makes much garbage and keeps little: the more room for it, the less often it is collected. */
const youngMegabytes = 64;

/** Shares the seeds out over threads. Rejects only when a thread itself breaks, such as a mutant that no longer fits. */
export async function runSeeds<World extends WorldName>(options: SeedsOptions<World>): Promise<SeedsOutcome<World>> {
  const { world, seeds, threads, mutant, stopAtFirstFailure } = options;
  const startedMs = performance.now();
  const results: ResultsByWorld[World][] = [];
  const failures: SeedFailure[] = [];
  const workers: Worker[] = [];
  let cpuMs = 0;
  const onReport = (report: SeedReport<World>): void => {
    cpuMs += report.cpuMs;
    if (report.kind === 'passed') results.push(report.result);
    else failures.push(report);
    if (failures.length > 0 && stopAtFirstFailure) for (const worker of workers) void worker.terminate();
  };
  const ends = Array.from({ length: threads }, (_, thread) => {
    const ofThread = seeds.filter((_seed, at) => at % threads === thread);
    const order: SeedOrder = {
      world,
      mutant,
      seeds: ofThread,
      endsAtMs: options.endsAtMs ?? Infinity,
      cpuMsMax: (options.cpuMsMax ?? Infinity) / threads,
    };
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

import { clusterCoverageGaps, clusterCoverageLine } from './cluster/cluster-coverage.ts';
import { coverageGaps, coverageLine } from './judges/coverage.ts';
import { keepSeeds, keptSeeds } from './kept-seeds.ts';
import { appendToLedger, commitNow } from './ledger.ts';
import { runSeeds, seedsFrom } from './run-seeds.ts';
import type { ResultsByWorld, WorldName } from './seed-thread.ts';

export interface FreshOptions {
  readonly first: number;
  /** Infinity: until the time is over. */
  readonly count: number;
  /** No seed is begun after this time of the epoch. */
  readonly endsAtMs: number;
  readonly threads: number;
  /** Failed seeds join the kept ones even if the code is not as committed. */
  readonly isKeeping: boolean;
  readonly isNoted: boolean;
}

/** What runs of one world are asked afterwards. */
interface World<Name extends WorldName> {
  readonly name: Name;
  /** A line of the ledger; a run that is ended from outside loses no more than this. */
  readonly batchSeeds: number;
  readonly replay: (seed: number) => string;
  readonly line: (results: readonly ResultsByWorld[Name][]) => string;
  readonly gaps: (results: readonly ResultsByWorld[Name][]) => readonly string[];
}

const consensus: World<'consensus'> = {
  name: 'consensus',
  batchSeeds: 10_000,
  replay: (seed) => `npm run sim -- --seed ${seed}`,
  line: coverageLine,
  gaps: coverageGaps,
};

const cluster: World<'cluster'> = {
  name: 'cluster',
  batchSeeds: 500,
  replay: (seed) => `npm run sim -- --cluster --seed ${seed}`,
  line: clusterCoverageLine,
  gaps: clusterCoverageGaps,
};

/** True when no seed failed and all that the run claims to test was met. */
export function runFresh(world: WorldName, options: FreshOptions): Promise<boolean> {
  return world === 'consensus' ? new FreshRun(consensus, options).run() : new FreshRun(cluster, options).run();
}

class FreshRun<Name extends WorldName> {
  readonly #world: World<Name>;
  readonly #options: FreshOptions;
  readonly #results: ResultsByWorld[Name][] = [];
  #cpuMs = 0;

  constructor(world: World<Name>, options: FreshOptions) {
    this.#world = world;
    this.#options = options;
  }

  async run(): Promise<boolean> {
    const { first, count, endsAtMs } = this.#options;
    const { batchSeeds, name } = this.#world;
    process.stdout.write(`seeds from ${first} on, after those that are kept; again with --first ${first}\n`);
    let isGood = await this.#runBatch(keptSeeds(name));
    for (let begun = 0; begun < count && Date.now() < endsAtMs; begun += batchSeeds)
      isGood = (await this.#runBatch(seedsFrom(first + begun, Math.min(batchSeeds, count - begun)))) && isGood;
    const isCovered = this.#sayWhatItDid();
    return isGood && isCovered;
  }

  /** True when no seed failed. What failed is kept at once: a long run may be ended from outside. */
  async #runBatch(seeds: readonly number[]): Promise<boolean> {
    const { threads, endsAtMs, isKeeping, isNoted } = this.#options;
    const { name, replay } = this.#world;
    const order = { world: name, seeds, threads, mutant: null, stopAtFirstFailure: false, endsAtMs };
    const { results, failures, cpuMs } = await runSeeds(order);
    for (const result of results) this.#results.push(result);
    this.#cpuMs += cpuMs;
    for (const { seed, message } of failures) process.stdout.write(`FAILED ${message}\n  replay: ${replay(seed)}\n`);
    // What fails in the midst of a change is for ever of no interest.
    if (failures.length > 0 && (isKeeping || !commitNow().endsWith('+'))) keepSeeds(name, failures);
    const run = {
      world: name,
      seeds: results.length + failures.length,
      events: results.reduce((sum, { hearings }) => sum + hearings, 0),
      values: results.reduce((sum, result) => sum + ('values' in result ? result.values : 0), 0),
      violations: failures.length,
    };
    if (isNoted && run.seeds > 0) appendToLedger(run);
    return failures.length === 0;
  }

  /** True when nothing is missing in it. */
  #sayWhatItDid(): boolean {
    const { line, gaps } = this.#world;
    const perSecond = (of: (result: ResultsByWorld[Name]) => number): string => {
      const total = this.#results.reduce((sum, result) => sum + of(result), 0);
      return Math.round(total / (this.#cpuMs / 1000)).toLocaleString('en');
    };
    const speed = `${perSecond(({ events }) => events)} events and ${perSecond(({ hearings }) => hearings)} hearings a second`;
    process.stdout.write(`${line(this.#results)}; ${(this.#cpuMs / 1000).toFixed(1)} s on one core, ${speed}\n`);
    const missing = gaps(this.#results);
    for (const gap of missing) process.stdout.write(`NOT COVERED ${gap}\n`);
    return missing.length === 0;
  }
}

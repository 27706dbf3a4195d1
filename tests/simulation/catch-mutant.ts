import type { Mutant } from './mutant.ts';
import { runSeeds, seedsFrom } from './run-seeds.ts';
import type { WorldName } from './seed-thread.ts';

export interface CatchOptions {
  readonly world: WorldName;
  readonly first: number;
  /** A mutant that lives through so many seeds is not caught. */
  readonly seedsMax: number;
  /** Or so long on one core: no seed is begun after it. Not by the clock, which on a busy machine says little. */
  readonly minutesMax: number;
  readonly threads: number;
}

export interface MutantOutcome {
  readonly mutant: Mutant;
  /** The property that broke; null: the mutant lives. */
  readonly judge: string | null;
  readonly seeds: number;
  /** On one core. */
  readonly cpuS: number;
  readonly message: string;
}

/** Runs seeds with the bug planted until one fails. A seed that fails without the bug too shows nothing: that is no catch. */
export async function catchMutant(mutant: Mutant, options: CatchOptions): Promise<MutantOutcome> {
  const { results, failures, cpuMs } = await runSeeds({
    world: options.world,
    cpuMsMax: 60_000 * options.minutesMax,
    seeds: seedsFrom(options.first, options.seedsMax),
    threads: options.threads,
    mutant: mutant.name,
    stopAtFirstFailure: true,
  });
  const [caught] = failures;
  const seeds = results.length + failures.length;
  const cpuS = cpuMs / 1000;
  if (caught !== undefined) {
    const order = {
      world: options.world,
      seeds: [caught.seed],
      threads: 1,
      mutant: null,
      stopAtFirstFailure: true,
    } as const;
    const [alsoWithout] = (await runSeeds(order)).failures;
    if (alsoWithout !== undefined)
      return { mutant, judge: null, seeds, cpuS, message: `fails without it too: ${alsoWithout.message}` };
  }
  return { mutant, judge: caught?.judge ?? null, seeds, cpuS, message: caught?.message ?? '' };
}

export function outcomeLine({ mutant, judge, seeds, cpuS, message }: MutantOutcome): string {
  const cost = `${seeds.toLocaleString('en')} seeds, ${cpuS.toFixed(1)} s on one core`;
  if (judge === null)
    return `SURVIVED ${mutant.name}: ${cost}; wanted: ${mutant.judge}${message === '' ? '' : `; ${message}`}`;
  const by = judge === mutant.judge ? `by '${judge}' as named` : `by '${judge}', not '${mutant.judge}' as named`;
  return `caught ${mutant.name} ${by}: ${cost}: ${message.slice(0, messageCharactersMax)}`;
}

const messageCharactersMax = 160;

/**
 * `npm run sim` runs fresh seeds; `-- --seeds N` so many, `-- --first S` from S on, `-- --minutes M` for so long, `-- --ledger` notes
 * the run in the ledger, `-- --ledger-sum` sums that up; `-- --seed S` runs one, with its last events told if it fails;
 * `-- --mutants` shows for each planted bug how many seeds and seconds it took to catch, `-- --mutants --unit` which of them the
 * unit tests kill too. Ends with code 1 when anything failed, was not covered, or lived.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { coverageGaps, coverageLine } from './judges/coverage.ts';
import { mutantNamed, mutants } from './all-mutants.ts';
import { catchMutant, outcomeLine, outcomeSummary } from './catch-mutant.ts';
import type { MutantOutcome } from './catch-mutant.ts';
import { keepSeeds, seedsThatFailed } from './kept-seeds.ts';
import { appendToLedger, commitNow, ledgerSummary } from './ledger.ts';
import { runSeed } from './run-seed.ts';
import { runSeeds, seedsFrom } from './run-seeds.ts';
import type { SeedResult } from './run-seed.ts';
import { unitVerdict } from './unit-tests.ts';

const threadsMax = 8;
const tracedLines = 60;
const freshSeeds = 2000;
/** A line of the ledger; a run that is ended from outside loses no more than this. */
const batchSeeds = 10_000;
/** A mutant that lives through this many seeds is not caught. */
const mutantSeedsMax = 10_000;

const done: { readonly results: SeedResult[]; cpuMs: number } = { results: [], cpuMs: 0 };

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    first: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    mutant: { type: 'string' },
    threads: { type: 'string' },
    unit: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    keep: { type: 'boolean', default: false },
    ledger: { type: 'boolean', default: false },
    'ledger-sum': { type: 'boolean', default: false },
  },
});

const threads =
  values.threads === undefined ? Math.min(threadsMax, availableParallelism()) : numberOf('--threads', values.threads);

if (values['ledger-sum']) process.stdout.write(`${ledgerSummary()}\n`);
else if (values.seed !== undefined) process.exitCode = replay(numberOf('--seed', values.seed));
else if (values.mutants || values.mutant !== undefined)
  process.exitCode = values.unit ? runUnitTests(values.mutant ?? null) : await catchMutants(values.mutant ?? null);
else process.exitCode = await runFresh();

function replay(seed: number): number {
  process.stdout.write(`seed ${seed}\n`);
  const lines: string[] = [];
  const trace = (line: string): void => {
    lines.push(line);
    if (lines.length > 2 * tracedLines) lines.splice(0, tracedLines);
  };
  try {
    process.stdout.write(`${coverageLine([runSeed(seed, { trace })])}\n`);
    return 0;
  } catch (error) {
    process.stdout.write(
      `${lines.slice(-tracedLines).join('\n')}\n${error instanceof Error ? (error.stack ?? '') : String(error)}\n`,
    );
    return 1;
  }
}

async function runFresh(): Promise<number> {
  const first = values.first === undefined ? Math.floor(Math.random() * 2 ** 40) : numberOf('--first', values.first);
  const endsAtMs =
    values.minutes === undefined ? Infinity : Date.now() + 60_000 * numberOf('--minutes', values.minutes);
  const count =
    values.seeds === undefined ? (endsAtMs === Infinity ? freshSeeds : Infinity) : numberOf('--seeds', values.seeds);
  process.stdout.write(`seeds from ${first} on, after those of seeds.txt; again with --first ${first}\n`);
  let isGood = await runBatch(seedsThatFailed(), endsAtMs);
  for (let done = 0; done < count && Date.now() < endsAtMs; done += batchSeeds) {
    const seeds = seedsFrom(first + done, Math.min(batchSeeds, count - done));
    isGood = (await runBatch(seeds, endsAtMs)) && isGood;
  }
  return isGood && sayWhatItDid() ? 0 : 1;
}

/** True when no seed failed. What failed is kept at once: a long run may be ended from outside. */
async function runBatch(seeds: readonly number[], endsAtMs: number): Promise<boolean> {
  const order = { seeds, threads, mutant: null, stopAtFirstFailure: false, endsAtMs };
  const { results, failures, cpuMs } = await runSeeds(order);
  for (const result of results) done.results.push(result);
  done.cpuMs += cpuMs;
  for (const { seed, message } of failures)
    process.stdout.write(`FAILED ${message}\n  replay: npm run sim -- --seed ${seed}\n`);
  // What fails in the midst of a change is for ever of no interest.
  if (failures.length > 0 && (values.keep || !commitNow().endsWith('+'))) keepSeeds(failures);
  const events = results.reduce((sum, result) => sum + result.hearings, 0);
  const run = {
    world: 'consensus',
    seeds: results.length + failures.length,
    events,
    violations: failures.length,
  } as const;
  if (values.ledger && run.seeds > 0) appendToLedger(run);
  return failures.length === 0;
}

/** True when nothing is missing in it. */
function sayWhatItDid(): boolean {
  const { results, cpuMs } = done;
  const events = results.reduce((sum, result) => sum + result.events, 0);
  const perSecond = Math.round(events / (cpuMs / 1000)).toLocaleString('en');
  process.stdout.write(
    `${coverageLine(results)}; ${(cpuMs / 1000).toFixed(1)} s on one core, ${perSecond} events a second\n`,
  );
  const gaps = coverageGaps(results);
  for (const gap of gaps) process.stdout.write(`NOT COVERED ${gap}\n`);
  return gaps.length === 0;
}

function runUnitTests(only: string | null): number {
  const withoutBug = unitVerdict(null);
  if (withoutBug.isKilled) {
    process.stdout.write(`the unit tests fail without any bug, so they show nothing: ${withoutBug.by}\n`);
    return 1;
  }
  let survived = 0;
  const chosen = only === null ? mutants : [mutantNamed(only)];
  for (const mutant of chosen) {
    const verdict = unitVerdict(mutant);
    if (verdict.isKilled)
      process.stdout.write(`killed by unit tests: ${mutant.name}: ${verdict.by}; ${verdict.seconds.toFixed(0)} s\n`);
    else process.stdout.write(`lives through unit tests: ${mutant.name}; ${verdict.seconds.toFixed(0)} s\n`);
    survived += verdict.isKilled ? 0 : 1;
  }
  process.stdout.write(`${survived} of ${chosen.length} live through the unit tests\n`);
  return 0;
}

async function catchMutants(only: string | null): Promise<number> {
  const first = values.first === undefined ? 1 : numberOf('--first', values.first);
  const seedsMax = values.seeds === undefined ? mutantSeedsMax : numberOf('--seeds', values.seeds);
  const outcomes: MutantOutcome[] = [];
  for (const mutant of only === null ? mutants : [mutantNamed(only)]) {
    const outcome = await catchMutant(mutant, { first, seedsMax, threads });
    outcomes.push(outcome);
    process.stdout.write(`${outcomeLine(outcome)}\n`);
  }
  process.stdout.write(`${outcomeSummary(outcomes)}\n`);
  return outcomes.every(({ judge }) => judge !== null) ? 0 : 1;
}

function numberOf(name: string, value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${name} takes a whole number, not '${value}'`);
  return number;
}

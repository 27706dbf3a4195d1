/**
 * `npm run sim` runs fresh seeds; `-- --seeds N` so many, `-- --first S` from S on, `-- --minutes M` for so long, `-- --ledger` notes
 * the run in the ledger, `-- --ledger-sum` sums that up; `-- --seed S` runs one, with its last events told if it fails;
 * `-- --mutants` shows for each planted bug how many seeds and seconds it took to catch, `-- --mutants --unit` which of them the
 * unit tests kill too, `-- --mutants --minutes M` gives up on each after so long on one core. `-- --cluster` does the same with whole nodes.
 * Ends with code 1 when anything failed, was not covered, or lived.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { mutantNamed, mutantsByWorld } from './all-mutants.ts';
import { catchMutant, outcomeLine } from './catch-mutant.ts';
import type { MutantOutcome } from './catch-mutant.ts';
import { ledgerSummary } from './ledger.ts';
import { mutantTable } from './mutant-table.ts';
import { replay } from './replay.ts';
import { runFresh } from './run-fresh.ts';
import type { FreshOptions } from './run-fresh.ts';
import { unitVerdict, verdictWithoutBug } from './unit-tests.ts';
import type { UnitVerdict } from './unit-tests.ts';

const threadsMax = 8;
const freshSeeds = { consensus: 2000, cluster: 100 } as const;
/** A mutant that lives through this many seeds is not caught. */
const mutantSeedsMax = 10_000;

const { values } = parseArgs({
  options: {
    cluster: { type: 'boolean', default: false },
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

const world = values.cluster ? 'cluster' : 'consensus';
const threads =
  values.threads === undefined ? Math.min(threadsMax, availableParallelism()) : numberOf('--threads', values.threads);

if (values['ledger-sum']) process.stdout.write(`${ledgerSummary()}\n`);
else if (values.seed !== undefined) process.exitCode = (await replay(world, numberOf('--seed', values.seed))) ? 0 : 1;
else if (values.mutants || values.mutant !== undefined)
  process.exitCode = values.unit ? runUnitTests(values.mutant ?? null) : await catchMutants(values.mutant ?? null);
else process.exitCode = (await runFresh(world, freshOptions())) ? 0 : 1;

function freshOptions(): FreshOptions {
  const endsAtMs =
    values.minutes === undefined ? Infinity : Date.now() + 60_000 * numberOf('--minutes', values.minutes);
  const countUnsaid = endsAtMs === Infinity ? freshSeeds[world] : Infinity;
  return {
    first: values.first === undefined ? Math.floor(Math.random() * 2 ** 40) : numberOf('--first', values.first),
    count: values.seeds === undefined ? countUnsaid : numberOf('--seeds', values.seeds),
    endsAtMs,
    threads,
    isKeeping: values.keep,
    isNoted: values.ledger,
  };
}

function runUnitTests(only: string | null): number {
  const chosen = only === null ? mutantsByWorld[world] : [mutantNamed(only)];
  const withoutBug = verdictWithoutBug(chosen);
  if (withoutBug.kind === 'killed' || withoutBug.kind === 'timed-out') {
    process.stdout.write(
      `the unit tests show nothing, since they do not pass without any bug: ${lineOf(withoutBug)}\n`,
    );
    return 1;
  }
  const counts = { killed: 0, lives: 0, untested: 0, 'timed-out': 0 };
  for (const mutant of chosen) {
    const verdict = unitVerdict(mutant);
    counts[verdict.kind] += 1;
    process.stdout.write(`${mutant.name}: ${lineOf(verdict)}\n`);
  }
  process.stdout.write(
    `${chosen.length} planted: ${counts.killed} killed by unit tests, ${counts.lives} live through them, ${counts.untested} touched by none, ${counts['timed-out']} timed out\n`,
  );
  return 0;
}

function lineOf(verdict: UnitVerdict): string {
  const seconds = `${verdict.seconds.toFixed(0)} s`;
  switch (verdict.kind) {
    case 'killed':
      return `killed by unit tests; ${seconds}; ${verdict.by}`;
    case 'lives':
      return `lives through unit tests; ${seconds}`;
    case 'untested':
      return `no unit test touches it; ${seconds}`;
    case 'timed-out':
      return `the unit tests came to no end; ${seconds}`;
  }
}

async function catchMutants(only: string | null): Promise<number> {
  const first = values.first === undefined ? 1 : numberOf('--first', values.first);
  const seedsMax = values.seeds === undefined ? mutantSeedsMax : numberOf('--seeds', values.seeds);
  const minutesMax = values.minutes === undefined ? Infinity : numberOf('--minutes', values.minutes);
  const outcomes: MutantOutcome[] = [];
  for (const mutant of only === null ? mutantsByWorld[world] : [mutantNamed(only)]) {
    const outcome = await catchMutant(mutant, { world, minutesMax, first, seedsMax, threads });
    outcomes.push(outcome);
    process.stdout.write(`${outcomeLine(outcome)}\n`);
  }
  process.stdout.write(`\n${mutantTable(outcomes)}\n`);
  return outcomes.every(({ judge }) => judge !== null) ? 0 : 1;
}

function numberOf(name: string, value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${name} takes a whole number, not '${value}'`);
  return number;
}

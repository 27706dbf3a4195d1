/**
 * `npm run sim` runs fresh seeds; `-- --seeds N` so many, `-- --first S` from S on, `-- --seed S` one, with its last events told
 * if it fails; `-- --mutants` shows for each planted bug how many seeds and seconds it took to catch.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { coverageGaps, coverageLine } from './judges/coverage.ts';
import { mutants } from './mutants.ts';
import { runSeed } from './run-seed.ts';
import { runSeeds, seedsFrom, seedsThatFailed } from './run-seeds.ts';

const threads = Math.min(8, availableParallelism());
const tracedLines = 60;
const freshSeeds = 2000;
/** A mutant that lives through this many seeds is not caught. */
const mutantSeedsMax = 10_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    first: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    mutant: { type: 'string' },
  },
});

if (values.seed !== undefined) process.exitCode = replay(numberOf('--seed', values.seed));
else if (values.mutants || values.mutant !== undefined) process.exitCode = await catchMutants(values.mutant ?? null);
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
  const count = values.seeds === undefined ? freshSeeds : numberOf('--seeds', values.seeds);
  process.stdout.write(`seeds ${first} to ${first + count - 1}, after those of seeds.txt\n`);
  const seeds = [...seedsThatFailed(), ...seedsFrom(first, count)];
  const { results, failures, elapsedMs } = await runSeeds({ seeds, threads, mutant: null, stopAtFirstFailure: false });
  process.stdout.write(`${coverageLine(results)}; ${(elapsedMs / 1000).toFixed(1)} s\n`);
  for (const { seed, message } of failures)
    process.stdout.write(`FAILED ${message}\n  replay: npm run sim -- --seed ${seed}\n`);
  for (const gap of coverageGaps(results)) process.stdout.write(`NOT COVERED ${gap}\n`);
  return failures.length > 0 || coverageGaps(results).length > 0 ? 1 : 0;
}

async function catchMutants(only: string | null): Promise<number> {
  let survivors = 0;
  const first = values.first === undefined ? 1 : numberOf('--first', values.first);
  for (const { name } of mutants.filter((mutant) => only === null || mutant.name === only)) {
    const seeds = seedsFrom(first, values.seeds === undefined ? mutantSeedsMax : numberOf('--seeds', values.seeds));
    const { results, failures, elapsedMs } = await runSeeds({ seeds, threads, mutant: name, stopAtFirstFailure: true });
    const [caught] = failures;
    const cost = `${results.length + failures.length} seeds, ${(elapsedMs / 1000).toFixed(1)} s`;
    if (caught === undefined) survivors += 1;
    process.stdout.write(
      caught === undefined ? `SURVIVED ${name}: ${cost}\n` : `caught ${name}: ${cost}: ${caught.message}\n`,
    );
  }
  return survivors > 0 ? 1 : 0;
}

function numberOf(name: string, value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${name} takes a whole number, not '${value}'`);
  return number;
}

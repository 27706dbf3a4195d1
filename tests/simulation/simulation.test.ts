/**
 * The real core, driver and log under one seed at a time, with crashes, torn writes, loss, reordering and partitions; all safety
 * properties are judged after every event. A failed seed is replayed with `npm run sim -- --seed S`.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { coverageGaps, coverageLine } from './judges/coverage.ts';
import { mutantNamed, mutants } from './all-mutants.ts';
import { catchMutant, outcomeLine } from './catch-mutant.ts';
import { mutate } from './plant-mutant.ts';
import { runSeed } from './run-seed.ts';
import { runSeeds, seedsFrom } from './run-seeds.ts';
import { keptSeeds } from './kept-seeds.ts';

const threads = 2;
const seedCount = 2000;
/** On two cores that others share; `npm run bench -- sim` holds it to 60 s. */
const runMsMax = 240_000;

test(
  `no safety property breaks in ${seedCount} fresh seeds, nor in those that failed once`,
  { timeout: runMsMax },
  async () => {
    const first = Number(process.env['INSTAFACE_SIM_SEED'] ?? Math.floor(Math.random() * 2 ** 40));
    process.stdout.write(`simulation: seeds from ${first} on; again with INSTAFACE_SIM_SEED=${first}\n`);
    const seeds = [...keptSeeds('consensus'), ...seedsFrom(first, seedCount)];
    const { results, failures, elapsedMs } = await runSeeds({
      world: 'consensus',
      seeds,
      threads,
      mutant: null,
      stopAtFirstFailure: false,
    });
    process.stdout.write(`simulation: ${coverageLine(results)}; ${(elapsedMs / 1000).toFixed(1)} s\n`);
    expect(failures).toEqual([]);
    expect(coverageGaps(results)).toEqual([]);
  },
);

test('a seed replays exactly', () => {
  for (const seed of [1, 2, 3]) expect(runSeed(seed)).toEqual(runSeed(seed));
});

test('a leader of an earlier term may replace what a later one has committed elsewhere', () => {
  // Found in weather that this seed does not draw by itself: a judge was too strict.
  expect(() => runSeed(915, { weather: 'product' })).not.toThrow();
});

const caughtInEveryRun = [
  'commit of an old term by counting',
  'vote not persisted before the reply',
  'commit beyond the verified prefix',
  'fsync skipped',
  'leader counts itself before its own disk',
];

test.each(caughtInEveryRun)('the planted bug "%s" is caught', { timeout: runMsMax }, async (name) => {
  // From 1 on: how many seeds a mutant takes is then the same in every run.
  const outcome = await catchMutant(mutantNamed(name), {
    world: 'consensus',
    first: 1,
    seedsMax: 4000,
    minutesMax: Infinity,
    threads,
  });
  process.stdout.write(`simulation: ${outcomeLine(outcome)}\n`);
  expect(outcome.judge).not.toBeNull();
});

test('no two planted bugs share a name, and each says who met it', () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  for (const { name, source } of mutants) expect(source, name).not.toBe('');
});

test('every planted bug still fits the source', () => {
  for (const mutant of mutants) {
    for (const { file } of mutant.edits) {
      const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
      expect(mutate(mutant, { file, source })).not.toBe(source);
    }
  }
});

import { expect, test } from 'vitest';
import type { MutantOutcome } from './catch-mutant.ts';
import { mutantTable } from './mutant-table.ts';

function outcome(
  name: string,
  judge: string | null,
  cost: { readonly seeds: number; readonly cpuS: number },
): MutantOutcome {
  return { mutant: { name, judge: 'one vote a term', source: 'Raft paper', edits: [] }, judge, ...cost, message: '' };
}

test('each planted bug has a line that says who was to catch it and who did, and the totals come last', () => {
  const table = mutantTable([
    outcome('two votes', 'one vote a term', { seeds: 3, cpuS: 0.2 }),
    outcome('late vote', 'liveness', { seeds: 1200, cpuS: 31.25 }),
    outcome('no vote', null, { seeds: 4000, cpuS: 60 }),
  ]);
  expect(table.split('\n')).toEqual([
    'mutant     judge named beforehand  caught by  seeds  CPU s',
    '---------  ----------------------  ---------  -----  -----',
    'two votes  one vote a term         as named       3    0.2',
    'late vote  one vote a term         liveness   1,200   31.3',
    'no vote    one vote a term         SURVIVED   4,000   60.0',
    '---------  ----------------------  ---------  -----  -----',
    '2 of 3 caught, 1 by the judge named beforehand; median 1,200 seeds and 31.3 s; longest 1,200 seeds and 31.3 s; 91 s in all, on one core',
  ]);
});

test('where nothing was caught the totals are noughts', () => {
  expect(mutantTable([]).split('\n').at(-1)).toBe(
    '0 of 0 caught, 0 by the judge named beforehand; median 0 seeds and 0.0 s; longest 0 seeds and 0.0 s; 0 s in all, on one core',
  );
});

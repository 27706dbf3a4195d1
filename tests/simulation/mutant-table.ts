import type { MutantOutcome } from './catch-mutant.ts';

const headings = ['mutant', 'judge named beforehand', 'caught by', 'seeds', 'CPU s'] as const;
/** In the place of a judge that is the one named. */
const asNamed = 'as named';

/** What a run over planted bugs found, a line each, then the totals. */
export function mutantTable(outcomes: readonly MutantOutcome[]): string {
  const rows = [headings, ...outcomes.map(rowOf)];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => padded(cell, widths[column] ?? 0, column)).join('  '));
  const [head = '', ...rest] = lines;
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [head, rule, ...rest, rule, totals(outcomes)].map((line) => line.trimEnd()).join('\n');
}

function rowOf({ mutant, judge, seeds, cpuS }: MutantOutcome): readonly string[] {
  const by = judge === null ? 'SURVIVED' : judge === mutant.judge ? asNamed : judge;
  return [mutant.name, mutant.judge, by, seeds.toLocaleString('en'), cpuS.toFixed(1)];
}

function totals(outcomes: readonly MutantOutcome[]): string {
  const caught = outcomes.filter(({ judge }) => judge !== null);
  const named = caught.filter(({ judge, mutant }) => judge === mutant.judge).length;
  const seconds = caught.map(({ cpuS }) => cpuS);
  const seeds = caught.map((outcome) => outcome.seeds);
  const all = outcomes.reduce((sum, { cpuS }) => sum + cpuS, 0);
  return [
    `${caught.length} of ${outcomes.length} caught, ${named} by the judge named beforehand`,
    `median ${median(seeds).toLocaleString('en')} seeds and ${median(seconds).toFixed(1)} s`,
    `longest ${Math.max(0, ...seeds).toLocaleString('en')} seeds and ${Math.max(0, ...seconds).toFixed(1)} s`,
    `${all.toFixed(0)} s in all, on one core`,
  ].join('; ');
}

/** Of an even number the upper of the two in the middle; 0 of none. */
function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

/** Numbers stand to the right. */
function padded(cell: string, width: number, column: number): string {
  return column >= 3 ? cell.padStart(width) : cell.padEnd(width);
}

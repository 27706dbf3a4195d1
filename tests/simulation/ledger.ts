import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What was run at one time, by one command. */
export interface LedgerRun {
  readonly world: 'consensus' | 'cluster';
  readonly seeds: number;
  /** Only those that every judge heard. */
  readonly events: number;
  /** Compared with what the log gives; 0 where nodes are not whole, or in lines from before this was counted. */
  readonly values: number;
  readonly violations: number;
}

export interface LedgerLine extends LedgerRun {
  /** With a `+` when the rooms that were run, or the simulator, were not as committed. */
  readonly commit: string;
  readonly date: string;
}

const file = new URL('./ledger.tsv', import.meta.url);
const root = path.resolve(import.meta.dirname, '../..');
const rooms = [
  'consensus',
  'server',
  'tests/simulation',
  ':!tests/simulation/ledger.tsv',
  ':!tests/simulation/seeds.txt',
];
const header = 'commit\tdate\tworld\tseeds\tevents\tvalues\tviolations\n';

export function appendToLedger(run: LedgerRun): LedgerLine {
  const line: LedgerLine = { ...run, commit: commitNow(), date: new Date().toISOString() };
  if (!existsSync(file)) writeFileSync(file, header);
  const { commit, date, world, seeds, events, values, violations } = line;
  appendFileSync(file, `${[commit, date, world, seeds, events, values, violations].join('\t')}\n`);
  return line;
}

export function readLedger(text: string): readonly LedgerLine[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.slice(1).map((line) => {
    const [commit, date, world, seeds, events, values, violations] = line.split('\t');
    if (commit === undefined || date === undefined || (world !== 'consensus' && world !== 'cluster'))
      throw new Error(`ledger.tsv: '${line}' is no line of it`);
    const run = {
      seeds: Number(seeds),
      events: Number(events),
      values: Number(values),
      violations: Number(violations),
    };
    if (Object.values(run).some((count) => !Number.isSafeInteger(count) || count < 0))
      throw new Error(`ledger.tsv: '${line}' has a count that is none`);
    return { commit, date, world, ...run };
  });
}

/** The newest commit first, then all of them together. */
export function ledgerSummary(text = existsSync(file) ? readFileSync(file, 'utf8') : header): string {
  const lines = readLedger(text);
  const groups = Map.groupBy(lines, ({ commit, world }) => `${commit} ${world}`);
  const perCommit = [...groups].toReversed().map(([name, group]) => `${name}: ${sumOf(group)}`);
  return [...perCommit, `all: ${sumOf(lines)}`].join('\n');
}

function sumOf(lines: readonly LedgerLine[]): string {
  const total = (of: (line: LedgerLine) => number): string =>
    lines.reduce((sum, line) => sum + of(line), 0).toLocaleString('en');
  return `${total(({ seeds }) => seeds)} seeds, ${total(({ events }) => events)} events judged, ${total(({ values }) => values)} values compared, ${total(({ violations }) => violations)} violations`;
}

/** With a `+` when the rooms that are run, or the simulator, are not as committed. */
export function commitNow(): string {
  const git = (...words: readonly string[]): string =>
    execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim();
  const isDirty = git('status', '--porcelain', '--', ...rooms) !== '';
  return `${git('rev-parse', '--short=12', 'HEAD')}${isDirty ? '+' : ''}`;
}

// `npm run bench` names the benchmarks; `npm run bench -- NAME [NAME…]` runs them and prints each figure against its bound;
// `--json` prints them as lines. A missed bound ends with code 1.
import { readdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BenchRow } from './row.ts';

const folder = dirname(fileURLToPath(import.meta.url));
const notBenches = new Set([
  'run.ts',
  'row.ts',
  'constant-server.ts',
  'constant-answer.ts',
  'on-each-database.ts',
  'parameters.ts',
  'lost-and-doubled.ts',
  'post-statuses.ts',
  'zipf-ranks.ts',
]);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && !notBenches.has(file))
  .map((file) => basename(file, '.ts'))
  .sort();

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const json = process.argv.includes('--json');
const unknown = wanted.filter((name) => !names.includes(name));
if (wanted.length === 0 || unknown.length > 0) {
  process.stderr.write(
    `${unknown.length > 0 ? `no benchmark ${unknown.join(', ')}; ` : ''}there are: ${names.join(', ')}\n`,
  );
  process.exit(2);
}

let missed = 0;
if (!json)
  process.stdout.write(
    `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}\n`,
  );
for (const name of wanted) {
  const bench: unknown = await import(pathToFileURL(join(folder, `${name}.ts`)).href);
  if (!hasRun(bench)) throw new Error(`tests/bench/${name}.ts exports no function run`);
  for (const row of await bench.run()) {
    if (!row.ok) missed += 1;
    process.stdout.write(json ? `${JSON.stringify({ bench: name, ...row })}\n` : `${describe(name, row)}\n`);
  }
}
process.exit(missed > 0 ? 1 : 0);

function hasRun(module: unknown): module is { readonly run: () => Promise<readonly BenchRow[]> } {
  return typeof module === 'object' && module !== null && 'run' in module && typeof module.run === 'function';
}

function describe(bench: string, { name, measured, unit, bound, ok, note }: BenchRow): string {
  const figure = `${Number(measured.toPrecision(4)).toLocaleString('en')} ${unit}`;
  const judged = bound === null ? '' : ` (bound ${bound.toLocaleString('en')} ${unit}: ${ok ? 'met' : 'MISSED'})`;
  return `${bench}: ${name}: ${figure}${judged}${note ? `; ${note}` : ''}`;
}

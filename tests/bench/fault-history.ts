import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { JudgedRun } from '#tests/faults/judge-run.ts';
import { minutesOf } from './parameters.ts';
import type { BenchRow } from './row.ts';

const program = fileURLToPath(new URL('../faults/run.ts', import.meta.url));

/** Half an hour, or BENCH_MINUTES, of a fault every five seconds against five nodes, and what the judges say. The same as `npm run test:faults`. */
export async function run(): Promise<readonly BenchRow[]> {
  const minutes = minutesOf(30);
  const { seed, lost, doubled, notLinearizable, failures, acknowledged, faults, operations } = await judged(minutes);
  const none = { unit: 'mutations', bound: 0 } as const;
  const note = `${acknowledged} acknowledged; ${faults} faults, seed ${seed}`;
  return [
    { name: `lost in ${minutes} min of faults`, measured: lost, ...none, ok: lost === 0, note },
    { name: 'doubled', measured: doubled, ...none, ok: doubled === 0 },
    {
      name: 'registers whose history is not linearizable',
      measured: notLinearizable,
      unit: 'registers',
      bound: 0,
      ok: notLinearizable === 0,
      note: `${operations} operations`,
    },
    {
      name: 'failures of any judge',
      measured: failures.length,
      unit: 'failures',
      bound: 0,
      ok: failures.length === 0,
      note: failures.join('; '),
    },
  ];
}

type Judged = JudgedRun & { readonly seed: number };

async function judged(minutes: number): Promise<Judged> {
  const args = ['--disable-warning=ExperimentalWarning', program, '--minutes', String(minutes), '--json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (part: Buffer) => (text += part.toString()));
  const code = await new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  const line = text.trimEnd().split('\n').at(-1) ?? '';
  if (line === '') throw new Error(`the run ended with code ${code} and no verdict`);
  return JSON.parse(line) as Judged;
}

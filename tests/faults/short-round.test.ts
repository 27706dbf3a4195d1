// Goal: faults of every kind that this machine allows leave nothing lost, doubled or out of order. Method: the command that people run for
// longer, for some seconds; it prints its seed and judges by itself.
import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';

const seconds = 24;

test('a short round of faults passes every judge', { timeout: 300_000 }, async () => {
  const program = ['--disable-warning=ExperimentalWarning', 'tests/faults/run.ts'];
  const child = spawn(process.execPath, [...program, '--seconds', String(seconds), '--every', '3']);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
  const code = await new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  console.log(output);
  expect(code, output).toBe(0);
});

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const program = fileURLToPath(new URL('instaface.ts', import.meta.url));
const compiled = fileURLToPath(new URL('../../.cache/compiled', import.meta.url));

test('a node that serves has left what it compiled to the next start, before anybody can kill it', async () => {
  const data = mkdtempSync(join(tmpdir(), 'compiled-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  rmSync(compiled, { recursive: true, force: true });
  const flags = ['--id', 'n1', '--port', '0', '--peer-port', '0', '--peers', 'n1=127.0.0.1:1', '--data', data];
  const args = ['--disable-warning=ExperimentalWarning', program, 'node', ...flags];
  const node = spawn(process.execPath, args, {
    env: { ...process.env, DATABASE_URL: `sqlite:${join(data, 'graph.db')}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void node.kill('SIGKILL'));
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const take = (text: Buffer): void => {
      said += text.toString();
      if (said.includes('"listening"')) resolve();
    };
    node.stdout.on('data', take);
    node.stderr.on('data', take);
    node.on('exit', () => reject(new Error(said)));
  });
  await expect.poll(() => existsSync(compiled) && readdirSync(compiled).length, { timeout: 10_000 }).toBeGreaterThan(0);
});

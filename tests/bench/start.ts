// A clone in a new folder, as a newcomer has it: `npm ci` alone, `npm start` from nothing, Ctrl-C, and `npm start` again.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askForData } from '#tests/support/cluster-process.ts';
import { freePorts } from '#tests/support/free-ports.ts';
import { waitFor } from '#tests/support/wait.ts';
import type { BenchRow } from './row.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const firstBoundS = 30;
const againBoundS = 10;
const startBoundMs = 300_000;
const stopBoundMs = 20_000;
const nodes = 3;

export async function run(): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'instaface-start-'));
  const clone = join(folder, 'clone');
  try {
    execFileSync('git', ['clone', '--quiet', root, clone]);
    const installS = await seconds(() =>
      execFileSync('npm', ['ci', '--include=dev', '--include=optional'], { cwd: clone, stdio: 'ignore' }),
    );
    rmSync(join(clone, 'node_modules'), { recursive: true });
    const first = await startAndStop(clone);
    const again = await startAndStop(clone);
    const beyondS = first.readyS - installS;
    return [
      {
        name: 'npm start on a fresh clone, beyond npm ci',
        measured: beyondS,
        unit: 's',
        bound: firstBoundS,
        ok: beyondS <= firstBoundS,
        note: `npm ci alone ${installS.toFixed(1)} s`,
      },
      {
        name: 'npm start again',
        measured: again.readyS,
        unit: 's',
        bound: againBoundS,
        ok: again.readyS <= againBoundS,
      },
      {
        name: 'addresses that did not answer',
        measured: first.silent + again.silent,
        unit: 'addresses',
        bound: 0,
        ok: first.silent + again.silent === 0,
      },
      {
        name: 'processes left after Ctrl-C',
        measured: first.left + again.left,
        unit: 'processes',
        bound: 0,
        ok: first.left + again.left === 0,
      },
      {
        name: 'people of the first start missing in the second',
        measured: missing(first.people, again.people),
        unit: 'people',
        bound: 0,
        ok: first.people.length > 0 && missing(first.people, again.people) === 0,
        note: `${first.people.length} people`,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Started {
  readonly readyS: number;
  readonly silent: number;
  readonly left: number;
  readonly people: readonly string[];
}

async function startAndStop(clone: string): Promise<Started> {
  const [port = 0] = await freePorts(1);
  const [peerPort = 0] = await freePorts(1);
  const startedAtMs = performance.now();
  // A group of its own, so that a signal reaches it as Ctrl-C reaches what a terminal runs.
  const child = spawn('npm', ['start', '--', '--port', String(port), '--peer-port', String(peerPort)], {
    cwd: clone,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = linesOf(child);
  await waitFor('ready', () => lines.includes('ready'), startBoundMs);
  const readyS = (performance.now() - startedAtMs) / 1000;
  await waitFor('the bot', () => lines.some((line) => line.startsWith('The bot')), startBoundMs);
  const urls = Array.from({ length: nodes }, (_, place) => `http://127.0.0.1:${port + place}`);
  const answers = await Promise.all(
    urls.flatMap((url) => [`${url}/`, `${url}/graphql`, `${url}/health/ready`]).map(answersHtmlOrJson),
  );
  const { users } = await askForData<{ users: { nodes: readonly { readonly id: string }[] } }>(
    urls[1] ?? '',
    '{ users(first: 1000) { nodes { id } } }',
  );
  const pids = urls.map((_, place) =>
    Number(readFileSync(join(clone, '.instaface', `n${place + 1}`, 'node.pid'), 'utf8')),
  );
  process.kill(-(child.pid ?? 0), 'SIGINT');
  await waitFor('npm to end', () => child.exitCode !== null || child.signalCode !== null, stopBoundMs);
  const left = pids.filter(isRunning).length;
  return { readyS, silent: answers.filter((isGood) => !isGood).length, left, people: users.nodes.map(({ id }) => id) };
}

function linesOf(child: ChildProcess): readonly string[] {
  const lines: string[] = [];
  let rest = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  return lines;
}

async function answersHtmlOrJson(url: string): Promise<boolean> {
  const response = await fetch(url, { headers: { accept: url.endsWith('ready') ? 'application/json' : 'text/html' } });
  const text = await response.text();
  return response.ok && (url.endsWith('ready') ? text.includes('"ready":true') : text.includes('<html'));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function missing(before: readonly string[], after: readonly string[]): number {
  const there = new Set(after);
  return before.filter((id) => !there.has(id)).length;
}

async function seconds(work: () => unknown): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return (performance.now() - startedAtMs) / 1000;
}

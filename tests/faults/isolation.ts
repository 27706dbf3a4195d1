// Network namespaces, mounts and processes of a run are put into namespaces of its own (unshare), whose first process is the run: when it
// ends, however it ends, the kernel ends all of its processes, its mounts and its networks.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAfterThisProcess } from '#tests/support/after-this-process.ts';

const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const marker = 'INSTAFACE_FAULTS_ISOLATED';

export const isIsolated = (): boolean => process.env[marker] === '1';

/** Why this machine cannot have them; null: it can. */
export function isolationMissing(): string | null {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root';
  for (const program of ['unshare', 'ip', 'tc', 'mount', 'mkfs.ext4', 'fallocate']) {
    if (spawnSync(program, ['--version'], { stdio: 'ignore' }).error) return `needs ${program}`;
  }
  const tried = spawnSync('unshare', [...namespaces, 'mount', '-t', 'tmpfs', 'none', '/run'], { encoding: 'utf8' });
  return tried.status === 0 ? null : `unshare does not work here: ${tried.stderr.trim()}`;
}

/** Runs this program again, in namespaces and a temporary folder of its own, and resolves to its exit code. */
export async function runIsolated(program: string, args: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'instaface-faults-'));
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', program, ...args];
  const child = spawn('unshare', [...namespaces, ...node], {
    env: { ...process.env, [marker]: '1', TMPDIR: folder },
    // The channel tells the run that this process is gone, however it went.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const forward = (signal: NodeJS.Signals): void => {
    // Sent to the run itself: `unshare` would only die of it, and take the run along without a word.
    if (child.connected) child.send(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, forward);
  const watch = removeAfter(child.pid ?? 0, folder);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    watch.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** However this process ends: waits until the run is over, and removes its folder. */
function removeAfter(pid: number, folder: string): ChildProcess {
  const script = 'while kill -0 "$1" 2> /dev/null; do sleep 0.2; done; rm -rf "$2"';
  return runAfterThisProcess(script, String(pid), folder);
}

/** What must be there before networks are named: the names are files. */
export function prepareIsolation(): void {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', 'none', '/run'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mount /run: ${stderr}`);
}

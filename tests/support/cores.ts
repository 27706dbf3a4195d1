import { spawnSync } from 'node:child_process';

/** Why processes cannot be kept to a core here; null: they can. */
export function pinningMissing(): string | null {
  if (process.platform !== 'linux') return 'needs Linux';
  const { error, stdout } = spawnSync('taskset', ['-c', '-p', String(process.pid)], { encoding: 'utf8' });
  if (error) return 'needs taskset';
  return /[,-]/.test(stdout.slice(stdout.lastIndexOf(':'))) ? null : `needs two cores: ${stdout.trim()}`;
}

/** Keeps every thread of a process, and those that it makes from then on, to these cores, such as `0` or `0-1`. Returns those it had. */
export function pin(pid: number, cores: string): string {
  const before = taskset(['-c', '-p', String(pid)]);
  taskset(['-a', '-c', '-p', cores, String(pid)]);
  return before.slice(before.lastIndexOf(':') + 1).trim();
}

function taskset(args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('taskset', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`taskset ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}

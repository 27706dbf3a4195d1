/**
 * Which processes have the database file open. Each writes its pid and start time beside the file before it opens it, so that a new
 * leader that is kept from the lock by a stopped process can end that very process: a pid alone might be another's by now.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface Holder {
  readonly pid: number;
  /** When the process started, in the words of the operating system: compared, never read. */
  readonly started: string;
}

export class FileHolders {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** To be called before the file is opened. */
  enter(): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    const { pid } = process;
    const started = startOf(pid);
    if (started === null) return;
    const path = this.#pathOf(pid);
    writeFileSync(`${path}.new`, JSON.stringify({ pid, started }));
    renameSync(`${path}.new`, path);
  }

  leave(): void {
    if (existsSync(this.#pathOf(process.pid))) rmSync(this.#pathOf(process.pid), { force: true });
  }

  /** The other processes that are alive and said that they have the file open. Notes of dead ones are cleared away. */
  others(): readonly Holder[] {
    const prefix = basename(this.#pathOf(''));
    const holders: Holder[] = [];
    for (const name of readdirSync(dirname(this.#file))) {
      if (!name.startsWith(prefix) || name.endsWith('.new')) continue;
      const holder = readHolder(join(dirname(this.#file), name));
      if (holder === null || holder.pid === process.pid) continue;
      if (isAlive(holder)) holders.push(holder);
      else rmSync(this.#pathOf(holder.pid), { force: true });
    }
    return holders;
  }

  /** Ends those that hold a lock on the file, as far as the system tells which do, else all. Returns whom. */
  end(): readonly Holder[] {
    const others = this.others();
    const locking = pidsWithLocks([this.#file, `${this.#file}-wal`, `${this.#file}-shm`]);
    const guilty = others.filter(({ pid }) => locking.has(pid));
    const ended = guilty.length > 0 ? guilty : others;
    for (const holder of ended) {
      if (isAlive(holder)) process.kill(holder.pid, 'SIGKILL');
    }
    return ended;
  }

  #pathOf(pid: number | ''): string {
    return `${this.#file}.holder-${pid}`;
  }
}

/** The pid is alive and is the process that it was. */
export function isAlive({ pid, started }: Holder): boolean {
  return startOf(pid) === started;
}

function readHolder(path: string): Holder | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('started' in value)) return null;
    const { pid, started } = value;
    return typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0 && typeof started === 'string'
      ? { pid, started }
      : null;
  } catch {
    // Removed by its process just now, or no note of ours.
    return null;
  }
}

/** Null: there is no such process, or it is dead and only waits to be reaped, or this system does not tell. */
export function startOf(pid: number): string | null {
  if (process.platform !== 'linux') {
    const { stdout, status } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return status === 0 && stdout.trim() !== '' ? stdout.trim() : null;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything; the state is the next field, the start time (ticks since boot) the 22nd.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || ticks === undefined) return null;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${ticks}`;
  } catch {
    return null;
  }
}

/** Linux lists every lock with the pid of its process and the inode of its file. The files are not opened for that. */
function pidsWithLocks(files: readonly string[]): ReadonlySet<number> {
  try {
    const inodes = new Set(files.map(inodeOf));
    const pids = new Set<number>();
    for (const line of readFileSync('/proc/locks', 'utf8').split('\n')) {
      const [, , , access, pid, device] = line.trim().split(/\s+/);
      if (access === 'WRITE' && inodes.has(Number(device?.split(':')[2]))) pids.add(Number(pid));
    }
    return pids;
  } catch {
    return new Set();
  }
}

function inodeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.ino ?? null;
}

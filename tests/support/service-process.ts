import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAfterThisProcess } from './after-this-process.ts';
import { waitFor } from './wait.ts';

const startBoundMs = 30_000;
const stopBoundMs = 10_000;

/** A server program on a temporary folder of its own, which a test may kill, stop for a while and start again. */
export class ServiceProcess {
  /** Removed at the end. */
  readonly folder: string;
  readonly #command: (folder: string) => readonly string[];
  readonly #answers: () => Promise<boolean>;
  #child: ChildProcess | null = null;
  #watch: ChildProcess | null = null;
  #output = '';
  readonly #atExit = (): void => this.#killNow();

  /** `command` is the program and its arguments; `answers` says whether it is ready. */
  constructor(
    name: string,
    options: { readonly command: (folder: string) => readonly string[]; readonly answers: () => Promise<boolean> },
  ) {
    this.folder = mkdtempSync(join(tmpdir(), `instaface-${name}-`));
    this.#command = options.command;
    this.#answers = options.answers;
    process.on('exit', this.#atExit);
  }

  /** Null: it does not run. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  async start(): Promise<void> {
    const [program = '', ...args] = this.#command(this.folder);
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.#watch = endWithThisProcess(child.pid ?? 0, this.folder);
    let failed: Error | null = null;
    child.once('error', (error) => (failed = error));
    child.once('exit', (code, signal) => (failed ??= new Error(`${program} ended: ${signal ?? code}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text: Buffer) => (this.#output = (this.#output + text.toString()).slice(-4_000)));
    }
    let ready = false;
    await waitFor(
      `${program} to answer`,
      async () => {
        ready = failed === null && (await this.#answers());
        return ready || failed !== null;
      },
      startBoundMs,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.#output}`, { cause: error });
    });
    if (!ready) throw new Error(`${program} did not start: ${String(failed)}\n${this.#output}`);
  }

  /** As power failure does: at once, whatever it is at. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Alive and silent: connections stay open, nothing answers. */
  async pause(): Promise<void> {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    this.#child?.kill('SIGSTOP');
    // Its threads stop one after the other, and may answer until then.
    await waitFor('every thread to stop', () => isStopped(pid));
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Ends it for good and removes its folder. */
  async stop(): Promise<void> {
    this.resume();
    await this.#end('SIGTERM');
    process.off('exit', this.#atExit);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    this.#watch?.kill('SIGKILL');
    this.#watch = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
    });
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), stopBoundMs);
    await ended;
    clearTimeout(late);
  }

  #killNow(): void {
    this.#child?.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function isStopped(pid: number): boolean {
  if (process.platform !== 'linux') return true;
  const threads = `/proc/${pid}/task`;
  return readdirSync(threads).every((thread) => {
    const stat = readFileSync(join(threads, thread, 'stat'), 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
  });
}

/** However this process ends: ends the server and removes its folder. */
function endWithThisProcess(pid: number, folder: string): ChildProcess {
  return runAfterThisProcess('kill -9 "$1" 2> /dev/null; rm -rf "$2"', String(pid), folder);
}

/** The first of these programs that is there, else null. */
export function findProgram(names: readonly string[]): string | null {
  const places = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  for (const name of names) {
    for (const place of places) {
      const path = join(place, name);
      if (spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0) return path;
    }
  }
  return null;
}

import { type ChildProcess, spawn } from 'node:child_process';

/** A shell that waits for the end of this process, however it ends, and then runs the script, with these as `$1`, `$2` … */
export function runAfterThisProcess(script: string, ...args: readonly string[]): ChildProcess {
  const watch = spawn('sh', ['-c', `while read -r _; do :; done; ${script}`, 'watch', ...args], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Else an interrupt of the terminal would end it first.
    detached: true,
  });
  watch.unref();
  watch.stdin?.on('error', () => {});
  return watch;
}

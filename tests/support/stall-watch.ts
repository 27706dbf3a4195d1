// Loaded into a process before its program (`--import`): notes in a file each time its event loop stood still for a while, and how much of that
// it waited for a processor. For measurements that must tell a stalled machine from a mistaken program.
import { appendFileSync, readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

export interface Stall {
  /** When it was over, milliseconds since 1970. */
  readonly endedAtMs: number;
  /** How long no timer could run. */
  readonly loopMs: number;
  /** The part of it in which the thread was ready and no processor was free (Linux; else 0). */
  readonly waitedForCpuMs: number;
}

const beatMs = 10;
const noted = 50;
const file = process.env['INSTAFACE_TEST_STALLS'];

/** Of the main thread: nanoseconds that it was ready to run and did not. */
function runDelayMs(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

// A thread that writes to the database may stand still; only the main one holds the consensus.
if (file !== undefined && isMainThread) {
  let lastMs = performance.now();
  let lastDelayMs = runDelayMs();
  setInterval(() => {
    const nowMs = performance.now();
    const delayMs = runDelayMs();
    const loopMs = nowMs - lastMs - beatMs;
    if (loopMs >= noted) {
      const stall: Stall = { endedAtMs: Date.now(), loopMs, waitedForCpuMs: delayMs - lastDelayMs };
      appendFileSync(file, `${JSON.stringify(stall)}\n`);
    }
    lastMs = nowMs;
    lastDelayMs = delayMs;
  }, beatMs).unref();
}

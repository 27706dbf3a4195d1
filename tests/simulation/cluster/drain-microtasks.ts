import { setFlagsFromString } from 'node:v8';

/**
 * Runs all promises that are ready, now. The code of a node awaits; in a simulation each event must be over, promises and all, before
 * the next one begins and judges look. Node itself does this only between two macrotasks, of which a simulation would then need one
 * an event. V8 does nothing when it is asked from within a promise: call it from a macrotask, see `inMacrotask`.
 */
export const drainMicrotasks: () => void = makeDrain();

function makeDrain(): () => void {
  setFlagsFromString('--allow-natives-syntax');
  // The only way to say it: no parser but V8's own, told so a line above, takes this for JavaScript.
  // oxlint-disable-next-line no-new-func, no-implied-eval
  const drain: unknown = new Function('%PerformMicrotaskCheckpoint()');
  if (typeof drain !== 'function') throw new Error('V8 offers no microtask checkpoint');
  return () => void Reflect.apply(drain, undefined, []);
}

/** Runs it where promises can be drained; rejects with what it throws. */
export function inMacrotask<Result>(run: () => Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        assertDrains();
        resolve(run());
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}

function assertDrains(): void {
  let hasRun = false;
  void Promise.resolve().then(() => {
    hasRun = true;
  });
  drainMicrotasks();
  if (!hasRun) throw new Error('promises are not drained here: the simulation would not be one');
}

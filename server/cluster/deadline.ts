import type { Clock } from './clock.ts';

/** The promise, or the error once `deadline` (monotonic milliseconds) has passed. What the promise does later is ignored. */
export function withDeadline<Value>(
  promise: Promise<Value>,
  options: { readonly clock: Clock; readonly deadline: number; readonly error: () => Error },
): Promise<Value> {
  const { clock, deadline, error } = options;
  return new Promise((resolve, reject) => {
    const callOff = clock.after(Math.max(0, deadline - clock.monotonicMs()), () => reject(error()));
    promise.then(
      (value) => {
        callOff();
        resolve(value);
      },
      (reason: unknown) => {
        callOff();
        reject(reason instanceof Error ? reason : new Error(String(reason)));
      },
    );
  });
}

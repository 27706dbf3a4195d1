/**
 * A value that may not be there yet. What is in memory is answered without a promise, so that a run of a query without misses takes
 * place within one turn of the event loop, at exactly one index.
 */
export type MaybePromise<Value> = Value | Promise<Value>;

export function isPromise<Value>(value: MaybePromise<Value>): value is Promise<Value> {
  return value instanceof Promise;
}

/** `step` of the value: at once if it is there. */
export function andThen<Value, Result>(
  value: MaybePromise<Value>,
  step: (value: Value) => MaybePromise<Result>,
): MaybePromise<Result> {
  return isPromise(value) ? value.then(step) : step(value);
}

/** All of them, in order: at once if all are there. */
export function together<Value>(values: readonly MaybePromise<Value>[]): MaybePromise<readonly Value[]> {
  const ready: Value[] = [];
  for (const value of values) {
    if (isPromise(value)) return Promise.all(values);
    ready.push(value);
  }
  return ready;
}

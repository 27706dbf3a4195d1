/** Time, as everything in this room gets it: the real clock in production, a turned one in tests. */
export interface Clock {
  /** Milliseconds since 1970; may jump. Only the leader reads it, to date entries. */
  nowMs(): number;
  /** Milliseconds that only grow: for deadlines and durations. */
  monotonicMs(): number;
  /** Runs once after the delay; returns the way to call it off. */
  after(delayMs: number, run: () => void): () => void;
  /** Runs in a macrotask of its own, after whatever runs now and the promises it woke. */
  soon(run: () => void): void;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  soon: (run) => {
    setImmediate(run);
  },
};

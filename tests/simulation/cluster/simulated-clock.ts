import type { Clock } from '#server/cluster/clock.ts';

/** Any day will do, as long as it is the same in every run. */
const firstDayMs = Date.UTC(2026, 0, 1);

export interface SimulatedClockOptions {
  /** Simulated microseconds since the beginning. */
  readonly nowUs: () => number;
  /** In this process; what was planned before it ended never happens. */
  readonly plan: (delayUs: number, label: string, run: () => void) => void;
  /** What an operator or NTP did to the calendar of this machine, in milliseconds. */
  readonly calendarOffsetMs: () => number;
  /** What a look at the monotonic clock takes. */
  readonly lookUs: () => number;
  /** Until the event loop comes to its next macrotask. */
  readonly turnUs: () => number;
}

export function simulatedClock({ nowUs, plan, calendarOffsetMs, lookUs, turnUs }: SimulatedClockOptions): Clock {
  let lastTurnUs = 0;
  let lookedUs = 0;
  return {
    nowMs: () => firstDayMs + Math.floor(nowUs() / 1000) + calendarOffsetMs(),
    monotonicMs: () => (lookedUs = Math.max(nowUs(), lookedUs + lookUs())) / 1000,
    after: (delayMs, run) => {
      let isOff = false;
      plan(Math.max(1, Math.round(delayMs * 1000)), 'timer', () => {
        if (!isOff) run();
      });
      return () => {
        isOff = true;
      };
    },
    // In the order in which they were asked for.
    soon: (run) => {
      lastTurnUs = Math.max(nowUs() + turnUs(), lastTurnUs + 1);
      plan(lastTurnUs - nowUs(), 'macrotask', run);
    },
  };
}

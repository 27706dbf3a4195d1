/** How often a bench breaks something: BENCH_ROUNDS, for a short look; what is promised is promised for the default. */
export function roundsOf(rounds: number): number {
  return positive('BENCH_ROUNDS', rounds);
}

/** How long a bench of endurance takes: BENCH_MINUTES. */
export function minutesOf(minutes: number): number {
  return positive('BENCH_MINUTES', minutes);
}

/** How long one figure is measured: BENCH_SECONDS. */
export function secondsOf(seconds: number): number {
  return positive('BENCH_SECONDS', seconds);
}

function positive(variable: string, standard: number): number {
  const text = process.env[variable];
  if (text === undefined) return standard;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`${variable} is a number above 0, not '${text}'`);
  return value;
}

import { elapse } from './elapse.ts';
import { cpuSeconds, residentMegabytes } from './process-usage.ts';
import { median, quantile } from './statistics.ts';

export interface MeasuredLoadOptions {
  /** Clients that each send the next request when the last one is answered. */
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Processes whose use is told, by a name for each. */
  readonly pids: ReadonlyMap<string, number>;
  /** One request of this client; rejects where the answer is no good one, which ends the measurement. */
  readonly send: (client: number) => Promise<unknown>;
}

/** What was answered between two moments, and what it cost. */
export interface LoadFigures {
  readonly requests: number;
  readonly perSecond: number;
  /** In milliseconds, as the client saw them. */
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Microseconds of processor time a request, by process; `client` is this one. */
  readonly cpuMicros: ReadonlyMap<string, number>;
  /** Resident at the end, in megabytes of 10⁶ bytes, by process. */
  readonly residentMb: ReadonlyMap<string, number>;
}

/** Clients that never rest: the first of their failures is thrown when they all have stopped. */
export async function measureLoad(options: MeasuredLoadOptions): Promise<LoadFigures> {
  const { inFlight, warmUpMs, measureMs, pids, send } = options;
  const latenciesMs: number[] = [];
  const failures: unknown[] = [];
  let stopped = false;
  const work = async (client: number): Promise<void> => {
    while (!stopped) {
      const sentMs = performance.now();
      try {
        await send(client);
      } catch (error) {
        failures.push(error);
        stopped = true;
      }
      latenciesMs.push(performance.now() - sentMs);
    }
  };
  const clients = Array.from({ length: inFlight }, (_, client) => work(client));
  await elapse(warmUpMs);
  latenciesMs.length = 0;
  const before = usageOf(pids);
  await elapse(measureMs);
  const after = usageOf(pids);
  const measured = latenciesMs.slice();
  stopped = true;
  await Promise.all(clients);
  if (failures.length > 0) throw new Error(`a request failed: ${String(failures[0])}`, { cause: failures[0] });
  const used = [...after.seconds].map(
    ([name, seconds]) => [name, ((seconds - (before.seconds.get(name) ?? 0)) * 1e6) / measured.length] as const,
  );
  return {
    requests: measured.length,
    perSecond: (measured.length * 1_000) / (after.atMs - before.atMs),
    medianMs: median(measured),
    p99Ms: quantile(measured, 0.99),
    cpuMicros: new Map(used),
    residentMb: new Map([...pids].map(([name, pid]) => [name, residentMegabytes(pid)])),
  };
}

interface Usage {
  readonly atMs: number;
  readonly seconds: ReadonlyMap<string, number>;
}

function usageOf(pids: ReadonlyMap<string, number>): Usage {
  const { user, system } = process.cpuUsage();
  const seconds = [...pids].map(([name, pid]) => [name, cpuSeconds(pid)] as const);
  return { atMs: performance.now(), seconds: new Map([...seconds, ['client', (user + system) / 1e6]]) };
}

/** Processor time and memory in words, such as `n1 120 µs, client 80 µs; n1 140 MB`. */
export function costOf({ cpuMicros, residentMb }: LoadFigures): string {
  const cpu = [...cpuMicros].map(([name, micros]) => `${name} ${micros.toFixed(0)} µs`).join(', ');
  const memory = [...residentMb].map(([name, megabytes]) => `${name} ${megabytes.toFixed(0)} MB`).join(', ');
  return `processor time a request: ${cpu}; resident: ${memory}`;
}

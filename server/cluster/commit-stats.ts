import type { Clock } from './clock.ts';
import type { CommitReport } from './node-service.ts';

const slotMs = 1_000;
const slots = 10;
/** Latencies kept of one second; beyond it every so-manieth. */
const samplesMax = 512;

interface Slot {
  second: number;
  count: number;
  samplesMs: number[];
}

/** How many mutations the leader committed in the last ten seconds, and how long they took from their arrival at the leader. */
export class CommitStats {
  readonly #clock: Clock;
  readonly #slots: Slot[] = Array.from({ length: slots }, () => ({ second: -slots, count: 0, samplesMs: [] }));

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(latencyMs: number): void {
    const second = this.#second();
    const slot = this.#slots[second % slots];
    if (slot === undefined) return;
    if (slot.second !== second) Object.assign(slot, { second, count: 0, samplesMs: [] });
    // The newest of each place: an even spread over the second without dice.
    slot.samplesMs[slot.count % samplesMax] = latencyMs;
    slot.count += 1;
  }

  report(): CommitReport {
    const second = this.#second();
    const recent = this.#slots.filter((slot) => slot.second > second - slots);
    const samples = recent.flatMap((slot) => slot.samplesMs).sort((a, b) => a - b);
    const count = recent.reduce((sum, slot) => sum + slot.count, 0);
    return {
      mutationsPerSecond: count / slots,
      p50Ms: samples[Math.floor(samples.length * 0.5)] ?? null,
      p99Ms: samples[Math.floor(samples.length * 0.99)] ?? null,
    };
  }

  #second(): number {
    return Math.floor(this.#clock.monotonicMs() / slotMs);
  }
}

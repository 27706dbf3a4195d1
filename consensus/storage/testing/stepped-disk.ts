import { SimulatedDisk } from '../simulated-disk.ts';

/** A simulated disk that does one piece of work at each `step`, so that a test can stop it anywhere. */
export class SteppedDisk extends SimulatedDisk {
  readonly #steps: (() => void)[];

  constructor(random: () => number = () => 0) {
    const steps: (() => void)[] = [];
    super({ schedule: (step) => steps.push(step), random });
    this.#steps = steps;
  }

  /** False when there was nothing to do. */
  step(): boolean {
    const next = this.#steps.shift();
    next?.();
    return next !== undefined;
  }

  settle(): void {
    for (let steps = 0; this.step(); steps++) if (steps > 1_000_000) throw new Error('the disk is never idle');
  }
}

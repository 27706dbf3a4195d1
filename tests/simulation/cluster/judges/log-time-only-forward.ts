import { Violation } from '#tests/simulation/evidence.ts';
import type { ClusterHearing, ClusterJudge } from './cluster-hearing.ts';

/** Entries are dated in their order, whatever the clocks of their leaders say; and an expiry forgets nothing of the future. */
export class LogTimeOnlyForward implements ClusterJudge {
  readonly property = 'log time only goes forward';
  #time = 0;

  hear({ committed }: ClusterHearing): void {
    for (const { index, payload } of committed) {
      if (payload === null) continue;
      if (payload.time < this.#time)
        throw new Violation(this.property, `entry ${index} is dated ${payload.time}, an earlier one ${this.#time}`);
      this.#time = payload.time;
      if (payload.kind === 'expiry' && payload.before > payload.time)
        throw new Violation(
          this.property,
          `entry ${index} of ${payload.time} forgets what is before ${payload.before}`,
        );
    }
  }
}

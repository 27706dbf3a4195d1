import { Violation } from '#tests/simulation/evidence.ts';
import type { ClusterHearing, ClusterJudge } from './cluster-hearing.ts';

interface Copies {
  underWay: number;
  /** Some copy may have got into the log. */
  mayBeDone: boolean;
}

/** A command of which every copy was rejected ("nothing was changed") is not in the log, and does not get there afterwards. */
export class RejectedIsNotDone implements ClusterJudge {
  readonly property = 'rejected is not done';
  readonly #copies = new Map<string, Copies>();

  hear({ committed, mutationsAsked, mutationsTold }: ClusterHearing): void {
    for (const { key, hash } of mutationsAsked) this.#of(key, hash).underWay += 1;
    for (const { payload, index } of committed) {
      if (payload?.kind !== 'mutations') continue;
      for (const { key, hash } of payload.records) {
        const copies = this.#of(key, hash);
        if (copies.underWay === 0 && !copies.mayBeDone)
          throw new Violation(this.property, `key ${key} is committed at ${index}, and every copy of it was rejected`);
        copies.mayBeDone = true;
      }
    }
    for (const { key, hash, answer } of mutationsTold) {
      const copies = this.#of(key, hash);
      copies.underWay -= 1;
      if (answer.kind !== 'rejected') copies.mayBeDone = true;
    }
  }

  #of(key: string, hash: string): Copies {
    const name = `${key} ${hash}`;
    const known = this.#copies.get(name) ?? { underWay: 0, mayBeDone: false };
    this.#copies.set(name, known);
    return known;
  }
}

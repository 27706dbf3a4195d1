import { Violation } from '#tests/simulation/evidence.ts';
import type { ClusterHearing, ClusterJudge } from './cluster-hearing.ts';

/** In one life P never goes back, and it is never ahead of what is committed. */
export class AppliedOnlyForward implements ClusterJudge {
  readonly property = 'the applied index only goes forward';
  readonly #applied = new Map<string, number>();

  hear({ graph, touched }: ClusterHearing): void {
    for (const { id, life, appliedIndex } of touched) {
      const before = this.#applied.get(`${id} ${life}`) ?? 0;
      this.#applied.set(`${id} ${life}`, appliedIndex);
      if (appliedIndex < before)
        throw new Violation(this.property, `${id} went back from ${before} to ${appliedIndex}`);
      if (appliedIndex > graph.index)
        throw new Violation(this.property, `${id} has applied ${appliedIndex}, and ${graph.index} is committed`);
    }
  }
}

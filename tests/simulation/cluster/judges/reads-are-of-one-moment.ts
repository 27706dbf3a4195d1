import { Violation } from '#tests/simulation/evidence.ts';
import type { ClusterHearing, ClusterJudge, ReadTold } from './cluster-hearing.ts';
import { contradiction, isShort } from './same-value.ts';

/**
 * All that one read session answers is the graph at one index, and that index includes what its consistency asks for: SESSION the
 * client's own commits and those that this node has answered for, in any life, LINEARIZABLE all that anybody had been told of before.
 */
export class ReadsAreOfOneMoment implements ClusterJudge {
  readonly property = 'reads are of one moment';

  hear({ graph, readsTold }: ClusterHearing): void {
    for (const read of readsTold) {
      const least = leastOf(read);
      if (read.index < least)
        throw new Violation(
          this.property,
          `${read.node} answers ${read.consistency} at ${read.index}, which had to include ${least}`,
        );
      for (const { key, value } of read.values) {
        const wrong = isShort(key, value)
          ? `${JSON.stringify(key)} is answered with too few edges, which are not all`
          : contradiction(graph, { key, value, index: read.index });
        if (wrong !== null) throw new Violation(this.property, `${read.node} answers ${read.consistency}: ${wrong}`);
      }
    }
  }
}

function leastOf({ consistency, atLeast, acknowledgedBefore, answeredBefore }: ReadTold): number {
  switch (consistency) {
    case 'LOCAL':
      return 0;
    case 'SESSION':
      return Math.max(atLeast, answeredBefore);
    case 'LINEARIZABLE':
      return Math.max(atLeast, acknowledgedBefore);
  }
}

import { Violation } from '#tests/simulation/evidence.ts';
import type { ClusterHearing, ClusterJudge } from './cluster-hearing.ts';
import { contradiction, isShort } from './same-value.ts';

/** What a source sends is what the log says at the index that it is labelled with: not a later state, not an earlier one. */
export class FillsAreTrueAtTheirLabel implements ClusterJudge {
  readonly property = 'fills are true at their label';

  hear({ fills, graph }: ClusterHearing): void {
    for (const { from, keys, values, label } of fills) {
      if (keys.length !== values.length)
        throw new Violation(this.property, `${from} answers ${keys.length} keys with ${values.length} values`);
      keys.forEach((key, place) => {
        const value = values[place];
        if (value === undefined) return;
        const wrong = isShort(key, value)
          ? `${JSON.stringify(key)} is answered with too few edges, which are not all`
          : contradiction(graph, { key, value, index: label });
        if (wrong !== null) throw new Violation(this.property, `${from} sends: ${wrong}`);
      });
    }
  }
}

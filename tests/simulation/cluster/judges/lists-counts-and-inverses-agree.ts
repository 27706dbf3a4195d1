import { Violation } from '#tests/simulation/evidence.ts';
import type { Effect } from '#server/graph/effect.ts';
import type { AssociationType, EntityId, LogIndex } from '#server/graph/identifiers.ts';
import type { ClusterHearing, ClusterJudge } from './cluster-hearing.ts';

interface Edge {
  readonly from: EntityId;
  readonly type: AssociationType;
  readonly to: EntityId;
}

/**
 * After every commit: a count is the number of edges of its list, and an edge is there if and only if its inverse is. What the entry
 * changed is looked at; the rest agreed before.
 */
export class ListsCountsAndInversesAgree implements ClusterJudge {
  readonly property = 'lists, counts and inverses agree';

  hear(hearing: ClusterHearing): void {
    for (const { index, payload } of hearing.committed) {
      if (payload?.kind !== 'mutations') continue;
      for (const { effects } of payload.records) for (const effect of effects) this.#hearEffect(hearing, effect, index);
    }
  }

  #hearEffect(hearing: ClusterHearing, effect: Effect, index: LogIndex): void {
    if (effect.kind === 'count-put') this.#checkCount(hearing, effect, index);
    if (effect.kind !== 'association-put' && effect.kind !== 'association-removed') return;
    const edge = effect.kind === 'association-put' ? effect.association : effect;
    this.#checkCount(hearing, edge, index);
    this.#checkInverse(hearing, edge, index);
  }

  #checkCount({ graph }: ClusterHearing, { from, type }: Omit<Edge, 'to'>, index: LogIndex): void {
    const value = graph.valueAt({ kind: 'count', from, type }, index);
    const edges = graph.edgesAt(from, type, index).length;
    if (value.kind === 'count' && value.count !== edges)
      throw new Violation(this.property, `at ${index} ${from} has ${edges} ${type}, and ${value.count} are counted`);
  }

  #checkInverse({ graph, declarations }: ClusterHearing, { from, type, to }: Edge, index: LogIndex): void {
    const inverse = declarations.associations.get(type)?.inverse ?? null;
    if (inverse === null) return;
    const isThere = graph.edgesAt(from, type, index).some((edge) => edge.to === to);
    const isBack = graph.edgesAt(to, inverse, index).some((edge) => edge.to === from);
    if (isThere !== isBack)
      throw new Violation(
        this.property,
        `at ${index} the edge ${from} ${type} ${to} ${isThere ? 'is there' : 'is gone'}, and its inverse ${inverse} not`,
      );
  }
}

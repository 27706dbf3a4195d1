import { Violation } from '#tests/simulation/evidence.ts';
import type { ClusterHearing, ClusterJudge } from './cluster-hearing.ts';

/** When all has been mended and has served again, no entity is left half deleted: a new leader goes on where the old one stopped. */
export class DeletionsEnd implements ClusterJudge {
  readonly property = 'deletions end';

  hear(): void {
    // Only the end says anything: until then each may take its time.
  }

  atEnd({ graph }: ClusterHearing): void {
    for (const key of graph.keys()) {
      const entity = key.kind === 'entity' ? graph.entityAt(key.id, graph.index) : null;
      if (entity?.deletingKey === null || entity === null) continue;
      throw new Violation(
        this.property,
        `${entity.id} is marked since ${entity.version}, and not deleted at ${graph.index}`,
      );
    }
  }
}

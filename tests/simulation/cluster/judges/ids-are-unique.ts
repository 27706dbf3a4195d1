import { Violation } from '#tests/simulation/evidence.ts';
import type { EntityId } from '#server/graph/identifiers.ts';
import { idsPerEntryMax } from '#server/graph/identifiers.ts';
import type { ClusterHearing, ClusterJudge } from './cluster-hearing.ts';

/** An id is given once, from those of the entry that creates the entity; a unique key is of one entity at a time. */
export class IdsAreUnique implements ClusterJudge {
  readonly property = 'ids are unique';
  readonly #created = new Set<EntityId>();
  readonly #owners = new Map<string, EntityId>();

  hear({ committed }: ClusterHearing): void {
    for (const { index, payload } of committed) {
      if (payload?.kind !== 'mutations') continue;
      for (const effect of payload.records.flatMap(({ effects }) => effects)) {
        if (effect.kind === 'entity-put' && effect.created) this.#create(effect.entity.id, index);
        if (effect.kind === 'key-removed') this.#owners.delete(`${effect.type} ${effect.key}`);
        if (effect.kind !== 'key-put') continue;
        const owner = this.#owners.get(`${effect.type} ${effect.key}`) ?? effect.id;
        this.#owners.set(`${effect.type} ${effect.key}`, effect.id);
        if (owner !== effect.id)
          throw new Violation(this.property, `entry ${index} gives the key ${effect.key} of ${owner} to ${effect.id}`);
      }
    }
  }

  #create(id: EntityId, index: number): void {
    if (Math.floor(id / idsPerEntryMax) !== index)
      throw new Violation(this.property, `entry ${index} creates ${id}, which is of another entry`);
    if (this.#created.has(id)) throw new Violation(this.property, `${id} is created again at ${index}`);
    this.#created.add(id);
  }
}

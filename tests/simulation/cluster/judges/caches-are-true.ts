import { Violation } from '#tests/simulation/evidence.ts';
import type { LabelledValue } from '#server/cache/graph-cache.ts';
import type { CacheKey } from '#server/graph/cache-key.ts';
import { keysTouched } from './committed-graph.ts';
import type { ClusterHearing, ClusterJudge, NodeView } from './cluster-hearing.ts';
import { contradiction } from './same-value.ts';

/**
 * Every cached value is what replaying the log up to max(label, P) gives for its key. Looks at what the entries changed that a node has
 * newly applied, and at what was just filled; at everything in a sweep, and when a node lives anew or has jumped.
 */
export class CachesAreTrue implements ClusterJudge {
  readonly property = 'caches are true';
  readonly #lookedUpTo = new Map<string, number>();

  hear(hearing: ClusterHearing): void {
    for (const node of hearing.touched) {
      const name = `${node.id} ${node.life}`;
      const from = this.#lookedUpTo.get(name);
      this.#lookedUpTo.set(name, node.appliedIndex);
      if (hearing.isSweep || from === undefined) this.#sweep(hearing, node);
      else this.#lookAtNews(hearing, node, from);
    }
  }

  atEnd(hearing: ClusterHearing): void {
    for (const node of hearing.touched) this.#sweep(hearing, node);
  }

  #sweep(hearing: ClusterHearing, node: NodeView): void {
    for (const { key, value, label } of node.cachedValues()) this.#check(hearing, node, { key, value, label });
  }

  #lookAtNews(hearing: ClusterHearing, node: NodeView, from: number): void {
    const keys: CacheKey[] = hearing.fills.flatMap((fill) => fill.keys);
    for (let index = from + 1; index <= node.appliedIndex; index++) {
      const payload = hearing.graph.entryAt(index as NodeView['appliedIndex'])?.payload;
      if (payload?.kind !== 'mutations') continue;
      for (const { effects } of payload.records) keys.push(...effects.flatMap(keysTouched));
    }
    for (const key of keys) {
      const cached = node.cached(key);
      if (cached !== undefined) this.#check(hearing, node, { key, ...cached });
    }
  }

  #check({ graph }: ClusterHearing, node: NodeView, { key, value, label }: LabelledValue & { key: CacheKey }): void {
    const index = label > node.appliedIndex ? label : node.appliedIndex;
    const wrong = contradiction(graph, { key, value, index });
    if (wrong !== null)
      throw new Violation(this.property, `in the cache of ${node.id} at ${node.appliedIndex}, ${wrong}`);
  }
}

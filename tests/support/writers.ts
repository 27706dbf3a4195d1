import { v7 } from 'uuid';
import { expect, onTestFinished } from 'vitest';
import type { InstafaceNode } from '#server/cluster/instaface-node.ts';
import type { EntityId, NodeId } from '#server/graph/identifiers.ts';
import { createUser, idOf, postStatus, read } from './graph-operations.ts';
import type { InProcessCluster } from './in-process-cluster.ts';
import { waitFor } from './wait.ts';

/** Clients that post without a pause, each mutation at the next node that serves, sent once: nothing may fail. */
export class Writers {
  readonly #author: EntityId;
  readonly #cluster: InProcessCluster;
  readonly #workers: Promise<void>[];
  readonly #avoided = new Set<NodeId>();
  readonly #underWay = new Map<NodeId, number>();
  /** The id of each status that was acknowledged, with its text. */
  readonly acknowledged = new Map<EntityId, string>();
  readonly failures: unknown[] = [];
  #stopped = false;
  #turn = 0;

  private constructor(author: EntityId, cluster: InProcessCluster) {
    this.#author = author;
    this.#cluster = cluster;
    this.#workers = Array.from({ length: 4 }, () => this.#work());
  }

  static async start(cluster: InProcessCluster): Promise<Writers> {
    const author = idOf(await createUser(cluster.node('n1'), 'author'));
    const writers = new Writers(author, cluster);
    onTestFinished(() => writers.stop());
    await writers.progress();
    return writers;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
  }

  /** As clients do that are told that a node will be gone: nothing new goes there, and what is under way is waited for. */
  async leave(name: string): Promise<void> {
    this.#avoided.add(name as NodeId);
    await waitFor(`nothing to be under way at ${name}`, () => (this.#underWay.get(name as NodeId) ?? 0) === 0);
  }

  /** As many more as there are now. */
  async progress(count = 30): Promise<void> {
    const before = this.acknowledged.size;
    await waitFor(`${count} more acknowledgements`, () => this.acknowledged.size >= before + count);
  }

  /** Every acknowledged status is there, on this node, and nothing else is. */
  async judge(node: InstafaceNode): Promise<void> {
    expect(this.failures).toEqual([]);
    const { value: texts } = await read(
      node,
      (session, misses) =>
        [...this.acknowledged.keys()].map((status) => {
          const entity = session.entity(status);
          if (entity === undefined) misses.keys.push({ kind: 'entity', id: status });
          return entity?.properties['text'];
        }),
      { consistency: 'LINEARIZABLE' },
    );
    expect(texts).toEqual([...this.acknowledged.values()]);
    const { value: posted } = await read(
      node,
      (session, misses) => {
        const count = session.count(this.#author, 'posted');
        if (count === undefined) misses.keys.push({ kind: 'count', from: this.#author, type: 'posted' });
        return count;
      },
      { consistency: 'LINEARIZABLE' },
    );
    expect(posted).toBe(this.acknowledged.size);
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      const among = this.#cluster.running.filter(({ nodeId }) => !this.#avoided.has(nodeId));
      const node = among[this.#turn++ % among.length];
      if (node === undefined) throw new Error('no node is left to write to');
      const text = v7();
      this.#count(node, 1);
      try {
        this.acknowledged.set(idOf(await postStatus(node, this.#author, text)), text);
      } catch (error) {
        this.failures.push(error);
      }
      this.#count(node, -1);
    }
  }

  #count({ nodeId }: InstafaceNode, more: number): void {
    this.#underWay.set(nodeId, (this.#underWay.get(nodeId) ?? 0) + more);
  }
}

import type { NodeId } from '#consensus/core/types.ts';

/** Which ways between nodes are closed. The two directions of a link fail apart. */
export class CutLinks {
  readonly #cut = new Set<string>();

  isCut(from: NodeId, to: NodeId): boolean {
    return this.#cut.size > 0 && this.#cut.has(`${from}>${to}`);
  }

  cut(from: NodeId, to: NodeId): void {
    this.#cut.add(`${from}>${to}`);
  }

  join(from: NodeId, to: NodeId): void {
    this.#cut.delete(`${from}>${to}`);
  }

  /** Nothing passes between the two sides, either way. */
  partition(left: readonly NodeId[], right: readonly NodeId[]): void {
    for (const a of left) {
      for (const b of right) {
        this.cut(a, b);
        this.cut(b, a);
      }
    }
  }

  joinAll(): void {
    this.#cut.clear();
  }
}

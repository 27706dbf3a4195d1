export interface SimulatedEvent {
  /** Simulated microseconds. */
  readonly time: number;
  /** Events of one time happen in the order in which they were planned. */
  readonly order: number;
  /** Whose process takes part; a paused one takes its events later. Null: something outside of all nodes. */
  readonly node: number | null;
  readonly label: string;
  readonly run: () => void;
}

/** A binary heap, earliest first. */
export class EventQueue {
  readonly #heap: SimulatedEvent[] = [];

  get size(): number {
    return this.#heap.length;
  }

  push(event: SimulatedEvent): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isEarlier(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  pop(): SimulatedEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const child = this.#earlierChild(at);
      const below = heap[child];
      if (below === undefined || !isEarlier(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  #earlierChild(parent: number): number {
    const left = this.#heap[2 * parent + 1];
    const right = this.#heap[2 * parent + 2];
    return left !== undefined && right !== undefined && isEarlier(right, left) ? 2 * parent + 2 : 2 * parent + 1;
  }
}

function isEarlier(a: SimulatedEvent, b: SimulatedEvent): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

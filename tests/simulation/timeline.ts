import { EventQueue } from './event-queue.ts';
import type { SimulatedEvent } from './event-queue.ts';

/** The clock of one world: what will happen in it, earliest first. What is for a node that is paused waits until it goes on. */
export class Timeline {
  nowUs = 0;
  events = 0;
  /** Changes with everything that happens: two runs of one seed must end with the same. */
  digest = 0;
  readonly #queue = new EventQueue();
  /** Of the nodes that are paused. */
  readonly #backlogs = new Map<number, SimulatedEvent[]>();
  #order = 0;

  plan(delayUs: number, what: Pick<SimulatedEvent, 'node' | 'label'>, run: () => void): void {
    this.#order += 1;
    const { node, label } = what;
    this.#queue.push({ time: this.nowUs + Math.max(1, delayUs), order: this.#order, node, label, run });
  }

  /** The next event, which is to happen now; null when it waits for its node. */
  next(): SimulatedEvent | null {
    const event = this.#queue.pop();
    if (event === undefined) throw new Error('nothing will ever happen again');
    this.nowUs = Math.max(this.nowUs, event.time);
    const backlog = event.node === null ? undefined : this.#backlogs.get(event.node);
    if (backlog !== undefined) {
      backlog.push(event);
      return null;
    }
    this.events += 1;
    this.digest = (Math.imul(this.digest, 31) + event.time + (event.node ?? 99)) | 0;
    return event;
  }

  pause(node: number): void {
    this.#backlogs.set(node, []);
  }

  /** What waited happens now, in the order that is made of it. */
  resume(node: number, inOrder: (waited: readonly SimulatedEvent[]) => readonly SimulatedEvent[]): void {
    const waited = this.#backlogs.get(node) ?? [];
    this.#backlogs.delete(node);
    for (const event of inOrder(waited)) this.plan(1, event, event.run);
  }
}

import { foldEvent } from './fold-event.ts';
import type { HappenedEvent } from './fold-event.ts';
import type { ClusterState } from './telemetry-store.ts';

/** An event with the time of the page's clock at which it happened. */
export interface RecordedEvent {
  readonly atMs: number;
  readonly event: HappenedEvent;
}

interface Block {
  /** The cluster before the first event of the block. */
  readonly base: ClusterState;
  readonly events: RecordedEvent[];
  /** The cluster after the last one. */
  end: ClusterState;
  /** Events were lost before this block: its base was read, not folded. */
  readonly isAfterGap: boolean;
}

/** Ten minutes at a hundred events a second. */
export const EVENTS_MAX = 60_000;
/** Events between two remembered states: the most that a seek folds. */
export const BLOCK_EVENTS = 250;

/**
 * What happened in the cluster, as far back as memory allows, and the cluster at every moment of it: the nearest remembered state with
 * the events since folded over it. When the bound is reached the oldest block goes, and the log begins with the base of the next.
 */
export class EventLog {
  private readonly blocks: Block[] = [];
  /** The last sequence number of each source's process. */
  private readonly last = new Map<string, number>();
  private total = 0;
  private dropped = 0;

  /** Events held. */
  get count(): number {
    return this.total;
  }

  /** Events that were held once; a place counts from the first that ever was. */
  get first(): number {
    return this.dropped;
  }

  get gaps(): number {
    return this.blocks.filter((block) => block.isAfterGap).length;
  }

  /** `now`: the cluster as it is read at present, to go on from when events were lost. One that is known is not taken again. */
  add(recorded: RecordedEvent, now: ClusterState): void {
    const { event } = recorded;
    const source = `${event.source} ${event.incarnation}`;
    const sequence = Number(event.sequence);
    const known = this.last.get(source);
    if (known !== undefined && sequence <= known) return;
    // A stream that was begun again names no previous one.
    const previous = event.previous === null ? sequence - 1 : Number(event.previous);
    this.last.set(source, sequence);
    this.put(recorded, known !== undefined && previous !== known, now);
  }

  private put(recorded: RecordedEvent, isGap: boolean, now: ClusterState): void {
    const block = this.blockFor(isGap, now);
    block.events.push(recorded);
    block.end = foldEvent(block.end, recorded.event);
    this.total += 1;
    while (this.total > EVENTS_MAX) this.dropOldest();
  }

  /** The event at this place, or undefined where none is held. */
  at(place: number): RecordedEvent | undefined {
    const found = this.find(place);
    return found?.block.events[found.within];
  }

  /** The cluster right after the event at this place; null where none is held. */
  stateAt(place: number): ClusterState | null {
    const found = this.find(place);
    if (found === null) return null;
    const { block, within } = found;
    if (within === block.events.length - 1) return block.end;
    return block.events.slice(0, within + 1).reduce((state, { event }) => foldEvent(state, event), block.base);
  }

  /** Where the event of this name stands; null when it is not held. */
  placeOf(name: string): number | null {
    let place = this.dropped;
    for (const { event } of this.events()) {
      if (nameOf(event) === name) return place;
      place += 1;
    }
    return null;
  }

  /** The recording in stretches without gaps, each with the cluster before it. */
  stretches(): readonly Stretch[] {
    const stretches: { base: ClusterState; events: RecordedEvent[] }[] = [];
    for (const block of this.blocks) {
      const open = stretches.at(-1);
      if (open === undefined || block.isAfterGap) stretches.push({ base: block.base, events: [...block.events] });
      else open.events.push(...block.events);
    }
    return stretches;
  }

  static of(stretches: readonly Stretch[]): EventLog {
    const log = new EventLog();
    for (const { base, events } of stretches) {
      log.begin(base, log.total > 0);
      for (const recorded of events) log.put(recorded, false, base);
    }
    return log;
  }

  *events(): IterableIterator<RecordedEvent> {
    for (const block of this.blocks) yield* block.events;
  }

  private begin(base: ClusterState, isAfterGap: boolean): Block {
    const block: Block = { base, events: [], end: base, isAfterGap };
    this.blocks.push(block);
    return block;
  }

  private blockFor(isGap: boolean, now: ClusterState): Block {
    const open = this.blocks.at(-1);
    if (open === undefined || isGap) return this.begin(withoutLogs(now), isGap);
    return open.events.length < BLOCK_EVENTS ? open : this.begin(open.end, false);
  }

  private dropOldest(): void {
    const oldest = this.blocks.shift();
    this.total -= oldest?.events.length ?? 0;
    this.dropped += oldest?.events.length ?? 0;
  }

  private find(place: number): { readonly block: Block; readonly within: number } | null {
    let within = place - this.dropped;
    if (within < 0) return null;
    for (const block of this.blocks) {
      if (within < block.events.length) return { block, within };
      within -= block.events.length;
    }
    return null;
  }
}

export interface Stretch {
  readonly base: ClusterState;
  readonly events: readonly RecordedEvent[];
}

/** Names an event in addresses: the same in every recording of the same cluster. */
export function nameOf(event: HappenedEvent): string {
  return `${event.source}.${event.incarnation}.${event.sequence}`;
}

/** Entries of logs are not told by events. */
function withoutLogs(cluster: ClusterState): ClusterState {
  return { ...cluster, nodes: cluster.nodes.map((node) => ({ ...node, log: [] })) };
}

import type { NodeId } from '#server/graph/identifiers.ts';
import type { ClusterEvent, ClusterEventsOptions, EventPosition, ToldEvent } from './cluster-event.ts';
import { EventRing, type EventBounds } from './event-ring.ts';
import { Sleepers } from './sleepers.ts';

/** A consumer's place among the events of one source. */
interface Cursor {
  readonly ring: EventRing;
  /** What the consumer knows of this source already. */
  readonly positions: readonly EventPosition[];
  /** Of the next event to look at. */
  ordinal: number;
  /** Events before this moment are none of its business; null once one was told. */
  sinceMicros: number | null;
  /** The last event that was told, of the incarnation that is being told. */
  told: { readonly incarnation: string; readonly sequence: number } | null;
}

interface Stream extends ClusterEventsOptions {
  readonly cursors: Map<NodeId, Cursor>;
  readonly startedMicros: number;
}

/**
 * What happened at every node, as far as this one remembers, as streams. A consumer is a place in each source's ring and nothing more,
 * so slow ones cost no memory; one whose next event was dropped is ended.
 */
export class EventFeed {
  readonly #bounds: EventBounds;
  readonly #nowMicros: () => number;
  readonly #rings = new Map<NodeId, EventRing>();
  readonly #consumers = new Sleepers();
  #stopped = false;

  constructor(options: { readonly bounds: EventBounds; readonly nowMicros: () => number }) {
    this.#bounds = options.bounds;
    this.#nowMicros = options.nowMicros;
  }

  append(event: ClusterEvent): void {
    let ring = this.#rings.get(event.source);
    if (ring === undefined) this.#rings.set(event.source, (ring = new EventRing(this.#bounds)));
    ring.append(event);
    this.#consumers.wakeAll();
  }

  /** Null: nothing is known of this node. */
  lastOf(source: NodeId): ClusterEvent | null {
    return this.#rings.get(source)?.last ?? null;
  }

  /** Forgets all sources but these, so that members that come and go do not add up. */
  retain(sources: readonly NodeId[]): void {
    for (const source of this.#rings.keys()) if (!sources.includes(source)) this.#rings.delete(source);
  }

  /** At most `count` events of an incarnation behind this sequence, from the oldest that is remembered. */
  eventsAfter({ source, incarnation, sequence }: EventPosition, count: number): readonly ClusterEvent[] {
    const ring = this.#rings.get(source);
    if (ring === undefined) return [];
    const events: ClusterEvent[] = [];
    for (
      let ordinal = ring.ordinalAfter({ incarnation, sequence }) ?? ring.firstOrdinal;
      events.length < count && ordinal < ring.nextOrdinal;
      ordinal++
    ) {
      const event = ring.at(ordinal);
      if (event?.incarnation === incarnation) events.push(event);
    }
    return events;
  }

  stop(): void {
    this.#stopped = true;
    this.#consumers.wakeAll();
  }

  /** The positions are taken at the call, and not when the first event is asked for. */
  events(options: ClusterEventsOptions): AsyncIterable<ToldEvent> {
    const stream: Stream = { ...options, cursors: new Map(), startedMicros: this.#nowMicros() };
    for (const [source, ring] of this.#rings) {
      const cursor = cursorAt(ring, source, stream);
      if (cursor === null) continue;
      // Also what is still on its way here is told, though it happened a moment ago.
      if (stream.after === null) Object.assign(cursor, { ordinal: ring.nextOrdinal, sinceMicros: null });
      stream.cursors.set(source, cursor);
    }
    return this.#tell(stream);
  }

  async *#tell(stream: Stream): AsyncGenerator<ToldEvent> {
    const { signal } = stream;
    while (!signal.aborted && !this.#stopped) {
      const told = this.#next(stream);
      if (told === null) {
        await this.#consumers.sleep(signal);
        continue;
      }
      yield told;
      if (told.kind === 'gone') return;
    }
  }

  /** Of the next events of all sources the one that happened first; null: there is none yet. */
  #next(stream: Stream): ToldEvent | null {
    let first: { readonly cursor: Cursor; readonly event: ClusterEvent } | null = null;
    for (const [source, ring] of this.#rings) {
      const cursor = stream.cursors.get(source) ?? cursorAt(ring, source, stream);
      // Another ring: the source was forgotten in between, and nobody knows what was missed.
      if (cursor === null || cursor.ring !== ring) return { kind: 'gone', source };
      stream.cursors.set(source, cursor);
      const event = nextOf(cursor, stream);
      if (event === 'gone') return { kind: 'gone', source };
      if (event !== null && (first === null || event.atMicros < first.event.atMicros)) first = { cursor, event };
    }
    if (first === null) return null;
    const { cursor, event } = first;
    const { incarnation, sequence } = event;
    const previous = cursor.told?.incarnation === incarnation ? cursor.told.sequence : null;
    cursor.ordinal += 1;
    cursor.told = { incarnation, sequence };
    cursor.sinceMicros = null;
    return { kind: 'event', event, previous };
  }
}

/**
 * Behind the latest of the positions that are named of this source, or at its oldest event. Null: none of them is remembered. Of a
 * source that nobody heard of yet it is looked for at its first event.
 */
function cursorAt(ring: EventRing, source: NodeId, { after, startedMicros }: Stream): Cursor | null {
  const positions = after?.filter((position) => position.source === source) ?? [];
  const sinceMicros = after === null ? startedMicros : null;
  if (positions.length === 0) return { ring, positions, ordinal: ring.firstOrdinal, sinceMicros, told: null };
  let latest: Cursor | null = null;
  for (const position of positions) {
    const ordinal = ring.ordinalAfter(position);
    if (ordinal === null || (latest !== null && ordinal <= latest.ordinal)) continue;
    const told = position.sequence === 0 ? null : position;
    latest = { ring, positions, ordinal, sinceMicros, told };
  }
  return latest;
}

/** The next event of a source that this consumer should hear of; what it should not is passed over. */
function nextOf(cursor: Cursor, { kinds }: Stream): ClusterEvent | 'gone' | null {
  const { ring } = cursor;
  if (cursor.ordinal < ring.firstOrdinal) return 'gone';
  for (let event = ring.at(cursor.ordinal); event !== null; event = ring.at(cursor.ordinal)) {
    const { kind } = event.details;
    const isEarlier = cursor.sinceMicros !== null && event.atMicros < cursor.sinceMicros;
    if (kind !== 'UNKNOWN' && (kinds?.has(kind) ?? true) && !isEarlier && !isKnown(event, cursor)) return event;
    cursor.ordinal += 1;
  }
  return null;
}

/** The consumer heard of it at another node, where it was known earlier. */
function isKnown({ incarnation, sequence }: ClusterEvent, { positions }: Cursor): boolean {
  return positions.some((position) => position.incarnation === incarnation && sequence <= position.sequence);
}

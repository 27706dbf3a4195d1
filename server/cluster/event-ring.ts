import type { ClusterEvent, EventPosition } from './cluster-event.ts';

export interface EventBounds {
  readonly eventsMax: number;
  readonly bytesMax: number;
}

/**
 * Of one source. The leader of nine nodes under load makes about twenty events a second (two kinds of message to each peer, commits,
 * cache, database), so ten minutes are about 12,000.
 */
export const eventBounds: EventBounds = { eventsMax: 16_384, bytesMax: 6 * 1024 * 1024 };

/** What an event takes in memory, about, beside its texts. */
const eventBytes = 256;

/**
 * The newest events of one source. A place in it is an ordinal, which only grows, over all incarnations of the source. Invariant: within
 * an incarnation sequences follow each other without a gap, and each but the first begins with 1.
 */
export class EventRing {
  readonly #bounds: EventBounds;
  /** Those before `#start` were dropped, and leave when there are many. */
  #events: ClusterEvent[] = [];
  #start = 0;
  #firstOrdinal = 0;
  #bytes = 0;

  constructor(bounds: EventBounds) {
    this.#bounds = bounds;
  }

  /** The ordinal of the oldest event that is remembered. */
  get firstOrdinal(): number {
    return this.#firstOrdinal;
  }

  /** The ordinal that the next event will have. */
  get nextOrdinal(): number {
    return this.#firstOrdinal + this.#events.length - this.#start;
  }

  get last(): ClusterEvent | null {
    return this.#events.at(-1) ?? null;
  }

  get bytes(): number {
    return this.#bytes;
  }

  at(ordinal: number): ClusterEvent | null {
    return ordinal < this.#firstOrdinal ? null : (this.#events[this.#start + ordinal - this.#firstOrdinal] ?? null);
  }

  /** Where the events of an incarnation behind this sequence begin; null when that is not remembered. Events may still be to come. */
  ordinalAfter({ incarnation, sequence }: Omit<EventPosition, 'source'>): number | null {
    const place = this.#events.findLastIndex((event) => event.incarnation === incarnation);
    const event = this.#events[place];
    if (event === undefined || place < this.#start) return null;
    const ordinal = this.#firstOrdinal + place - this.#start - (event.sequence - sequence) + 1;
    return ordinal < this.#firstOrdinal ? null : Math.min(ordinal, this.nextOrdinal);
  }

  /** An event that does not follow the last one begins the ring anew: nobody is told a story with a hole in it. */
  append(event: ClusterEvent): void {
    const { last } = this;
    const wanted = last !== null && last.incarnation === event.incarnation ? last.sequence + 1 : 1;
    if (last !== null && event.sequence !== wanted) this.#begin();
    this.#events.push(event);
    this.#bytes += bytesOf(event);
    while (this.nextOrdinal - this.#firstOrdinal > this.#bounds.eventsMax || this.#bytes > this.#bounds.bytesMax)
      this.#drop();
  }

  /** One ordinal is left out, so that whoever had everything notices too. */
  #begin(): void {
    this.#firstOrdinal = this.nextOrdinal + 1;
    this.#events = [];
    this.#start = 0;
    this.#bytes = 0;
  }

  #drop(): void {
    const event = this.#events[this.#start];
    if (event === undefined) return;
    this.#bytes -= bytesOf(event);
    this.#start += 1;
    this.#firstOrdinal += 1;
    if (this.#start < 1_024 && this.#start < this.#events.length) return;
    this.#events = this.#events.slice(this.#start);
    this.#start = 0;
  }
}

function bytesOf({ details }: ClusterEvent): number {
  switch (details.kind) {
    case 'ROLE':
      return eventBytes + details.reason.length;
    case 'MESSAGE':
      return eventBytes + details.message.length;
    case 'VOTE':
    case 'COMMIT':
    case 'CACHE':
    case 'LINK':
    case 'DATABASE':
    case 'UNKNOWN':
      return eventBytes;
  }
}

import type { Links } from '#consensus/transport/links.ts';
import type { NodeId } from '#server/graph/identifiers.ts';
import type { Clock } from './clock.ts';
import type { EventDetails } from './cluster-event.ts';
import type { EventFeed } from './event-feed.ts';
import { eventsPerAnswerMax, readEventsAnswer } from './event-protocol.ts';
import type { EventHead, EventsAnswer, EventsQuestion } from './event-protocol.ts';
import type { OwnEvents } from './own-events.ts';

export interface EventRelayOptions {
  readonly self: NodeId;
  readonly incarnation: string;
  readonly links: Pick<Links, 'request'>;
  readonly clock: Clock;
  readonly feed: EventFeed;
  readonly own: OwnEvents;
  readonly members: () => readonly NodeId[];
}

const answerMsMax = 1_500;

/**
 * Brings the events of the other nodes here. Each says with its report how far its events are, and whoever lacks some asks that very
 * node for them, so that nobody speaks for another. A question that failed is asked again after the next report.
 */
export class EventRelay {
  readonly #options: EventRelayOptions;
  /** One question at a time for each node. */
  readonly #asking = new Set<NodeId>();
  /** From the clock of a node's process to our own: measured once, so that what happened in order stays in order. */
  readonly #offsets = new Map<NodeId, { readonly incarnation: string; readonly micros: number }>();
  #stopped = false;

  constructor(options: EventRelayOptions) {
    this.#options = options;
  }

  /** How far this node's own events are. */
  head(): EventHead {
    const { incarnation, own } = this.#options;
    return { incarnation, sequence: own.sequence };
  }

  answer({ incarnation: asked, sequence }: EventsQuestion): EventsAnswer {
    const { feed, incarnation, own, self: source } = this.#options;
    const after = asked === incarnation ? sequence : 0;
    const events = feed.eventsAfter({ source, incarnation, sequence: after }, eventsPerAnswerMax);
    return {
      incarnation,
      first: events[0]?.sequence ?? after + 1,
      events: events.map(({ atMicros, term, details }) => ({ atMicros, term, details })),
      nowMicros: own.nowMicros(),
    };
  }

  /** Another node says how far its events are. */
  onHead(from: NodeId, head: EventHead): void {
    const { feed, members } = this.#options;
    if (this.#stopped || this.#asking.has(from) || !this.#lacks(from, head) || !members().includes(from)) return;
    if (feed.lastOf(from) === null) this.#forgetOthers();
    this.#asking.add(from);
    this.#bring(from, head)
      // The link went down, or the other node did: its next report, if there is one, leads to another question.
      .catch(() => undefined)
      .finally(() => this.#asking.delete(from));
  }

  stop(): void {
    this.#stopped = true;
  }

  async #bring(from: NodeId, head: EventHead): Promise<void> {
    const { clock, feed, links, own } = this.#options;
    while (this.#lacks(from, head)) {
      const known = feed.lastOf(from);
      const sequence = known?.incarnation === head.incarnation ? known.sequence : 0;
      const question: EventsQuestion = { about: 'events', incarnation: head.incarnation, sequence };
      const askedMs = clock.monotonicMs();
      const answer = readEventsAnswer(await links.request(from, 'monitor', question, { timeoutMs: answerMsMax }));
      // Nothing more, or of another process by now: its next report says so.
      if (this.#stopped || answer?.incarnation !== head.incarnation || answer.events.length === 0) return;
      if (answer.first <= sequence) return;
      const tripMicros = (clock.monotonicMs() - askedMs) * 1_000;
      this.#take(from, answer, Math.round(own.nowMicros() - tripMicros / 2 - answer.nowMicros));
    }
  }

  #take(source: NodeId, { incarnation, first, events }: EventsAnswer, measuredMicros: number): void {
    const { feed } = this.#options;
    const known = this.#offsets.get(source);
    const offset = known?.incarnation === incarnation ? known.micros : measuredMicros;
    this.#offsets.set(source, { incarnation, micros: offset });
    events.forEach(({ atMicros, term, details }, place) => {
      const at = { sequence: first + place, atMicros: atMicros + offset, term };
      feed.append({ source, incarnation, ...at, details: inOurTime(details, offset) });
    });
  }

  #lacks(from: NodeId, head: EventHead): boolean {
    const known = this.#options.feed.lastOf(from);
    return known?.incarnation !== head.incarnation || known.sequence < head.sequence;
  }

  /** A new node: those that are no members any more make room. */
  #forgetOthers(): void {
    const { feed, members } = this.#options;
    const staying = members();
    feed.retain(staying);
    for (const id of this.#offsets.keys()) if (!staying.includes(id)) this.#offsets.delete(id);
  }
}

function inOurTime(details: EventDetails, offset: number): EventDetails {
  return details.kind === 'MESSAGE' ? { ...details, sentAtMicros: details.sentAtMicros + offset } : details;
}

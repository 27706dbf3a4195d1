// Goal: a node gets the events of the others, each once and in order, whatever is lost on the way. Method: two nodes, links that a test breaks.
import { describe, expect, test } from 'vitest';
import type { LogIndex, NodeId } from '#server/graph/identifiers.ts';
import { EventFeed } from './event-feed.ts';
import { eventsPerAnswerMax, readEventsQuestion } from './event-protocol.ts';
import { EventRelay } from './event-relay.ts';
import { OwnEvents } from './own-events.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { RaftDouble } from './testing/raft-double.ts';

const n1 = 'n1' as NodeId;
const n2 = 'n2' as NodeId;

/** One node's events, with memory for some. */
class TestNode {
  readonly clock = new ManualClock();
  readonly raft = new RaftDouble();
  readonly feed: EventFeed;
  readonly own: OwnEvents;
  readonly relay: EventRelay;
  members: readonly NodeId[] = [n1, n2];
  asked = 0;
  /** What the other node answers; a test breaks it. */
  other: (question: unknown) => Promise<unknown> = () => Promise.reject(new Error('nobody is there'));
  #commits = 0;

  constructor(self: NodeId, options: { readonly incarnation?: string; readonly eventsMax?: number } = {}) {
    const { incarnation = 'a', eventsMax = 10_000 } = options;
    this.raft.status_ = { ...this.raft.status_, id: self };
    this.feed = new EventFeed({ bounds: { eventsMax, bytesMax: 100_000_000 }, nowMicros: () => this.own.nowMicros() });
    this.own = new OwnEvents({
      self,
      incarnation,
      feed: this.feed,
      clock: this.clock,
      raft: this.raft,
      links: { states: () => [], isPlugged: () => true },
      cache: { stats: () => ({ hits: 0, misses: 0, entries: 0, bytes: 0 }) },
      database: () => ({ kind: 'sqlite', available: true, materializedIndex: 0 as LogIndex, behind: 0 }),
      onNews: () => undefined,
    });
    const request = (_to: NodeId, _channel: unknown, question: unknown): Promise<unknown> => {
      this.asked += 1;
      return this.other(question);
    };
    const { clock, feed, own } = this;
    this.relay = new EventRelay({
      self,
      incarnation,
      links: { request },
      clock,
      feed,
      own,
      members: () => this.members,
    });
  }

  happens(times: number): void {
    for (let time = 0; time < times; time++) this.own.onRestart(++this.#commits as LogIndex);
  }

  answer(payload: unknown): Promise<unknown> {
    const question = readEventsQuestion(payload);
    return question === null ? Promise.reject(new Error('no question')) : Promise.resolve(this.relay.answer(question));
  }

  sequences(source: NodeId): readonly number[] {
    const last = this.feed.lastOf(source);
    if (last === null) return [];
    const { incarnation } = last;
    return this.feed.eventsAfter({ source, incarnation, sequence: 0 }, 100_000).map(({ sequence }) => sequence);
  }
}

function pair(options: { readonly eventsMax?: number } = {}): { readonly asking: TestNode; readonly asked: TestNode } {
  const asking = new TestNode(n1, options);
  const asked = new TestNode(n2, options);
  asking.other = (question) => asked.answer(question);
  return { asking, asked };
}

async function hears(asking: TestNode, asked: TestNode): Promise<void> {
  asking.relay.onHead(n2, asked.relay.head());
  await asking.clock.settle();
}

const upTo = (length: number, first = 1) => Array.from({ length }, (_, place) => first + place);

describe('a node that hears how far the events of another are', () => {
  test('asks for those that it lacks, and for nothing where it lacks none', async () => {
    const { asking, asked } = pair();
    asked.happens(2);
    await hears(asking, asked);
    expect(asking.sequences(n2)).toEqual([1, 2, 3]);
    await hears(asking, asked);
    expect(asking.asked).toBe(1);
    asked.happens(1);
    await hears(asking, asked);
    expect([asking.asked, asking.sequences(n2)]).toEqual([2, [1, 2, 3, 4]]);
  });

  test('asks again and again where one answer does not hold them all, one question at a time', async () => {
    const { asking, asked } = pair();
    asked.happens(2 * eventsPerAnswerMax);
    let open = 0;
    asking.other = async (question) => {
      expect(++open).toBe(1);
      const answer = await asked.answer(question);
      open -= 1;
      return answer;
    };
    asking.relay.onHead(n2, asked.relay.head());
    asking.relay.onHead(n2, asked.relay.head());
    await asking.clock.settle();
    expect([asking.asked, asking.sequences(n2)]).toEqual([3, upTo(2 * eventsPerAnswerMax + 1)]);
  });

  test('asks again after the next report where a question failed or was answered with something else', async () => {
    const { asking, asked } = pair();
    const answers = [() => Promise.reject(new Error('the link is down')), async () => 'nonsense', async () => null];
    for (const other of answers) {
      asking.other = other;
      await hears(asking, asked);
    }
    expect([asking.asked, asking.sequences(n2)]).toEqual([3, []]);
    asking.other = (question) => asked.answer(question);
    await hears(asking, asked);
    expect(asking.sequences(n2)).toEqual([1]);
  });

  test('begins anew where the other has forgotten what it lacks', async () => {
    const { asking, asked } = pair({ eventsMax: 5 });
    await hears(asking, asked);
    const ended = new AbortController();
    const told = asking.feed.events({ after: [], kinds: null, signal: ended.signal })[Symbol.asyncIterator]();
    for (let events = 0; events < 2; events++) await told.next();
    asked.happens(20);
    await hears(asking, asked);
    expect(asking.sequences(n2)).toEqual(upTo(5, 17));
    expect((await told.next()).value).toEqual({ kind: 'gone', source: n2 });
  });

  test('goes on with the next process of the other', async () => {
    const { asking, asked } = pair();
    asked.happens(3);
    await hears(asking, asked);
    const next = new TestNode(n2, { incarnation: 'b' });
    asking.other = (question) => next.answer(question);
    await hears(asking, next);
    expect(asking.feed.lastOf(n2)).toMatchObject({ incarnation: 'b', sequence: 1 });
    const ended = new AbortController();
    const after = [
      { source: n2, incarnation: 'a', sequence: 4 },
      { source: n1, incarnation: 'a', sequence: 1 },
    ];
    const told = asking.feed.events({ after, kinds: null, signal: ended.signal })[Symbol.asyncIterator]();
    expect((await told.next()).value).toMatchObject({ event: { incarnation: 'b', sequence: 1 }, previous: null });
  });

  test('asks no stranger, forgets former members when a new one comes, and asks nobody once it stops', async () => {
    const { asking, asked } = pair();
    asking.members = [n1];
    await hears(asking, asked);
    expect(asking.asked).toBe(0);
    asking.members = [n1, n2];
    await hears(asking, asked);
    expect(asking.sequences(n2)).toEqual([1]);
    const n3 = 'n3' as NodeId;
    asking.members = [n1, n3];
    asking.relay.onHead(n3, { incarnation: 'c', sequence: 1 });
    expect(asking.feed.lastOf(n2)).toBeNull();
    asking.relay.stop();
    asking.members = [n1, n2];
    await hears(asking, asked);
    expect(asking.asked).toBe(2);
  });

  test('dates events by its own clock, measured once for each process', async () => {
    const { asking, asked } = pair();
    await asked.clock.advance(500_000);
    asked.happens(1);
    await hears(asking, asked);
    await asking.clock.advance(40);
    await asked.clock.advance(40);
    asked.happens(1);
    // A slow answer: measured anew, the events before it would be in another order.
    asking.other = async (question) => {
      const answer = await asked.answer(question);
      await new Promise<void>((resolve) => void asking.clock.after(1_000, resolve));
      return answer;
    };
    asking.relay.onHead(n2, asked.relay.head());
    await asking.clock.advance(1_000);
    const events = asking.feed.eventsAfter({ source: n2, incarnation: 'a', sequence: 1 }, 10);
    expect(events.map(({ atMicros }) => atMicros)).toEqual([0, 40_000]);
  });
});

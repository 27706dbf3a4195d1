import { describe, expect, onTestFinished, test } from 'vitest';
import type { NodeId, Term } from '#server/graph/identifiers.ts';
import type { ClusterEventsOptions, EventDetails, ToldEvent } from './cluster-event.ts';
import { EventFeed } from './event-feed.ts';

const n1 = 'n1' as NodeId;
const n2 = 'n2' as NodeId;
const cache: EventDetails = { kind: 'CACHE', hits: 1, misses: 0 };
const link: EventDetails = { kind: 'LINK', to: n2, connected: true };

class TestFeed {
  nowMicros = 1_000;
  readonly feed = new EventFeed({ bounds: { eventsMax: 4, bytesMax: 1_000_000 }, nowMicros: () => this.nowMicros });

  add(
    source: NodeId,
    sequence: number,
    more: { atMicros?: number; details?: EventDetails; incarnation?: string } = {},
  ): void {
    const { atMicros = 1_000 + sequence, details = cache, incarnation = 'a' } = more;
    this.feed.append({ source, incarnation, sequence, atMicros, term: 1 as Term, details });
  }

  listen(options: Partial<ClusterEventsOptions> = {}): Listener {
    const ended = new AbortController();
    onTestFinished(() => ended.abort());
    const stream = this.feed.events({ after: null, kinds: null, ...options, signal: ended.signal });
    return new Listener(stream[Symbol.asyncIterator](), ended);
  }
}

class Listener {
  readonly #events: AsyncIterator<ToldEvent>;
  readonly #ended: AbortController;

  constructor(events: AsyncIterator<ToldEvent>, ended: AbortController) {
    this.#events = events;
    this.#ended = ended;
  }

  /** As `n1 a 3 < 2`: the source, its incarnation, the sequence and the one before. */
  async next(): Promise<string> {
    const { done, value } = await this.#events.next();
    if (done === true) return 'ended';
    if (value.kind === 'gone') return `${value.source} gone`;
    const { source, incarnation, sequence } = value.event;
    return `${source} ${incarnation} ${sequence} < ${value.previous}`;
  }

  async take(count: number): Promise<readonly string[]> {
    const told: string[] = [];
    for (let place = 0; place < count; place++) told.push(await this.next());
    return told;
  }

  async leave(): Promise<string> {
    const last = this.next();
    this.#ended.abort();
    return last;
  }
}

const at = (source: NodeId, sequence: number, incarnation = 'a') => ({ source, incarnation, sequence });

describe('a stream of events', () => {
  test('begins now, also for a node that is heard of later, and ends when its client leaves', async () => {
    const test = new TestFeed();
    test.add(n1, 1);
    const listener = test.listen();
    test.add(n1, 2);
    // Brought here only now, but it happened long ago.
    test.add(n2, 1, { atMicros: 500 });
    test.add(n2, 2, { atMicros: 1_010 });
    expect(await listener.take(2)).toEqual(['n1 a 2 < null', 'n2 a 2 < null']);
    expect(await listener.leave()).toBe('ended');
  });

  test('goes on behind the positions that are named, and tells everything of what is not', async () => {
    const test = new TestFeed();
    for (const sequence of [1, 2, 3]) test.add(n1, sequence);
    test.add(n2, 1, { atMicros: 2_000 });
    const listener = test.listen({ after: [at(n1, 1)] });
    expect(await listener.take(3)).toEqual(['n1 a 2 < 1', 'n1 a 3 < 2', 'n2 a 1 < null']);
    const all = test.listen({ after: [] });
    expect(await all.take(4)).toEqual(['n1 a 1 < null', 'n1 a 2 < 1', 'n1 a 3 < 2', 'n2 a 1 < null']);
    expect(await test.listen({ after: [at(n1, 0)] }).next()).toBe('n1 a 1 < null');
  });

  test('tells nothing twice to a client that knew more than this node does yet', async () => {
    const test = new TestFeed();
    test.add(n1, 1);
    const listener = test.listen({ after: [at(n1, 3), at(n2, 1)] });
    for (const sequence of [2, 3, 4]) test.add(n1, sequence);
    test.add(n2, 1);
    test.add(n2, 2, { atMicros: 2_000 });
    expect(await listener.take(2)).toEqual(['n1 a 4 < 3', 'n2 a 2 < 1']);
  });

  test('goes on with the next process of a node, whose numbers begin again', async () => {
    const test = new TestFeed();
    test.add(n1, 1);
    test.add(n1, 2);
    const listener = test.listen({ after: [at(n1, 1)] });
    test.add(n1, 1, { incarnation: 'b', atMicros: 3_000 });
    test.add(n1, 2, { incarnation: 'b', atMicros: 3_001 });
    expect(await listener.take(3)).toEqual(['n1 a 2 < 1', 'n1 b 1 < null', 'n1 b 2 < 1']);
    expect(await test.listen({ after: [at(n1, 2), at(n1, 1, 'b')] }).next()).toBe('n1 b 2 < 1');
  });

  test('tells what happened at several nodes in the order of its time', async () => {
    const test = new TestFeed();
    for (const sequence of [1, 2]) test.add(n1, sequence, { atMicros: 1_000 * sequence });
    for (const sequence of [1, 2]) test.add(n2, sequence, { atMicros: 1_000 * sequence + 500 });
    const told = await test.listen({ after: [] }).take(4);
    expect(told.map((each) => each.slice(0, 6))).toEqual(['n1 a 1', 'n2 a 1', 'n1 a 2', 'n2 a 2']);
  });

  test('of some kinds names the one before of these kinds; what a later version says is left out', async () => {
    const test = new TestFeed();
    const listener = test.listen({ kinds: new Set(['LINK']) });
    const all = test.listen();
    test.add(n1, 1, { details: link });
    test.add(n1, 2);
    test.add(n1, 3, { details: { kind: 'UNKNOWN' } });
    test.add(n1, 4, { details: link });
    expect(await listener.take(2)).toEqual(['n1 a 1 < null', 'n1 a 4 < 1']);
    expect(await all.take(3)).toEqual(['n1 a 1 < null', 'n1 a 2 < 1', 'n1 a 4 < 2']);
  });

  test('ends where a position is not remembered, or of an unknown process', async () => {
    const test = new TestFeed();
    for (let sequence = 1; sequence <= 6; sequence++) test.add(n1, sequence);
    expect(await test.listen({ after: [at(n1, 2)] }).next()).toBe('n1 a 3 < 2');
    expect(await test.listen({ after: [at(n1, 1)] }).take(2)).toEqual(['n1 gone', 'ended']);
    expect(await test.listen({ after: [at(n1, 5, 'b')] }).take(2)).toEqual(['n1 gone', 'ended']);
  });

  test('ends for a client that is slower than the memory is long', async () => {
    const test = new TestFeed();
    const listener = test.listen();
    for (let sequence = 1; sequence <= 4; sequence++) test.add(n1, sequence);
    expect(await listener.next()).toBe('n1 a 1 < null');
    for (let sequence = 5; sequence <= 6; sequence++) test.add(n1, sequence);
    expect(await listener.take(2)).toEqual(['n1 gone', 'ended']);
  });

  test('ends where events were lost on their way here, also for a client that had everything', async () => {
    const test = new TestFeed();
    test.add(n1, 1);
    const listener = test.listen();
    const waiting = listener.next();
    test.add(n1, 3);
    expect(await waiting).toBe('n1 gone');
    expect(await test.listen({ after: [] }).next()).toBe('n1 a 3 < null');
  });

  test('ends where a node was forgotten in between and came back', async () => {
    const test = new TestFeed();
    test.add(n1, 1);
    test.add(n2, 1);
    const listener = test.listen({ after: [] });
    expect(await listener.take(2)).toHaveLength(2);
    test.feed.retain([n1]);
    expect(test.feed.lastOf(n2)).toBeNull();
    test.add(n2, 5);
    expect(await listener.next()).toBe('n2 gone');
  });

  test('ends when the node stops', async () => {
    const test = new TestFeed();
    const waiting = test.listen().next();
    test.feed.stop();
    expect(await waiting).toBe('ended');
  });
});

// Goal: every entry reaches the database once, whatever happens between. Method: a store in memory that fails, is fenced, or goes back.
import { expect, test } from 'vitest';
import { GraphCache } from '#server/cache/graph-cache.ts';
import type { LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import { StoreError } from '#server/graph/store-port.ts';
import type { GraphStore, MaterializedMark, StoreErrorKind } from '#server/graph/store-port.ts';
import { socialDeclarations } from '#server/graph/testing/social-declarations.ts';
import { Materializer } from './materializer.ts';
import type { DatabaseState } from './materializer.ts';
import { decodePayload, encodePayload } from './payload-codec.ts';
import { StandingWatch } from './standing.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { RaftDouble, self } from './testing/raft-double.ts';

class MemoryStore implements GraphStore {
  readonly kind = 'memory';
  readonly statements = 0;
  mark: MaterializedMark = { cluster: 'c', epoch: 0 as Term, index: 0 as LogIndex, term: 0 as Term, owner: null };
  /** Every entry that was ever written, in order. */
  readonly written: number[] = [];
  claims = 0;
  isOpen = false;
  failures: StoreErrorKind[] = [];

  async open(): Promise<void> {
    this.isOpen = true;
  }

  async claim(claim: { readonly epoch: Term; readonly owner: NodeId }): Promise<MaterializedMark> {
    this.claims += 1;
    this.mark = { ...this.mark, ...claim };
    return this.mark;
  }

  async materialize(write: Parameters<GraphStore['materialize']>[0]): Promise<void> {
    const failure = this.failures.shift();
    if (failure !== undefined) throw new StoreError(failure, 'the test said so');
    if (write.after !== this.mark.index || write.epoch !== this.mark.epoch) throw new StoreError('fenced', 'not ours');
    for (const entry of write.entries) {
      this.written.push(entry.index);
      this.mark = { ...this.mark, index: entry.index, term: entry.term };
    }
  }

  read(): Promise<never> {
    return Promise.reject(new Error('nothing reads here'));
  }

  async close(): Promise<void> {
    this.isOpen = false;
  }
}

class Bench {
  readonly clock = new ManualClock();
  readonly raft = new RaftDouble();
  readonly store = new MemoryStore();
  readonly cache: GraphCache;
  readonly standing = new StandingWatch(this.clock, { ...this.raft.status(), role: 'follower' });
  readonly states: DatabaseState['kind'][] = [];
  readonly alarms: string[] = [];
  readonly handedOver: number[] = [];
  readonly materializer: Materializer;

  constructor(firstIndex = 1) {
    this.raft.status_ = {
      ...this.raft.status_,
      firstIndex: firstIndex as LogIndex,
      lastIndex: (firstIndex - 1) as LogIndex,
      commitIndex: (firstIndex - 1) as LogIndex,
    };
    this.cache = new GraphCache({
      bytesMax: 1_000_000,
      declarations: socialDeclarations,
      horizon: (firstIndex - 1) as LogIndex,
    });
    const say = (): void => undefined;
    this.materializer = new Materializer({
      store: this.store,
      raft: this.raft,
      cache: this.cache,
      standing: this.standing,
      cluster: 'c',
      self,
      clock: this.clock,
      log: { debug: say, info: say, warn: say, error: (_fields, message) => this.alarms.push(message) },
      onMaterialized: say,
      onState: ({ kind }) => this.states.push(kind),
      handOver: (index) => this.handedOver.push(index),
      ended: (reason) => {
        throw reason;
      },
    });
  }

  async apply(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const index = (this.raft.status_.lastIndex + 1) as LogIndex;
      const data = encodePayload({ kind: 'mutations', time: index, leader: self, records: [] }, index);
      this.raft.propose({ kind: 'command', data });
      this.raft.status_ = { ...this.raft.status_, commitIndex: index };
      this.cache.apply({ index, term: 3 as Term, payload: decodePayload(data, index) }, data.length);
      this.materializer.wake();
    }
    await this.clock.settle();
  }

  async lead(term: number): Promise<void> {
    this.raft.status_ = { ...this.raft.status_, role: 'leader', term: term as Term };
    this.standing.update(this.raft.status_);
    await this.clock.settle();
  }

  async follow(): Promise<void> {
    this.raft.status_ = { ...this.raft.status_, role: 'follower' };
    this.standing.update(this.raft.status_);
    await this.clock.settle();
  }
}

const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, i) => i + 1);

test('a leader claims the database, writes what is applied, and lets go of it when it no longer leads', async () => {
  const bench = new Bench();
  await bench.apply(3);
  expect(bench.store.isOpen).toBe(false);
  await bench.lead(3);
  await bench.apply(2);
  expect(bench.store.written).toEqual(upTo(5));
  await bench.follow();
  await bench.apply(1);
  expect(bench.store.isOpen).toBe(false);
  expect(bench.store.written).toEqual(upTo(5));
  expect(bench.states).toEqual(['claiming', 'ready', 'not-leading']);
});

test('a database that is away is tried again until it is back, and misses nothing', async () => {
  const bench = new Bench();
  await bench.lead(3);
  bench.store.failures = Array.from({ length: 6 }, () => 'unavailable' as const);
  await bench.apply(4);
  expect(bench.materializer.state.kind).toBe('unavailable');
  await bench.clock.advance(20_000);
  expect(bench.store.written).toEqual(upTo(4));
  expect(bench.materializer.state.kind).toBe('ready');
});

test('a fence is answered with a new claim of the same term', async () => {
  const bench = new Bench();
  await bench.lead(3);
  bench.store.failures = ['fenced'];
  await bench.apply(2);
  await bench.clock.advance(1_000);
  expect(bench.store.claims).toBe(2);
  expect(bench.store.written).toEqual(upTo(2));
});

test('a database that went back is brought forward again, from the log where memory does not reach', async () => {
  const bench = new Bench();
  await bench.lead(3);
  await bench.apply(6);
  bench.cache.tail.trim({ keepAfter: 5 as LogIndex, bytesMax: 0, entriesMax: 0 });
  bench.store.mark = { ...bench.store.mark, index: 2 as LogIndex, term: 3 as Term };
  await bench.apply(1);
  await bench.clock.advance(1_000);
  expect(bench.store.written).toEqual([...upTo(6), 3, 4, 5, 6, 7]);
});

test('a database that a read found further back is claimed again, though there is nothing to write', async () => {
  const bench = new Bench();
  await bench.lead(3);
  await bench.apply(6);
  bench.store.mark = { ...bench.store.mark, index: 2 as LogIndex, term: 3 as Term };
  bench.materializer.claimAgain();
  await bench.clock.advance(1_000);
  expect(bench.store.claims).toBe(2);
  expect(bench.store.written).toEqual([...upTo(6), 3, 4, 5, 6]);
  expect(bench.states).toEqual(['claiming', 'ready', 'claiming', 'ready']);
});

test('a database that needs more of the log than this node has is refused, and handed over once', async () => {
  const bench = new Bench(100);
  bench.store.mark = { ...bench.store.mark, index: 40 as LogIndex };
  await bench.lead(3);
  await bench.apply(1);
  await bench.clock.advance(30_000);
  expect(bench.handedOver).toEqual([40]);
  expect(bench.alarms).toHaveLength(1);
  expect(bench.store.written).toEqual([]);
  expect(bench.materializer.state).toMatchObject({ kind: 'refused', reason: expect.stringContaining('begins at 100') });
});

test.each([
  ['ahead of what is committed', { index: 9, term: 3 }, 'belongs to another'],
  ['of another term at the same index', { index: 2, term: 2 }, 'different histories'],
])('a database that is %s is refused', async (_what, mark, reason) => {
  const bench = new Bench();
  await bench.apply(4);
  bench.store.mark = { ...bench.store.mark, index: mark.index as LogIndex, term: mark.term as Term };
  await bench.lead(3);
  expect(bench.materializer.state).toMatchObject({ kind: 'refused', reason: expect.stringContaining(reason) });
  expect(bench.handedOver).toEqual([]);
  expect(bench.store.written).toEqual([]);
});

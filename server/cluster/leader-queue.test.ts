// Goal: what the leader appends, when, and what it tells whom. Method: a log that commits when the test says so, a real cache, no database.
import { describe, expect, test } from 'vitest';
import { GraphCache } from '#server/cache/graph-cache.ts';
import type { CommandRequest } from '#server/graph/command.ts';
import type { LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import { socialDeclarations } from '#server/graph/testing/social-declarations.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { CommandAnswer } from './forward-protocol.ts';
import type { Fills } from './fills.ts';
import type { HeldValues } from './held-values.ts';
import { KeyMemory } from './key-memory.ts';
import { LeaderQueue } from './leader-queue.ts';
import { LogRetention } from './log-retention.ts';
import { decodePayload, encodePayload } from './payload-codec.ts';
import { StandingWatch } from './standing.ts';
import type { StoreReads } from './store-reads.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { RaftDouble, self } from './testing/raft-double.ts';

class Bench {
  readonly clock = new ManualClock();
  readonly raft = new RaftDouble();
  readonly cache = new GraphCache({ bytesMax: 1_000_000, declarations: socialDeclarations, horizon: 0 as LogIndex });
  readonly standing = new StandingWatch(this.clock, { ...this.raft.status(), role: 'follower', leader: null });
  readonly keys = new KeyMemory({ cache: this.cache, idempotencyKeyMs: 86_400_000, recentKeysMax: 100 });
  readonly retention = new LogRetention(
    { behindEntriesMax: 5, behindBytesMax: 1_000_000, retainedEntries: 10, retainedBytes: 1_000_000 },
    0 as LogIndex,
  );
  readonly ends: Error[] = [];
  /** What the database says, or why it does not. */
  database: 'empty' | 'away' = 'empty';
  readonly queue: LeaderQueue;

  constructor() {
    this.queue = new LeaderQueue({
      self,
      raft: this.raft,
      cache: this.cache,
      declarations: socialDeclarations,
      standing: this.standing,
      keys: this.keys,
      retention: this.retention,
      // Only `load` is used: every key is absent in an empty database.
      fills: { load: this.#load } as unknown as Fills,
      storeReads: {} as StoreReads,
      clock: this.clock,
      logTime: () => 0,
      limits: { batchCommandsMax: 100, batchBytesMax: 1_000_000, queueCommandsMax: 4 },
      ownEntries: [],
      onCommitted: () => undefined,
      ended: (reason) => this.ends.push(reason),
    });
    this.standing.update(this.raft.status());
  }

  readonly #load = async (held: HeldValues, keys: Parameters<Fills['load']>[1]): Promise<LogIndex> => {
    await Promise.resolve();
    if (this.database === 'away' && keys.length > 0) throw new GraphError('DATABASE_UNAVAILABLE', 'away');
    for (const key of keys) if (key.kind === 'unique') held.hold(key, { kind: 'unique', id: null }, 0 as LogIndex);
    return 0 as LogIndex;
  };

  /** Commits and applies everything that is appended. */
  async commit(): Promise<void> {
    for (const entry of this.raft.log.slice(this.cache.appliedIndex)) {
      const payload = decodePayload(entry.data, entry.index);
      const applied = { index: entry.index, term: entry.term, payload };
      this.cache.apply(applied, entry.data.length);
      this.retention.onApplied(entry.index, entry.data.length);
      this.keys.onApplied(applied);
      this.queue.onApplied(applied);
    }
    await this.clock.settle();
  }

  handOver(to: string | null): void {
    this.raft.status_ = { ...this.raft.status_, transferringTo: to as NodeId | null };
    this.standing.update(this.raft.status_);
  }

  depose(): void {
    this.raft.status_ = { ...this.raft.status_, role: 'follower', term: 4 as Term, leader: null };
    this.standing.update(this.raft.status_);
  }
}

const create = (handle: string, key: string): CommandRequest => ({
  idempotencyKey: key,
  hash: `hash of ${handle}`,
  command: { operations: [{ kind: 'create-entity', type: 'User', properties: { handle, name: handle } }] },
});

function kindsOf(answers: readonly CommandAnswer[]): readonly string[] {
  return answers.map(({ kind }) => kind);
}

describe('the leader queue', () => {
  test('appends what came together in one entry, and answers once it is applied', async () => {
    const bench = new Bench();
    const answers = Promise.all([
      bench.queue.submit(create('a', 'k1'), 1_000),
      bench.queue.submit(create('b', 'k2'), 1_000),
    ]);
    await bench.clock.settle();
    expect(bench.raft.log).toHaveLength(1);
    await bench.commit();
    expect(await answers).toMatchObject([
      { kind: 'done', commit: { index: 1, term: 3, replayed: false } },
      { kind: 'done', commit: { index: 1 } },
    ]);
  });

  test('has one entry in flight: the next is evaluated when it is applied', async () => {
    const bench = new Bench();
    const first = bench.queue.submit(create('same', 'k1'), 1_000);
    await bench.clock.settle();
    const second = bench.queue.submit(create('same', 'k2'), 1_000);
    await bench.clock.settle();
    expect(bench.raft.log).toHaveLength(1);
    await bench.commit();
    await bench.commit();
    expect(kindsOf([await first, await second])).toEqual(['done', 'refused']);
    expect(bench.raft.log).toHaveLength(2);
  });

  test('appends nothing while it hands over, and then tells whoever waits to ask the next leader', async () => {
    const bench = new Bench();
    bench.handOver('n2');
    const answer = bench.queue.submit(create('a', 'k1'), 1_000);
    await bench.clock.settle();
    expect(bench.raft.log).toHaveLength(0);
    bench.depose();
    expect(await answer).toEqual({ kind: 'moved', appended: false });
  });

  test('appends what has waited when nobody took over', async () => {
    const bench = new Bench();
    bench.handOver('n2');
    const answer = bench.queue.submit(create('a', 'k1'), 1_000);
    await bench.clock.settle();
    bench.handOver(null);
    await bench.clock.settle();
    await bench.commit();
    expect(await answer).toMatchObject({ kind: 'done', commit: { index: 1 } });
  });

  test('appends nothing before an entry of its own term is committed and applied', async () => {
    const bench = new Bench();
    bench.raft.status_ = { ...bench.raft.status_, ownTermCommitted: false };
    bench.standing.update(bench.raft.status_);
    const answer = bench.queue.submit(create('a', 'k1'), 1_000);
    await bench.clock.settle();
    expect(bench.raft.log).toHaveLength(0);
    bench.raft.status_ = { ...bench.raft.status_, ownTermCommitted: true };
    bench.standing.update(bench.raft.status_);
    await bench.clock.settle();
    await bench.commit();
    expect((await answer).kind).toBe('done');
  });

  test('answers copies with the first result, whether it is in flight or in memory, and other commands with a mismatch', async () => {
    const bench = new Bench();
    const first = bench.queue.submit(create('a', 'k1'), 1_000);
    await bench.clock.settle();
    const joined = bench.queue.submit(create('a', 'k1'), 1_000);
    expect(await bench.queue.submit(create('b', 'k1'), 1_000)).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    await bench.commit();
    const later = bench.queue.submit(create('a', 'k1'), 1_000);
    const answers = await Promise.all([first, joined, later]);
    expect(answers.map((answer) => answer.kind === 'done' && answer.commit.replayed)).toEqual([false, true, true]);
    expect(await bench.queue.submit(create('c', 'k1'), 1_000)).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    expect(bench.raft.log).toHaveLength(1);
  });

  test('says at the end of its term what is in a log and what is not', async () => {
    const bench = new Bench();
    const appended = bench.queue.submit(create('a', 'k1'), 1_000);
    await bench.clock.settle();
    const waiting = bench.queue.submit(create('b', 'k2'), 1_000);
    await bench.clock.settle();
    bench.depose();
    expect(await Promise.all([appended, waiting])).toEqual([
      { kind: 'moved', appended: true },
      { kind: 'moved', appended: false },
    ]);
    expect(await bench.queue.submit(create('c', 'k3'), 1_000)).toEqual({ kind: 'moved', appended: false });
  });

  test('knows that a command is lost when another entry stands where its own was', async () => {
    const bench = new Bench();
    const answer = bench.queue.submit(create('a', 'k1'), 1_000);
    await bench.clock.settle();
    const payload = { kind: 'mutations', time: 1, leader: self, records: [] } as const;
    const data = encodePayload(payload, 1 as LogIndex);
    bench.raft.log[0] = { index: 1 as LogIndex, term: 4 as Term, kind: 'command', data };
    await bench.commit();
    expect(await answer).toEqual({ kind: 'moved', appended: false });
  });

  test('tells at the deadline whether a command may still take effect', async () => {
    const bench = new Bench();
    const appended = bench.queue.submit(create('a', 'k1'), 100);
    await bench.clock.settle();
    const waiting = bench.queue.submit(create('b', 'k2'), 100);
    await bench.clock.advance(200);
    expect(await appended).toEqual({ kind: 'unknown' });
    expect(await waiting).toMatchObject({ kind: 'rejected', code: 'DEADLINE_EXCEEDED' });
    await bench.commit();
    await bench.commit();
    // The one that nobody waited for any more was not appended after all.
    expect(bench.raft.log).toHaveLength(1);
  });

  test('refuses more than it may hold', async () => {
    const bench = new Bench();
    const answers = Promise.all([1, 2, 3, 4, 5].map((i) => bench.queue.submit(create(`u${i}`, `k${i}`), 1_000)));
    await bench.clock.settle();
    await bench.commit();
    expect((await answers).map((answer) => (answer.kind === 'rejected' ? answer.code : answer.kind))).toEqual([
      'done',
      'done',
      'done',
      'done',
      'OVERLOADED',
    ]);
  });

  test('takes no writes while the database is behind by its bound, and takes them again after', async () => {
    const bench = new Bench();
    for (let i = 0; i < 5; i++) {
      const answer = bench.queue.submit(create(`u${i}`, `k${i}`), 1_000);
      await bench.clock.settle();
      await bench.commit();
      expect((await answer).kind).toBe('done');
    }
    expect(await Promise.all([bench.queue.submit(create('late', 'late'), 1_000), bench.clock.settle()])).toMatchObject([
      { kind: 'rejected', code: 'DATABASE_BEHIND' },
      undefined,
    ]);
    bench.retention.onMaterialized(4 as LogIndex);
    const answer = bench.queue.submit(create('late', 'late'), 1_000);
    await bench.clock.settle();
    await bench.commit();
    expect((await answer).kind).toBe('done');
  });

  test('lets commands that need the database fail alone', async () => {
    const bench = new Bench();
    const user = bench.queue.submit(create('a', 'k1'), 1_000);
    await bench.clock.settle();
    await bench.commit();
    const answer = await user;
    const id = answer.kind === 'done' ? answer.results[0]?.id : null;
    if (id === null || id === undefined) throw new Error('nobody was created');
    bench.database = 'away';
    const rename = {
      kind: 'update-entity',
      id,
      expectedType: null,
      properties: { name: 'A' },
      ifVersion: null,
    } as const;
    const cached = bench.queue.submit({ idempotencyKey: 'k3', hash: 'h', command: { operations: [rename] } }, 1_000);
    const cold = bench.queue.submit(create('b', 'k2'), 1_000);
    await bench.clock.settle();
    await bench.commit();
    expect(await Promise.all([cached, cold])).toMatchObject([
      { kind: 'done' },
      { kind: 'rejected', code: 'DATABASE_UNAVAILABLE' },
    ]);
    expect(bench.ends).toEqual([]);
  });
});

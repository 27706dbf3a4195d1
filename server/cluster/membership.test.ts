// Goal: one change at a time, no vote before a node has caught up, and a clear word for whatever comes in between. Method: a log that commits
// when the test says so, on a clock of the test. What needs a real cluster is in tests/integration/membership.test.ts.
import { expect, test } from 'vitest';
import { decodeConfiguration } from '#consensus/core/configuration.ts';
import type { PeerProgress, RaftStatus, Term } from '#consensus/core/types.ts';
import type { LogIndex, NodeId } from '#server/graph/identifiers.ts';
import { AddressBook } from './address-book.ts';
import { AppliedProgress } from './applied-progress.ts';
import { Membership } from './membership.ts';
import type { MembershipChange } from './membership.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { RaftDouble } from './testing/raft-double.ts';

const id = (name: string): NodeId => name as NodeId;
const newcomer = { kind: 'add', id: id('n4'), peer: '127.0.0.1:4104', publicUrl: 'http://127.0.0.1:4004' } as const;

class Bench {
  readonly clock = new ManualClock();
  readonly raft = new RaftDouble();
  readonly progress = new AppliedProgress(this.clock, 0 as LogIndex);
  readonly membership: Membership;

  constructor() {
    const links = { self: id('n1'), setPeer: () => undefined, states: () => [] };
    const log = { warn: () => undefined };
    const addresses = new AddressBook({ links, clock: this.clock, log, peers: new Map(), publicUrls: new Map() });
    const { clock, progress, raft } = this;
    this.membership = new Membership({ links, raft, progress, addresses, clock, electionTimeoutMs: 400 });
  }

  /** The answer, or the code of why there is none. */
  change(change: MembershipChange): Promise<unknown> {
    return this.membership.change(change).catch((error: unknown) => error);
  }

  set(status: Partial<RaftStatus>): void {
    this.raft.status_ = { ...this.raft.status_, ...status };
  }

  /** What was appended last is in force, committed and applied. */
  async commit(): Promise<void> {
    await this.clock.settle();
    const entry = this.raft.log.at(-1);
    if (entry === undefined) throw new Error('nothing was appended');
    this.set({ commitIndex: entry.index, configuration: decodeConfiguration(entry.data) });
    this.progress.advance(entry.index);
    await this.clock.settle();
  }

  /** How far the new node is. */
  copied(matchIndex: number): void {
    const peer: PeerProgress = {
      id: newcomer.id,
      matchIndex: matchIndex as LogIndex,
      nextIndex: (matchIndex + 1) as LogIndex,
      state: 'replicate',
      active: true,
    };
    this.set({ progress: [peer] });
  }
}

test('a new voter is a learner first, and votes once it has caught up', async () => {
  const bench = new Bench();
  const answer = bench.change({ ...newcomer, voter: true });
  await bench.commit();
  const address = { id: 'n4', peer: '127.0.0.1:4104', publicUrl: 'http://127.0.0.1:4004' };
  expect(bench.raft.status_.configuration).toEqual({ voters: ['n1'], learners: ['n4'], addresses: [address] });
  await bench.clock.advance(1_000);
  expect(bench.raft.log).toHaveLength(1);
  bench.copied(1);
  await bench.clock.advance(50);
  await bench.commit();
  expect(await answer).toBe(2);
  expect(bench.raft.status_.configuration).toEqual({ voters: ['n1', 'n4'], learners: [], addresses: [address] });
});

test('a node that takes longer than an election timeout for each round does not get a vote, and stays a learner', async () => {
  const bench = new Bench();
  const answer = bench.change({ ...newcomer, voter: true });
  await bench.commit();
  for (let round = 1; round < 60; round++) {
    // The log grows, and what it held at the start of the round arrives half a second later.
    bench.set({ lastIndex: (round * 10) as LogIndex });
    await bench.clock.advance(500);
    bench.copied(round * 10);
  }
  expect(await answer).toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    message: expect.stringContaining('stays a learner') as string,
  });
  expect(bench.raft.log).toHaveLength(1);
  expect(bench.raft.status_.configuration.learners).toEqual(['n4']);
});

test('a second change waits for the first, and is refused when that takes long', async () => {
  const bench = new Bench();
  const learner = { ...newcomer, voter: false };
  const first = bench.change(learner);
  const second = bench.change({ ...learner, id: id('n5'), peer: '127.0.0.1:4105', publicUrl: 'http://127.0.0.1:4005' });
  await bench.clock.advance(1_000);
  expect(bench.raft.log).toHaveLength(1);
  await bench.commit();
  await bench.clock.advance(50);
  await bench.commit();
  expect([await first, await second]).toEqual([1, 2]);

  const third = bench.change({ kind: 'remove', id: id('n4') });
  const fourth = bench.change({ kind: 'remove', id: id('n5') });
  await bench.clock.advance(2_500);
  expect(await fourth).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('under way') as string });
  await bench.commit();
  expect(await third).toBe(3);
});

test('without a majority it is said that the outcome is unknown, and not before five seconds', async () => {
  const bench = new Bench();
  const answer = bench.change({ ...newcomer, voter: false });
  await bench.clock.advance(4_900);
  await bench.clock.advance(200);
  expect(await answer).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
});

test('a change that another leader cut away has not been made', async () => {
  const bench = new Bench();
  const answer = bench.change({ ...newcomer, voter: false });
  await bench.clock.settle();
  const [entry] = bench.raft.log;
  if (entry === undefined) throw new Error('nothing was appended');
  bench.raft.log[0] = { ...entry, kind: 'leader-start', term: 4 as Term };
  bench.progress.advance(entry.index);
  expect(await answer).toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('nothing was changed') as string,
  });
});

test('the last voter stays, and a node that does not lead changes nothing', async () => {
  const bench = new Bench();
  expect(await bench.change({ kind: 'remove', id: id('n1') })).toMatchObject({ code: 'CONFLICT' });
  bench.set({ role: 'follower' });
  expect(await bench.change({ ...newcomer, voter: false })).toMatchObject({ code: 'NO_LEADER' });
  expect(bench.raft.log).toHaveLength(0);
});

// Goal: a mutation is said to have failed only where no copy of it can take effect. Method: scripted answers of the leader, on a clock of the test.
import { expect, test } from 'vitest';
import { LinkError } from '#consensus/transport/link-error.ts';
import type { Links, RequestFailure } from '#consensus/transport/links.ts';
import type { GraphError } from '#server/graph/errors.ts';
import type { LogIndex, NodeId } from '#server/graph/identifiers.ts';
import { socialDeclarations } from '#server/graph/testing/social-declarations.ts';
import { AppliedProgress } from './applied-progress.ts';
import { MutationEntry } from './mutation-entry.ts';
import type { MutationAnswer } from './node-service.ts';
import { StandingWatch } from './standing.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { RaftDouble, self } from './testing/raft-double.ts';

const leader = 'n2' as NodeId;
const commit = { index: 7, term: 3, leader, time: 5, replayed: false };
const done = { kind: 'done', commit, results: [{ id: 1, changed: true }] };

type Reply = object | RequestFailure['kind'];

class Bench {
  readonly clock = new ManualClock();
  readonly #status = { ...new RaftDouble().status(), role: 'follower' as const, leader };
  readonly standing = new StandingWatch(this.clock, this.#status);
  readonly progress = new AppliedProgress(this.clock, 6 as LogIndex);
  isMember = true;
  readonly keysSent: unknown[] = [];
  readonly answered: number[] = [];
  readonly #entry: MutationEntry;

  /** The last reply is given for ever. */
  constructor(replies: Reply[]) {
    const request = async (_to: NodeId, _channel: string, payload: unknown): Promise<unknown> => {
      this.keysSent.push((payload as { request: { idempotencyKey: string } }).request.idempotencyKey);
      const reply = replies.length > 1 ? replies.shift() : replies[0];
      if (typeof reply === 'object') return reply;
      throw new LinkError({ kind: reply ?? 'unsent', code: 'LINK', message: 'the test said so' });
    };
    this.#entry = new MutationEntry({
      self,
      // Only these two of the links are used.
      links: { request, isPlugged: () => true } as unknown as Links,
      declarations: socialDeclarations,
      standing: this.standing,
      progress: this.progress,
      clock: this.clock,
      mutationDeadlineMs: 1_800,
      isMember: () => this.isMember,
      submit: () => Promise.reject(new Error('this node does not lead')),
      status: () => Promise.reject(new Error('this node does not lead')),
      onAnswered: (index) => this.answered.push(index),
    });
  }

  mutate(): Promise<MutationAnswer | GraphError> {
    const operation = { kind: 'create-entity', type: 'User', properties: { handle: 'ada', name: 'Ada' } } as const;
    const request = { command: { operations: [operation] }, idempotencyKey: null, requestId: 'test' };
    return this.#entry.mutate(request).catch((error: unknown) => error as GraphError);
  }

  follow(other: NodeId): void {
    this.standing.update({ ...this.#status, leader: other });
  }

  loseLeader(hasQuorum: boolean): void {
    this.standing.update({ ...this.#status, leader: null, hasQuorum });
  }
}

test('a mutation is sent again under its key until a leader answers', async () => {
  const bench = new Bench(['closed', { kind: 'moved', appended: true }, 'unsent', done]);
  const answer = bench.mutate();
  await bench.clock.advance(500);
  bench.progress.advance(7 as LogIndex);
  expect(await answer).toMatchObject({ commit: { index: 7 } });
  expect(bench.keysSent).toHaveLength(4);
  expect(new Set(bench.keysSent).size).toBe(1);
});

test('a new leader that is known by the time the former one is out is asked at once', async () => {
  const bench = new Bench(['timeout', done]);
  const answer = bench.mutate();
  // Heard of while the former leader was asked: that request is given up, and nothing is waited for.
  bench.follow('n3' as NodeId);
  await bench.clock.settle();
  bench.progress.advance(7 as LogIndex);
  expect(await answer).toMatchObject({ commit: { index: 7 } });
  expect(bench.clock.monotonicMs()).toBe(0);
});

test('it is answered when this node has applied it, so that it can be read here', async () => {
  const bench = new Bench([done]);
  let answer: unknown = null;
  void bench.mutate().then((value) => {
    answer = value;
  });
  await bench.clock.advance(100);
  expect(answer).toBeNull();
  bench.progress.advance(7 as LogIndex);
  await bench.clock.settle();
  expect(answer).toMatchObject({ commit: { index: 7 } });
  expect(bench.answered).toEqual([7]);
});

test('it is answered without that by a node that was removed meanwhile: it is committed', async () => {
  const bench = new Bench([done]);
  const answer = bench.mutate();
  await bench.clock.advance(100);
  bench.isMember = false;
  await bench.clock.advance(200);
  expect(await answer).toMatchObject({ commit: { index: 7 } });
  expect(bench.clock.monotonicMs()).toBe(300);
});

test('it is answered at its deadline although this node is behind: it is committed', async () => {
  const bench = new Bench([done]);
  const answer = bench.mutate();
  await bench.clock.advance(2_000);
  expect(await answer).toMatchObject({ commit: { index: 7 } });
});

test.each([
  ['unsent', 'unsent', 'NO_LEADER'],
  ['turned away by one that does not lead', { kind: 'moved', appended: false }, 'NO_LEADER'],
  ['lost on a closed link', 'closed', 'OUTCOME_UNKNOWN'],
  ['without an answer in time', 'timeout', 'OUTCOME_UNKNOWN'],
  ['appended by a leader that was deposed', { kind: 'moved', appended: true }, 'OUTCOME_UNKNOWN'],
  ['appended and not committed in time', { kind: 'unknown' }, 'OUTCOME_UNKNOWN'],
  ['rejected for good', { kind: 'rejected', code: 'DATABASE_BEHIND', message: 'full' }, 'DATABASE_BEHIND'],
  ['refused by the graph', { kind: 'refused', commit, code: 'CONFLICT', message: 'taken' }, 'CONFLICT'],
] as const)('a mutation that is %s fails with its own code', async (_what, reply, code) => {
  const bench = new Bench([reply]);
  const answer = bench.mutate();
  await bench.clock.advance(2_100);
  expect(await answer).toMatchObject({ code, details: { idempotencyKey: bench.keysSent[0] } });
});

test('one lost copy makes every later rejection uncertain', async () => {
  const bench = new Bench(['closed', { kind: 'rejected', code: 'OVERLOADED', message: 'full' }]);
  const answer = bench.mutate();
  await bench.clock.advance(500);
  expect(await answer).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
});

test('without a majority in sight it says so, at its deadline and not later', async () => {
  const bench = new Bench(['unsent']);
  bench.loseLeader(false);
  const answer = bench.mutate();
  let isOver = false;
  void answer.then(() => {
    isOver = true;
  });
  await bench.clock.advance(1_700);
  expect(isOver).toBe(false);
  await bench.clock.advance(200);
  expect(await answer).toMatchObject({ code: 'NO_QUORUM' });
});

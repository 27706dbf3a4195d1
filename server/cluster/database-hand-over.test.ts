// Goal: leadership leaves a node whose database hangs, at most once a term, and never for a node that is no better off. Method: a clock of
// the test, scripted probes of the other voters.
import { describe, expect, test } from 'vitest';
import type { LogIndex, NodeId, PeerProgress, Term } from '#consensus/core/types.ts';
import { DatabaseHandOver } from './database-hand-over.ts';
import type { DatabaseState } from './materializer.ts';
import { StandingWatch } from './standing.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { RaftDouble } from './testing/raft-double.ts';

const stuckMs = 1_000;
const peer = (name: string, matchIndex: number): PeerProgress => ({
  id: name as NodeId,
  matchIndex: matchIndex as LogIndex,
  nextIndex: (matchIndex + 1) as LogIndex,
  state: 'replicate',
  active: true,
});

class Bench {
  readonly clock = new ManualClock();
  readonly raft = new RaftDouble();
  readonly standing: StandingWatch;
  readonly asked: string[] = [];
  readonly handedTo: string[] = [];
  /** Whom the database answers. */
  readonly served = new Set<string>();
  state: DatabaseState = { kind: 'ready' };
  behind = 5;
  firstIndex = 1;
  readonly handOver: DatabaseHandOver;

  constructor(probe: (() => Promise<void>) | null = () => Promise.resolve()) {
    const voters = ['n1', 'n2', 'n3'] as NodeId[];
    const progress = [peer('n2', 5), peer('n3', 9)];
    this.raft.status_ = { ...this.raft.status_, configuration: { voters, learners: [] }, progress };
    this.standing = new StandingWatch(this.clock, { ...this.raft.status_, role: 'follower', leader: null });
    this.handOver = new DatabaseHandOver({
      clock: this.clock,
      standing: this.standing,
      stuckMs,
      probe,
      links: {
        request: async (to) => {
          this.asked.push(to);
          return { answers: this.served.has(to) };
        },
      },
      raft: {
        status: () => this.raft.status_,
        transferLeadership: async (to) => void this.handedTo.push(to),
      },
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      state: () => this.state,
      materialized: () => 0 as LogIndex,
      behindEntries: () => this.behind,
      firstIndexOf: () => this.firstIndex as LogIndex,
    });
    this.standing.update(this.raft.status_);
  }

  lead(term: number): void {
    this.raft.status_ = { ...this.raft.status_, term: term as Term };
    this.standing.update(this.raft.status_);
  }
}

describe('a leader whose database takes nothing', () => {
  test('hands over to the voter with most of the log whose own probe succeeds, once a term', async () => {
    const bench = new Bench();
    bench.served.add('n2').add('n3');
    await bench.clock.advance(stuckMs - 300);
    expect(bench.asked).toEqual([]);
    await bench.clock.advance(600);
    expect(bench.handedTo).toEqual(['n3']);
    await bench.clock.advance(60_000);
    expect(bench.handedTo).toEqual(['n3']);
    bench.lead(4);
    await bench.clock.advance(stuckMs + 300);
    expect(bench.handedTo).toEqual(['n3', 'n3']);
  });

  test('goes on leading where the database answers nobody, and asks again only now and then', async () => {
    const bench = new Bench();
    bench.state = { kind: 'unavailable', reason: 'the test said so' };
    bench.behind = 0;
    await bench.clock.advance(29_000);
    expect(bench.handedTo).toEqual([]);
    expect(bench.asked.length / 2).toBe(3);
    bench.served.add('n2');
    await bench.clock.advance(11_000);
    expect(bench.handedTo).toEqual(['n2']);
  });

  test('keeps leadership from one whose log begins after what the database needs', async () => {
    const bench = new Bench();
    bench.served.add('n2').add('n3');
    bench.firstIndex = 2;
    await bench.clock.advance(30_000);
    expect(bench.handedTo).toEqual([]);
  });

  test('takes a claim that brings nothing forward for no progress', async () => {
    const bench = new Bench();
    bench.served.add('n3');
    for (let claim = 0; claim < 8; claim++) {
      bench.handOver.onMaterialized(7 as LogIndex);
      await bench.clock.advance(250);
    }
    expect(bench.handedTo).toEqual(['n3']);
  });
});

test.each([
  ['takes what it is given', (bench: Bench, at: number) => bench.handOver.onMaterialized(at as LogIndex)],
  ['has everything', (bench: Bench) => void (bench.behind = 0)],
  [
    'refuses the cluster, which it does everywhere',
    (bench: Bench) => void (bench.state = { kind: 'refused', reason: '' }),
  ],
])('a leader whose database %s keeps leading', async (_what, act) => {
  const bench = new Bench();
  bench.served.add('n2').add('n3');
  for (let turn = 1; turn < 20; turn++) {
    act(bench, turn);
    await bench.clock.advance(250);
  }
  expect(bench.asked).toEqual([]);
});

describe('a probe', () => {
  test('says whether the database answers this node, in a bounded time', async () => {
    expect(await new Bench().handOver.answer()).toEqual({ answers: true });
    expect(await new Bench(() => Promise.reject(new Error('away'))).handOver.answer()).toEqual({ answers: false });
    const hanging = new Bench(() => new Promise(() => undefined));
    const answer = hanging.handOver.answer();
    await hanging.clock.advance(stuckMs);
    expect(await answer).toEqual({ answers: false });
    expect(await new Bench(null).handOver.answer()).toEqual({ answers: false });
  });

  test('fails at a node that gave leadership away for its database a while ago, so that it does not come back', async () => {
    const bench = new Bench();
    bench.served.add('n3');
    await bench.clock.advance(stuckMs + 300);
    expect(bench.handedTo).toEqual(['n3']);
    expect(await bench.handOver.answer()).toEqual({ answers: false });
    await bench.clock.advance(600_000);
    expect(await bench.handOver.answer()).toEqual({ answers: true });
  });
});

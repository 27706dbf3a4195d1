// Goal: what happens at a node becomes few, true and ordered events. Method: a consensus that says what a test says, and time by hand.
import { describe, expect, test } from 'vitest';
import type { Message, RaftStatus } from '#consensus/core/types.ts';
import type { LinkState } from '#consensus/transport/links.ts';
import type { LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import type { AppliedEntry } from '#server/graph/log-payload.ts';
import type { EventDetails } from './cluster-event.ts';
import { EventFeed } from './event-feed.ts';
import { OwnEvents } from './own-events.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { RaftDouble, self } from './testing/raft-double.ts';

const n2 = 'n2' as NodeId;
const n3 = 'n3' as NodeId;

class TestNode {
  readonly clock = new ManualClock();
  readonly raft = new RaftDouble();
  readonly feed = new EventFeed({ bounds: { eventsMax: 1_000, bytesMax: 1_000_000 }, nowMicros: () => 0 });
  links: LinkState[] = [{ to: n2, open: true, cut: false, roundTripMs: null }];
  isPlugged = true;
  looks = { hits: 0, misses: 0 };
  database = { kind: 'sqlite', available: true, materializedIndex: 1 as LogIndex, behind: 0 };
  news = 0;
  readonly own: OwnEvents;
  #seen = 0;

  constructor(status: Partial<RaftStatus> = {}) {
    this.raft.status_ = { ...this.raft.status_, ...status };
    this.own = new OwnEvents({
      self,
      incarnation: 'a',
      feed: this.feed,
      clock: this.clock,
      raft: this.raft,
      links: { states: () => this.links, isPlugged: () => this.isPlugged },
      cache: { stats: () => ({ ...this.looks, entries: 0, bytes: 0 }) },
      database: () => this.database,
      onNews: () => (this.news += 1),
    });
    this.own.start();
  }

  status(status: Partial<RaftStatus>): void {
    this.raft.status_ = { ...this.raft.status_, ...status };
    this.own.onStatus(this.raft.status_);
  }

  /** The details of the events since the last call. */
  since(): readonly EventDetails[] {
    const events = this.feed.eventsAfter({ source: self, incarnation: 'a', sequence: this.#seen }, 1_000);
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, place) => this.#seen + place + 1));
    this.#seen = this.own.sequence;
    return events.map(({ details }) => details);
  }
}

const follower = { role: 'follower', leader: n2, votedFor: n2, term: 3 as Term } as const;

function message(kind: 'heartbeat-request', to: NodeId, term?: number): Message;
function message(kind: 'vote-request' | 'vote-response' | 'pre-vote-response', to: NodeId, term?: number): Message;
function message(kind: Message['kind'], to: NodeId, term = 3): Message {
  const body = { granted: true, commit: 0, readNumber: 0, lastIndex: 0, lastTerm: 0, transfer: false };
  return { kind, from: self, to, term, ...body } as unknown as Message;
}

function append(to: NodeId, count: number): Message {
  const entries = Array.from({ length: count }, () => ({}));
  return { kind: 'append-request', from: self, to, term: 3, entries } as unknown as Message;
}

function applied(index: number): AppliedEntry {
  return { index: index as LogIndex, term: 3 as Term, payload: null };
}

describe('roles and votes', () => {
  test('an election is told in the order in which one understands it, its messages after the candidate', () => {
    const node = new TestNode(follower);
    expect(node.since()).toEqual([{ kind: 'ROLE', role: 'FOLLOWER', leader: n2, reason: 'the node has started' }]);
    // The consensus sends the messages of a step before it tells of its status.
    const candidate = {
      ...node.raft.status_,
      role: 'candidate',
      leader: null,
      votedFor: self,
      term: 4 as Term,
    } as const;
    node.raft.status_ = candidate;
    node.own.onMessage(message('vote-request', n2, 4), true);
    node.own.onStatus(candidate);
    const leader = { ...candidate, role: 'leader', leader: self } as const;
    node.raft.status_ = leader;
    node.own.onMessage(message('heartbeat-request', n2, 4), true);
    node.own.onStatus(leader);
    expect(node.since()).toMatchObject([
      { kind: 'ROLE', role: 'CANDIDATE', leader: null, reason: 'asks for the votes of term 4' },
      { kind: 'VOTE', candidate: self, granted: true, preVote: false },
      { kind: 'MESSAGE', message: 'vote-request', to: n2, messages: 1 },
      { kind: 'ROLE', role: 'LEADER', leader: self, reason: 'won the election of term 4' },
      { kind: 'MESSAGE', message: 'heartbeat-request' },
    ]);
    expect(node.news).toBe(2);
  });

  test('a vote is told when it leaves, and everybody is to hear of it at once', () => {
    const node = new TestNode(follower);
    node.since();
    node.own.onMessage(message('pre-vote-response', n3), true);
    node.status({ term: 4 as Term, leader: null, votedFor: n3 });
    node.own.onMessage(message('vote-response', n3, 4), true);
    expect(node.since()).toMatchObject([
      { kind: 'VOTE', candidate: n3, granted: true, preVote: true },
      { kind: 'MESSAGE' },
      { kind: 'ROLE', reason: 'term 4 has begun' },
      { kind: 'VOTE', candidate: n3, granted: true, preVote: false },
      { kind: 'MESSAGE' },
    ]);
    expect(node.news).toBe(3);
  });

  test('members, hand-overs and a log that begins anew are told; a commit alone changes no role', () => {
    const node = new TestNode();
    node.since();
    node.status({ commitIndex: 7 as LogIndex });
    node.status({ configuration: { voters: [self, n2], learners: [n3] } });
    node.status({ transferringTo: n2 });
    node.status({ transferringTo: null, role: 'follower', leader: n2, term: 4 as Term, votedFor: n2 });
    node.own.onRestart(9 as LogIndex);
    expect(node.since().map((details) => (details.kind === 'ROLE' ? details.reason : details.kind))).toEqual([
      'n1, n2 vote, n3 learn',
      'hands leadership over to n2',
      'n2 leads',
      'the log here was too old: begins anew after 9',
    ]);
  });
});

describe('what comes often', () => {
  test('is told at once after a quiet time, then once a second with its sum, for each peer and kind', async () => {
    const node = new TestNode();
    node.since();
    for (let place = 0; place < 10; place++) {
      node.own.onMessage(append(n2, 3), true);
      node.own.onMessage(append(n3, 1), true);
      await node.clock.advance(50);
    }
    node.own.onMessage(append(n2, 5), false);
    const first = { kind: 'MESSAGE', message: 'append-request', messages: 1, dropped: false };
    expect(node.since()).toMatchObject([
      { ...first, to: n2, entries: 3 },
      { ...first, to: n3, entries: 1 },
      { ...first, to: n2, entries: 5, dropped: true },
    ]);
    await node.clock.advance(500);
    const told = node.since().filter(({ kind }) => kind === 'MESSAGE');
    expect(told).toMatchObject([
      { to: n2, messages: 9, entries: 27, dropped: false, sentAtMicros: 450_000 },
      { to: n3, messages: 9, entries: 9, dropped: false },
    ]);
    await node.clock.advance(3_000);
    expect(node.since()).toEqual([]);
    node.own.onMessage(append(n2, 2), true);
    expect(node.since()).toMatchObject([{ messages: 1, entries: 2 }]);
  });

  test('commits are told with the newest index; an hour of load makes an event a second', async () => {
    const node = new TestNode();
    await node.clock.advance(1_000);
    node.since();
    for (let second = 0; second < 20; second++) {
      for (let index = 1; index <= 100; index++) node.own.onApplied(applied(second * 100 + index));
      await node.clock.advance(1_000);
    }
    const commits = node.since();
    expect(commits).toHaveLength(21);
    expect(commits.at(-1)).toMatchObject({ kind: 'COMMIT', index: 2_000 });
  });

  test('look-ups and the database are told where something changed, the database by the leader alone', async () => {
    const node = new TestNode();
    await node.clock.advance(1_000);
    node.since();
    node.looks = { hits: 10, misses: 2 };
    node.database = { ...node.database, materializedIndex: 5 as LogIndex };
    await node.clock.advance(1_000);
    node.looks = { hits: 11, misses: 2 };
    await node.clock.advance(2_000);
    node.status(follower);
    node.database = { ...node.database, available: false };
    await node.clock.advance(2_000);
    expect(node.since()).toMatchObject([
      { kind: 'CACHE', hits: 10, misses: 2 },
      { kind: 'DATABASE', available: true, materializedIndex: 5 },
      { kind: 'CACHE', hits: 1, misses: 0 },
      { kind: 'ROLE' },
    ]);
    node.own.stop();
    node.looks = { hits: 50, misses: 2 };
    await node.clock.advance(5_000);
    expect(node.since()).toEqual([]);
  });
});

describe('links', () => {
  test('are told when they come up, go down or are cut, and the plug as a link to oneself', async () => {
    const node = new TestNode();
    node.since();
    node.own.lookAtLinks();
    node.own.lookAtLinks();
    const [link] = node.links;
    if (link === undefined) throw new Error('there is a link');
    node.links = [{ ...link, cut: true }];
    node.isPlugged = false;
    node.own.lookAtLinks();
    expect(node.news).toBe(2);
    node.isPlugged = true;
    node.links = [];
    await node.clock.advance(1_000);
    node.links = [link];
    await node.clock.advance(1_000);
    expect(node.since().filter(({ kind }) => kind === 'LINK')).toEqual([
      { kind: 'LINK', to: n2, connected: true },
      { kind: 'LINK', to: self, connected: false },
      { kind: 'LINK', to: n2, connected: false },
      { kind: 'LINK', to: self, connected: true },
      { kind: 'LINK', to: n2, connected: true },
    ]);
  });
});

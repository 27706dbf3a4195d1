import { describe, expect, test } from 'vitest';
import { parseMessage } from './testing-message.ts';
import { logOf, TestNetwork } from './testing-network.ts';
import type { TestNetworkOptions, TestNode } from './testing-network.ts';

/**
 * The rules of the Raft paper (extended version, 2014) for terms and elections, one test each, in its order. Method: one real core
 * is given messages and ticks by hand, with pre-vote off, which the paper does not know. What is said of pre-vote, check-quorum and
 * of whole elections is in `elections.test.ts`.
 */
const three = ['n1', 'n2', 'n3'];
const five = ['n1', 'n2', 'n3', 'n4', 'n5'];

function alone(options: Partial<TestNetworkOptions> = {}): { network: TestNetwork; node: TestNode } {
  const { core, ...rest } = options;
  const network = new TestNetwork({ voters: three, ...rest, core: { preVote: false, checkQuorum: false, ...core } });
  return { network, node: network.node('n1') };
}

function send(network: TestNetwork, words: string): void {
  network.deliver(parseMessage(words.split(' ')));
}

/** Time passes on n1 until it has campaigned so many times; how many ticks that took. */
function campaign(network: TestNetwork, times = 1): number {
  const { status } = network.node('n1');
  const target = status.term + times;
  let ticks = 0;
  for (; network.node('n1').status.term < target && ticks < 1000; ticks++) network.tick('n1');
  return ticks;
}

describe('figure 2, state', () => {
  test('a node starts as a follower, in term 0, without a vote, with nothing committed', () => {
    const { node } = alone();
    expect(node.status).toMatchObject({ role: 'follower', term: 0, votedFor: null, commitIndex: 0, lastIndex: 0 });
  });

  test('term, vote and log survive a crash; commit index, role and the leader do not', () => {
    const { network, node } = alone();
    send(network, 'vote-request n2>n1 term=3 last=0@0');
    send(network, 'append-request n2>n1 term=3 previous=0@0 entries=1,3 commit=2');
    expect(node.status).toMatchObject({ leader: 'n2', commitIndex: 2 });
    network.crash('n1');
    network.restart('n1');
    expect(node.status).toMatchObject({ term: 3, votedFor: 'n2', lastIndex: 2, commitIndex: 0, leader: null });
    expect(node.terms).toEqual([1, 3]);
  });

  test('term and vote are on disk before the answer to a request leaves', () => {
    const { network, node } = alone();
    node.isDiskSlow = true;
    send(network, 'vote-request n2>n1 term=3');
    send(network, 'append-request n2>n1 term=3 previous=0@0 entries=3');
    send(network, 'heartbeat-request n2>n1 term=3');
    expect(network.sent).toEqual([]);
    network.flushOne(node);
    expect(node.disk.hardState).toEqual({ term: 3, votedFor: 'n2' });
    expect(network.sent).toMatchObject([{ kind: 'vote-response', granted: true }]);
  });

  test('a new leader expects each peer to lack what comes next, and to match nothing yet', () => {
    const { network, node } = alone({ logs: { n1: logOf(1, 1, 2) }, terms: { n1: 2 } });
    network.passes = () => false;
    campaign(network);
    send(network, 'vote-response n2>n1 term=3 granted=true');
    network.passes = () => true;
    send(network, 'vote-response n2>n1 term=3 granted=true');
    expect(node.status.role).toBe('leader');
    for (const peer of node.status.progress)
      expect(peer).toMatchObject({ nextIndex: 4, matchIndex: 0, state: 'probe' });
  });
});

describe('5.1, terms', () => {
  const requests = [
    'vote-request n2>n1 term=7',
    'append-request n2>n1 term=7',
    'heartbeat-request n2>n1 term=7',
    'snapshot-request n2>n1 term=7 mark=2@1 voters=n1,n2,n3',
    'vote-response n2>n1 term=7',
    'append-response n2>n1 term=7 success=false',
    'heartbeat-response n2>n1 term=7',
    'snapshot-response n2>n1 term=7',
    'timeout-now n2>n1 term=6',
  ];

  test.each(requests)('whatever carries a higher term is obeyed: %s', (words) => {
    const { network, node } = alone();
    network.elect('n1');
    send(network, words);
    expect(node.status.term).toBe(7);
    expect(node.status.role).not.toBe('leader');
    expect(node.disk.hardState.term).toBe(7);
  });

  test('a pre-vote request and a grant to one carry a term that is not yet (thesis 9.6)', () => {
    const { network, node } = alone();
    network.elect('n1');
    send(network, 'pre-vote-request n2>n1 term=7');
    send(network, 'pre-vote-response n2>n1 term=7 granted=true');
    expect(node.status).toMatchObject({ role: 'leader', term: 1 });
    send(network, 'pre-vote-response n2>n1 term=7 granted=false');
    expect(node.status).toMatchObject({ role: 'follower', term: 7 });
  });

  test.each([
    ['vote-request n2>n1 term=4', 'vote-response'],
    ['pre-vote-request n2>n1 term=4', 'pre-vote-response'],
    ['append-request n2>n1 term=4 previous=0@0 entries=4', 'append-response'],
    ['heartbeat-request n2>n1 term=4', 'append-response'],
    ['snapshot-request n2>n1 term=4 mark=9@4 voters=n1,n2,n3', 'append-response'],
  ])('a request of an older term changes nothing and is answered with the newer one: %s', (words, kind) => {
    const { network, node } = alone({ terms: { n1: 5 } });
    const before = node.status;
    send(network, words);
    expect(node.status).toEqual(before);
    expect(network.sent).toMatchObject([{ kind, to: 'n2', term: 5 }]);
  });

  test('answers of an older term change nothing', () => {
    const { network, node } = alone({ voters: five });
    campaign(network, 3);
    for (const from of ['n2', 'n3', 'n4']) send(network, `vote-response ${from}>n1 term=2 granted=true`);
    expect(node.status).toMatchObject({ role: 'candidate', term: 3 });
    for (const from of ['n2', 'n3', 'n4']) send(network, `vote-response ${from}>n1 term=3 granted=true`);
    expect(node.status.role).toBe('leader');
    send(network, 'append-response n2>n1 term=2 success=true index=1');
    send(network, 'append-response n3>n1 term=2 success=true index=1');
    expect(node.status.commitIndex).toBe(0);
  });
});

describe('5.2, leader election', () => {
  test('a follower stays one while it hears a leader, or gives its vote', () => {
    const { network, node } = alone();
    for (let round = 0; round < 20; round++) {
      network.tick('n1', 9);
      send(network, 'heartbeat-request n2>n1 term=1');
    }
    expect(node.status).toMatchObject({ role: 'follower', term: 1 });
    network.tick('n1', 9);
    send(network, 'vote-request n3>n1 term=2');
    network.tick('n1', 9);
    expect(node.status).toMatchObject({ role: 'follower', term: 2, votedFor: 'n3' });
  });

  test('a refused request does not keep it from campaigning', () => {
    const { network, node } = alone({ logs: { n1: logOf(1, 1) } });
    for (let tick = 0; tick < 20 && node.status.role === 'follower'; tick++) {
      network.tick('n1');
      if (node.status.role === 'follower') send(network, 'vote-request n2>n1 term=1 last=1@1');
    }
    expect(node.status).toMatchObject({ role: 'candidate', term: 2 });
  });

  test('to campaign it raises its term, votes for itself, and asks all others', () => {
    const { network, node } = alone({ logs: { n1: logOf(1, 4) }, terms: { n1: 5 } });
    campaign(network);
    expect(node.status).toMatchObject({ role: 'candidate', term: 6, votedFor: 'n1', leader: null });
    expect(network.sent).toMatchObject(
      ['n2', 'n3'].map((to) => ({ kind: 'vote-request', to, term: 6, lastIndex: 2, lastTerm: 4 })),
    );
  });

  test('a candidate that nobody answers campaigns anew, in the next term', () => {
    const { network, node } = alone();
    campaign(network, 2);
    expect(node.status).toMatchObject({ role: 'candidate', term: 2 });
    expect(network.kindsSince(0)).toEqual(Array(4).fill('vote-request'));
  });

  test.each([
    [1, [], 'leader'],
    [3, [true, true], 'leader'],
    [3, [true], 'leader'],
    [5, [true, true, true, true], 'leader'],
    [5, [true, true], 'leader'],
    [3, [false, false], 'follower'],
    [5, [false, false, false, false], 'follower'],
    [5, [true, false, false, false], 'follower'],
    [3, [], 'candidate'],
    [5, [true], 'candidate'],
    [5, [false, false], 'candidate'],
    [5, [], 'candidate'],
  ] as const)('of %i voters, answers %j make it a %s', (size, answers, role) => {
    const { network, node } = alone({ voters: five.slice(0, size) });
    campaign(network);
    for (const [place, granted] of answers.entries())
      send(network, `vote-response ${five[place + 1]}>n1 term=1 granted=${granted}`);
    expect(node.status).toMatchObject({ role, term: 1 });
  });

  test.each([
    [null, 'n2', true],
    [null, 'n3', true],
    ['n2', 'n2', true],
    ['n3', 'n3', true],
    ['n2', 'n3', false],
    ['n3', 'n2', false],
  ] as const)('having voted for %s, asked by %s: %s', (voted, asks, granted) => {
    const { network } = alone();
    if (voted !== null) send(network, `vote-request ${voted}>n1 term=1`);
    const from = network.sent.length;
    send(network, `vote-request ${asks}>n1 term=1`);
    expect(network.sent.slice(from)).toMatchObject([{ kind: 'vote-response', to: asks, granted }]);
  });

  test.each([
    'append-request n2>n1 term=1',
    'heartbeat-request n2>n1 term=1',
    'append-request n2>n1 term=2',
    'heartbeat-request n2>n1 term=2',
  ])('a candidate of term 1 that hears a leader follows it: %s', (words) => {
    const { network, node } = alone();
    campaign(network);
    expect(node.status.role).toBe('candidate');
    send(network, words);
    expect(node.status).toMatchObject({ role: 'follower', leader: 'n2' });
  });

  test('a candidate goes on when an older leader speaks', () => {
    const { network, node } = alone();
    campaign(network, 2);
    send(network, 'append-request n2>n1 term=1');
    expect(node.status).toMatchObject({ role: 'candidate', term: 2, leader: null });
  });

  test('timeouts are drawn from a whole range, so that nodes rarely campaign together', () => {
    let together = 0;
    const rounds = 1000;
    for (let seed = 0; seed < rounds; seed++) {
      const network = new TestNetwork({ voters: five, seed, core: { preVote: false, electionTimeoutTicks: 20 } });
      const campaigned: number[] = [];
      for (let tick = 0; tick < 40; tick++) {
        for (const node of network.nodes.values()) {
          const { term } = node.status;
          network.tick(node.id);
          if (term === 0 && node.status.term === 1) campaigned.push(tick);
        }
      }
      const [first, second] = campaigned.toSorted((a, b) => a - b);
      if (first === second) together++;
    }
    // As often as the two smallest of five draws out of twenty are the same: 23 in a hundred.
    expect(together / rounds).toBeLessThan(0.3);
  });

  test('a leader sends heartbeats to all at every interval, and no more of them', () => {
    const { network, node } = alone({ learners: ['n4'] });
    network.elect('n1');
    for (const heartbeat of [1, 2, 3]) {
      const from = network.sent.length;
      network.tick('n1', 2);
      expect(network.kindsSince(from), `heartbeat ${heartbeat}`).toEqual(Array(3).fill('heartbeat-request'));
    }
    expect(node.status.role).toBe('leader');
  });

  test('the paper’s broadcast time is far below the election timeout: options that are not so are refused', () => {
    expect(() => alone({ core: { heartbeatTicks: 10, electionTimeoutTicks: 10 } })).toThrow('electionTimeoutTicks');
  });
});

describe('5.4.1, election restriction', () => {
  test.each([
    // Equal last terms: the longer log is more up to date.
    [[1], '1@1', true],
    [[1], '2@1', true],
    [[1, 1], '1@1', false],
    // Different last terms: the later term is, however long the log.
    [[1], '1@2', true],
    [[1], '2@2', true],
    [[1, 1], '1@2', true],
    [[2], '1@1', false],
    [[2], '2@1', false],
    [[1, 2], '1@1', false],
  ] as const)('a voter with terms %j, asked with a log that ends at %s: %s', (own, last, granted) => {
    for (const kind of ['vote', 'pre-vote'] as const) {
      const { network } = alone({ logs: { n1: logOf(...own) }, terms: { n1: 2 } });
      send(network, `${kind}-request n2>n1 term=3 last=${last}`);
      expect(network.sent.at(-1)).toMatchObject({ kind: `${kind}-response`, granted });
    }
  });

  test('a request describes the log that is held, also after a compaction', () => {
    const { network } = alone({ voters: ['n1', 'n2'], logs: { n1: logOf(1, 1, 3) }, terms: { n1: 3 } });
    network.elect('n1');
    network.act(network.node('n1'), (core) => core.compact(core.status().commitIndex));
    send(network, 'heartbeat-request n2>n1 term=9');
    const from = network.sent.length;
    campaign(network);
    expect(network.sent.slice(from).at(-1)).toMatchObject({ kind: 'vote-request', lastIndex: 4, lastTerm: 4 });
  });
});

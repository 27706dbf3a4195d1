import { describe, expect, test } from 'vitest';
import { logOf, nodeId, TestNetwork } from './testing-network.ts';
import type { LogIndex, Message, Term } from './types.ts';

const three = ['n1', 'n2', 'n3'];

function voteRequest(
  from: string,
  to: string,
  fields: { term: number; last?: readonly [number, number]; transfer?: boolean },
): Message {
  const [lastIndex, lastTerm] = fields.last ?? [0, 0];
  return {
    kind: 'vote-request',
    from: nodeId(from),
    to: nodeId(to),
    term: fields.term as Term,
    lastIndex: lastIndex as LogIndex,
    lastTerm: lastTerm as Term,
    transfer: fields.transfer ?? false,
  };
}

function voteResponse(from: string, to: string, term: number, granted = true): Message {
  return { kind: 'vote-response', from: nodeId(from), to: nodeId(to), term: term as Term, granted };
}

function heartbeat(from: string, to: string, term: number): Message {
  return {
    kind: 'heartbeat-request',
    from: nodeId(from),
    to: nodeId(to),
    term: term as Term,
    commit: 0 as LogIndex,
    readNumber: 0,
  };
}

describe('terms (Raft paper 5.1)', () => {
  test.each(['follower', 'candidate', 'leader'] as const)(
    'a %s that sees a higher term becomes a follower in it',
    (role) => {
      const network = new TestNetwork({ voters: three, core: { preVote: false } });
      const node = network.node('n1');
      if (role === 'candidate') network.tick('n1', 20);
      if (role === 'leader') network.elect('n1');
      expect(node.status.role).toBe(role);
      network.deliver(heartbeat('n2', 'n1', 9));
      expect(node.status).toMatchObject({ role: 'follower', term: 9, leader: 'n2', votedFor: null });
      expect(node.disk.hardState).toEqual({ term: 9, votedFor: null });
    },
  );

  test('a request of an older term is refused with the newer one, an answer of an older term counts for nothing', () => {
    const network = new TestNetwork({ voters: three, terms: { n1: 5 } });
    network.deliver(heartbeat('n2', 'n1', 4));
    network.deliver(voteRequest('n3', 'n1', { term: 4 }));
    expect(network.node('n1').status).toMatchObject({ term: 5, leader: null });
    expect(network.sent).toMatchObject([
      { kind: 'append-response', to: 'n2', term: 5, success: false },
      { kind: 'vote-response', to: 'n3', term: 5, granted: false },
    ]);
  });
});

describe('elections (Raft paper 5.2)', () => {
  test('a candidate votes for itself, asks all, and leads with a majority', () => {
    const network = new TestNetwork({ voters: three });
    network.node('n3').isUp = false;
    const leader = network.elect('n1');
    expect(leader.status).toMatchObject({
      term: 1,
      votedFor: 'n1',
      leader: 'n1',
      lastIndex: 1,
      ownTermCommitted: true,
    });
    expect(network.node('n2').status).toMatchObject({ role: 'follower', leader: 'n1', votedFor: 'n1' });
  });

  test('a single voter elects itself once its vote is on disk', () => {
    const network = new TestNetwork({ voters: ['n1'] });
    const node = network.node('n1');
    node.isDiskSlow = true;
    network.tick('n1', 20);
    expect(node.status.role).toBe('candidate');
    network.flush('n1');
    expect(node.status).toMatchObject({ role: 'leader', ownTermCommitted: true });
  });

  test('a vote in a term goes to the first who asks, also after a crash that came after the answer (scenario 7)', () => {
    const network = new TestNetwork({ voters: three });
    network.deliver(voteRequest('n2', 'n1', { term: 1 }));
    network.deliver(voteRequest('n3', 'n1', { term: 1 }));
    network.crash('n1');
    network.restart('n1');
    network.deliver(voteRequest('n3', 'n1', { term: 1 }));
    network.deliver(voteRequest('n2', 'n1', { term: 1 }));
    const answers = network.sent.map((message) => [message.to, 'granted' in message && message.granted]);
    expect(answers).toEqual([
      ['n2', true],
      ['n3', false],
      ['n3', false],
      ['n2', true],
    ]);
  });

  test('a vote in a term that the node knew already is remembered too', () => {
    const network = new TestNetwork({ voters: three, logs: { n1: logOf(1) } });
    network.deliver(voteRequest('n2', 'n1', { term: 2 }));
    network.deliver(voteRequest('n3', 'n1', { term: 2, last: [1, 1] }));
    expect(network.sent).toMatchObject([{ granted: false }, { granted: true }]);
    network.crash('n1');
    network.restart('n1');
    expect(network.node('n1').status).toMatchObject({ term: 2, votedFor: 'n3' });
  });

  test('the own vote counts only once the write that holds it is durable, not one before it', () => {
    const network = new TestNetwork({ voters: three, core: { preVote: false } });
    const node = network.node('n1');
    node.isDiskSlow = true;
    network.deliver(heartbeat('n2', 'n1', 1));
    network.tick('n1', 20);
    network.deliver(voteResponse('n3', 'n1', 2));
    network.flushOne(node);
    expect(node.status).toMatchObject({ role: 'candidate', term: 2 });
    network.flushOne(node);
    expect(node.status.role).toBe('leader');
  });

  test('no grant leaves before the vote is durable; one lost with a crash was never given (scenario 7)', () => {
    const network = new TestNetwork({ voters: three });
    network.node('n1').isDiskSlow = true;
    network.deliver(voteRequest('n2', 'n1', { term: 1 }));
    expect(network.sent).toEqual([]);
    network.crash('n1');
    network.restart('n1');
    network.deliver(voteRequest('n3', 'n1', { term: 1 }));
    network.flush('n1');
    expect(network.sent).toMatchObject([{ kind: 'vote-response', to: 'n3', granted: true }]);
  });

  test('votes are asked for while the disk writes the own vote, and nobody leads before it has it, grants or not', () => {
    const network = new TestNetwork({ voters: three, core: { preVote: false } });
    const node = network.node('n1');
    node.isDiskSlow = true;
    network.tick('n1', 20);
    expect(network.kindsSince(0)).toEqual(['vote-request', 'vote-request']);
    for (const from of ['n2', 'n3']) network.deliver(voteResponse(from, 'n1', 1));
    expect(node.status).toMatchObject({ role: 'candidate', term: 1 });
    expect(node.disk.hardState).toEqual({ term: 0, votedFor: null });
    network.flush('n1');
    expect(node.status.role).toBe('leader');
  });

  test('no vote is asked for before the log that the request speaks of is durable', () => {
    const network = new TestNetwork({ voters: three, core: { preVote: false } });
    const node = network.node('n1');
    node.isDiskSlow = true;
    network.deliver({
      kind: 'append-request',
      from: nodeId('n2'),
      to: nodeId('n1'),
      term: 1 as Term,
      previousIndex: 0 as LogIndex,
      previousTerm: 0 as Term,
      entries: logOf(1),
      commit: 0 as LogIndex,
    });
    network.tick('n1', 20);
    expect(node.status).toMatchObject({ role: 'candidate', term: 2, lastIndex: 1 });
    network.flushOne(node);
    expect(network.kindsSince(0)).toEqual(['append-response']);
    network.flushOne(node);
    expect(network.kindsSince(0)).toEqual(['append-response', 'vote-request', 'vote-request']);
  });

  test('one that crashes before its own vote is durable may vote for another, and late grants make no leader of it', () => {
    const network = new TestNetwork({ voters: three, core: { preVote: false } });
    const node = network.node('n1');
    node.isDiskSlow = true;
    network.tick('n1', 20);
    network.crash('n1');
    network.restart('n1');
    network.deliver(voteRequest('n2', 'n1', { term: 1 }));
    network.flush('n1');
    expect(node.status).toMatchObject({ role: 'follower', term: 1, votedFor: 'n2' });
    for (const from of ['n2', 'n3']) network.deliver(voteResponse(from, 'n1', 1));
    expect(node.status.role).toBe('follower');
  });

  test('grants of an older term, twice from one voter, or of strangers do not count (scenario 8)', () => {
    const network = new TestNetwork({ voters: ['n1', 'n2', 'n3', 'n4', 'n5'], core: { preVote: false } });
    const { status } = network.node('n1');
    expect(status.role).toBe('follower');
    network.tick('n1', 40);
    const term = network.node('n1').status.term;
    expect(term).toBeGreaterThan(1);
    for (const from of ['n2', 'n3', 'n4', 'n5']) network.deliver(voteResponse(from, 'n1', term - 1));
    for (const from of ['n2', 'n2', 'n2', 'n8', 'n9']) network.deliver(voteResponse(from, 'n1', term));
    expect(network.node('n1').status.role).toBe('candidate');
    network.deliver(voteResponse('n3', 'n1', term));
    expect(network.node('n1').status.role).toBe('leader');
  });

  test('election timeouts are drawn anew each time between one and two timeouts', () => {
    const seen = new Set<number>();
    const network = new TestNetwork({ voters: three, core: { preVote: false } });
    let ticks = 0;
    for (let total = 0; total < 3000; total++) {
      const before = network.node('n1').status.term;
      network.tick('n1');
      ticks++;
      if (network.node('n1').status.term === before) continue;
      seen.add(ticks);
      ticks = 0;
    }
    expect([...seen].toSorted((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  });

  test('a split vote is over within a bounded number of rounds, also of an even number of nodes (scenario 6)', () => {
    for (let seed = 1; seed <= 10_000; seed++) {
      const network = new TestNetwork({ voters: ['n1', 'n2', 'n3', 'n4'], seed });
      const leader = network.waitForLeader(200);
      expect(leader.status.term, `seed ${seed}`).toBeLessThanOrEqual(5);
    }
  });
});

describe('the election restriction (Raft paper 5.4.1)', () => {
  test.each([
    { own: [1, 1, 1], asks: [3, 1] as const, granted: true },
    { own: [1, 1, 1], asks: [4, 1] as const, granted: true },
    { own: [1, 1, 1], asks: [2, 1] as const, granted: false },
    { own: [1, 1, 1], asks: [1, 2] as const, granted: true },
    { own: [1, 1, 2], asks: [9, 1] as const, granted: false },
  ])('a voter with terms $own grants a log that ends at $asks: $granted', ({ own, asks, granted }) => {
    const network = new TestNetwork({ voters: three, logs: { n1: logOf(...own) } });
    network.deliver(voteRequest('n2', 'n1', { term: 3, last: asks }));
    expect(network.sent).toMatchObject([{ kind: 'vote-response', granted }]);
  });
});

describe('pre-vote and stickiness (thesis 9.6, 4.2.3)', () => {
  test('a node that comes back after many timeouts disturbs nobody (scenario 3)', () => {
    const network = new TestNetwork({ voters: three });
    const leader = network.elect('n1');
    network.isolate('n3');
    network.pass(200);
    expect(network.node('n3').status).toMatchObject({ role: 'pre-candidate', term: 1 });
    network.heal();
    network.pass(30);
    expect(leader.status).toMatchObject({ role: 'leader', term: 1 });
    expect(network.node('n3').status).toMatchObject({ role: 'follower', leader: 'n1', term: 1 });
  });

  test('one with pre-vote off and a high term is absorbed without a lasting outage (scenarios 3, 4)', () => {
    const network = new TestNetwork({ voters: three, perNode: { n3: { preVote: false } } });
    network.elect('n1');
    network.isolate('n3');
    network.pass(200);
    const { term } = network.node('n3').status;
    expect(term).toBeGreaterThan(5);
    network.heal();
    network.pass(60);
    const leader = network.waitForLeader(100);
    expect(leader.status.term).toBeGreaterThan(term);
    network.propose(leader.id, 'after');
    network.pass(5);
    for (const name of three) expect(network.node(name).status.commitIndex).toBe(leader.status.lastIndex);
  });

  test('a vote request does not even raise the term of one that hears a leader, unless the leader wants to go', () => {
    const network = new TestNetwork({ voters: three });
    network.elect('n1');
    for (const name of ['n1', 'n2']) network.deliver(voteRequest('n3', name, { term: 7, last: [9, 6] }));
    expect(network.node('n1').status).toMatchObject({ role: 'leader', term: 1 });
    expect(network.node('n2').status).toMatchObject({ leader: 'n1', term: 1 });
    network.deliver(voteRequest('n3', 'n2', { term: 7, last: [9, 6], transfer: true }));
    expect(network.node('n2').status).toMatchObject({ term: 7, votedFor: 'n3' });
  });

  test('a pre-vote changes neither term nor vote of anyone', () => {
    const network = new TestNetwork({ voters: three });
    network.passes = (message) => message.kind !== 'pre-vote-response';
    network.tick('n1', 20);
    network.deliverAll();
    expect(network.kindsSince(0)).toContain('pre-vote-response');
    for (const name of three) expect(network.node(name).status).toMatchObject({ term: 0, votedFor: null });
  });

  test('a leader that hears no majority for an election timeout steps down (thesis 6.2)', () => {
    const network = new TestNetwork({ voters: three });
    const leader = network.elect('n1');
    network.isolate('n1');
    network.tick('n1', 9);
    expect(leader.status).toMatchObject({ role: 'leader', hasQuorum: true });
    network.tick('n1', 2);
    expect(leader.status).toMatchObject({ role: 'follower', leader: null, hasQuorum: false });
  });

  test('a removed server that keeps campaigning deposes nobody (scenario 5)', () => {
    const network = new TestNetwork({ voters: three, perNode: { n3: { preVote: false } } });
    network.node('n3').isUp = false;
    const leader = network.elect('n1');
    network.node('n3').isUp = true;
    // Cut off from what the leader sends, as a removed server is.
    network.cut('n1', 'n3');
    network.cut('n2', 'n3');
    network.pass(200);
    expect(network.node('n3').status.term).toBeGreaterThan(5);
    expect(leader.status).toMatchObject({ role: 'leader', term: 1 });
  });

  test('a learner answers a candidate that knows it as a voter (scenario 9)', () => {
    const network = new TestNetwork({ voters: ['n1'], learners: ['n2'] });
    network.deliver(voteRequest('n1', 'n2', { term: 1 }));
    expect(network.sent).toMatchObject([{ kind: 'vote-response', granted: true }]);
    network.tick('n2', 100);
    expect(network.node('n2').status.role).toBe('learner');
  });
});

describe('half-broken links (scenario 10)', () => {
  const links = three.flatMap((from) => three.filter((to) => to !== from).map((to) => [from, to] as const));
  const cases = Array.from({ length: 64 }, (_, bits) => links.filter((_link, place) => (bits >> place) % 2 === 1));

  test.each(three)('led by %s before, in all 64 states a majority that is mutually connected is served', (first) => {
    for (const cut of cases) {
      const name = cut.map((link) => link.join('>')).join(' ');
      const isMutual = (a: string, b: string) =>
        !cut.some(([from, to]) => `${from}${to}` === a + b || `${from}${to}` === b + a);
      const network = new TestNetwork({ voters: three, seed: 7 });
      network.elect(first);
      for (const [from, to] of cut) network.cut(from, to);
      network.pass(150);
      if (!isMutual('n1', 'n2') && !isMutual('n1', 'n3') && !isMutual('n2', 'n3')) continue;
      const leader = network.waitForLeader(100);
      const { term } = leader.status;
      const proposed = network.propose(leader.id, 'served');
      network.pass(150);
      expect(leader.status, name).toMatchObject({ role: 'leader', term });
      expect('index' in proposed && leader.status.commitIndex >= proposed.index, name).toBe(true);
    }
  });
});

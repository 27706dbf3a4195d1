import { describe, expect, test } from 'vitest';
import { encodeConfiguration } from './configuration.ts';
import { parseMessage } from './testing-message.ts';
import { logOf, nodeId, TestNetwork } from './testing-network.ts';
import type { TestNetworkOptions, TestNode } from './testing-network.ts';

/**
 * The rules of the Raft paper (extended version, 2014) for the log, the cluster and its clients, one test each, in its order.
 * Figures 7 and 8 and what needs a whole cluster are transcripts.
 */
const three = ['n1', 'n2', 'n3'];
const five = ['n1', 'n2', 'n3', 'n4', 'n5'];

function alone(options: Partial<TestNetworkOptions> = {}): { network: TestNetwork; node: TestNode } {
  const network = new TestNetwork({ voters: three, ...options });
  return { network, node: network.node('n1') };
}

function send(network: TestNetwork, words: string): void {
  network.deliver(parseMessage(words.split(' ')));
}

/** n1 leads; nothing that it sends has arrived yet. */
function leading(options: Partial<TestNetworkOptions> = {}): { network: TestNetwork; node: TestNode; term: number } {
  const { network, node } = alone(options);
  network.passes = (message) => message.kind !== 'append-request';
  network.elect('n1');
  network.passes = () => true;
  network.messages = [];
  return { network, node, term: node.status.term };
}

describe('5.3, the leader', () => {
  test('appends a proposal to its log and sends it with the place before it', () => {
    const { network, node } = alone();
    network.elect('n1');
    network.pass(2);
    const from = network.sent.length;
    network.propose('n1', 'x');
    expect(node.terms).toEqual([1, 1]);
    expect(network.sent.slice(from)).toMatchObject(
      ['n2', 'n3'].map((to) => ({
        kind: 'append-request',
        to,
        term: 1,
        previousIndex: 1,
        previousTerm: 1,
        entries: [{ index: 2, term: 1 }],
        commit: 1,
      })),
    );
  });

  test.each([
    [3, 1, 2],
    [3, 0, 1],
    [5, 1, 1],
    [5, 2, 2],
    [5, 4, 2],
  ])('of %i nodes, %i answers commit up to %i', (size, answers, commitIndex) => {
    const { network, node } = alone({ voters: five.slice(0, size) });
    network.elect('n1');
    network.propose('n1', 'x');
    for (let answer = 0; answer < answers; answer++)
      send(network, `append-response ${five[answer + 1]}>n1 term=1 success=true index=2`);
    expect(node.status.commitIndex).toBe(commitIndex);
    expect(node.applied.map(({ index }) => index)).toEqual([1, 2].slice(0, commitIndex));
  });

  test.each([[[]], [[1]], [[1, 2]], [[1, 1, 2]]])('commits what came before with its own entry: %j', (terms) => {
    const { network, node, term } = leading({ logs: { n1: logOf(...terms) }, terms: { n1: 2 } });
    const last = terms.length + 1;
    send(network, `append-response n2>n1 term=${term} success=true index=${last}`);
    expect(node.applied.map((entry) => entry.term)).toEqual([...terms, term]);
  });

  test('tells the others of the commit in its next messages', () => {
    const { network } = alone();
    network.elect('n1');
    network.propose('n1', 'x');
    const before = network.sent.length;
    send(network, 'append-response n2>n1 term=1 success=true index=2');
    expect(network.sent.slice(before)).toMatchObject(
      ['n2', 'n3'].map((to) => ({ kind: 'append-request', to, entries: [], commit: 2 })),
    );
    const from = network.sent.length;
    network.tick('n1', 2);
    // n3 has not said that it holds the entry, so a heartbeat must not tell it of the commit.
    expect(network.sent.slice(from)).toMatchObject([
      { kind: 'heartbeat-request', to: 'n2', commit: 2 },
      { kind: 'heartbeat-request', to: 'n3', commit: 1 },
    ]);
  });

  test('never overwrites or cuts its own log, whatever it is told', () => {
    const { network, node, term } = leading({ logs: { n1: logOf(1, 2) } });
    const before = node.terms;
    send(network, `append-response n2>n1 term=${term} success=false index=2 hint=0@0`);
    send(network, `append-request n2>n1 term=${term - 1} previous=0@0 entries=1`);
    expect(node.terms).toEqual(before);
    expect(() => send(network, `append-request n2>n1 term=${term} previous=0@0 entries=1`)).toThrow('beside this node');
  });

  test('asks without end: a lost message is sent again after each sign of life', () => {
    const { network, node } = leading();
    for (let round = 0; round < 5; round++) {
      const from = network.sent.length;
      send(network, `heartbeat-response n2>n1 term=1`);
      expect(network.sent.slice(from)).toMatchObject([{ kind: 'append-request', to: 'n2', previousIndex: 0 }]);
    }
    expect(node.status.role).toBe('leader');
  });

  test('goes back when refused, until the logs agree, and sends all from there', () => {
    const { network, node, term } = leading({ logs: { n1: logOf(1, 1, 2, 2) } });
    send(network, `append-response n2>n1 term=${term} success=false index=4 hint=2@1`);
    expect(network.sent.at(-1)).toMatchObject({ previousIndex: 2, previousTerm: 1 });
    send(network, `append-response n2>n1 term=${term} success=true index=5`);
    expect(node.status.progress[0]).toMatchObject({ id: 'n2', matchIndex: 5, state: 'replicate' });
  });
});

describe('5.3, the follower', () => {
  test.each([
    ['0@0', true],
    ['1@1', true],
    ['2@2', true],
    ['1@2', false],
    ['3@2', false],
    ['2@3', false],
  ])('with terms 1 2, told of the place %s before: %s', (previous, success) => {
    const { network } = alone({ logs: { n1: logOf(1, 2) } });
    send(network, `append-request n2>n1 term=3 previous=${previous}`);
    expect(network.sent.at(-1)).toMatchObject({ kind: 'append-response', success });
  });

  test.each([
    // The log that is held is 1 2.
    ['2@2', '3', [1, 2, 3]],
    ['1@1', '3,4', [1, 3, 4]],
    ['0@0', '1', [1, 2]],
    ['0@0', '3', [3]],
    ['0@0', '1,2,3', [1, 2, 3]],
    ['1@1', '2', [1, 2]],
  ] as const)('after %s takes %s and then holds %j, on disk too', (previous, entries, held) => {
    const { network, node } = alone({ logs: { n1: logOf(1, 2) } });
    send(network, `append-request n2>n1 term=4 previous=${previous} entries=${entries}`);
    expect(node.terms).toEqual(held);
    expect(node.disk.entries.map(({ term }) => term)).toEqual(held);
  });

  test.each([
    ['1', 1, 1],
    ['1,1', 1, 1],
    ['1,1', 2, 2],
    ['1,1', 9, 2],
  ])('given %s and told of commit %i, it has committed %i', (entries, told, commitIndex) => {
    const { network, node } = alone();
    send(network, `append-request n2>n1 term=1 previous=0@0 entries=${entries} commit=${told}`);
    expect(node.status.commitIndex).toBe(commitIndex);
  });

  test('applies in order, each once, and nothing that is not committed (figure 2, all servers)', () => {
    const { network, node } = alone();
    for (const words of ['entries=1,1,1 commit=2', 'entries=1,1,1 commit=2', 'entries=1,1,1,1 commit=4'])
      send(network, `append-request n2>n1 term=1 previous=0@0 ${words}`);
    expect(node.applied.map(({ index }) => index)).toEqual([1, 2, 3, 4]);
  });

  test('answers a repeated request as it did the first time (5.5)', () => {
    const { network, node } = alone();
    for (let time = 0; time < 3; time++) send(network, 'append-request n2>n1 term=1 previous=0@0 entries=1,1 commit=1');
    expect(network.sent).toHaveLength(3);
    for (const answer of network.sent)
      expect(answer).toMatchObject({ kind: 'append-response', success: true, index: 2 });
    expect(node.terms).toEqual([1, 1]);
  });
});

describe('5.4.2, entries of earlier terms', () => {
  test.each([
    [1, 0],
    [2, 0],
    [3, 3],
  ])('with terms 1 2 and its own entry 3, a majority at %i commits %i', (index, commitIndex) => {
    const { network, node, term } = leading({ logs: { n1: logOf(1, 2) } });
    expect(node.terms).toEqual([1, 2, term]);
    send(network, `append-response n2>n1 term=${term} success=true index=${index}`);
    expect(node.status.commitIndex).toBe(commitIndex);
  });
});

describe('6, membership', () => {
  const configure = (network: TestNetwork, voters: readonly string[], learners: readonly string[] = []) => {
    const data = encodeConfiguration({ voters: voters.map(nodeId), learners: learners.map(nodeId) });
    return network.act(network.node('n1'), (core) => core.propose({ kind: 'configuration', data }));
  };

  test('a server uses the latest configuration in its log, committed or not', () => {
    const { network, node } = alone();
    network.elect('n1');
    network.pass(2);
    configure(network, ['n1', 'n2', 'n3', 'n4']);
    expect(node.status).toMatchObject({ commitIndex: 1, configuration: { voters: ['n1', 'n2', 'n3', 'n4'] } });
    network.messages = [];
    send(network, 'append-response n2>n1 term=1 success=true index=2');
    expect(node.status.commitIndex).toBe(1);
    send(network, 'append-response n3>n1 term=1 success=true index=2');
    expect(node.status.commitIndex).toBe(2);
  });

  test('a new server is first sent the log without a vote, and does not hold up commits', () => {
    const { network, node } = alone();
    network.elect('n1');
    network.pass(2);
    network.add(nodeId('n4'));
    configure(network, three, ['n4']);
    network.node('n2').isUp = false;
    network.isolate('n4');
    network.propose('n1', 'x');
    network.deliverAll();
    expect(node.status.commitIndex).toBe(3);
  });

  test('a leader that is not in the new configuration steps down once that is committed', () => {
    const { network, node } = alone();
    network.elect('n1');
    network.pass(2);
    configure(network, ['n2', 'n3']);
    expect(node.status.role).toBe('leader');
    network.pass(3);
    expect(node.status).toMatchObject({ role: 'learner', commitIndex: 2 });
  });

  test('requests for votes are ignored while a leader is heard, and the term with them', () => {
    const { network, node } = alone();
    send(network, 'heartbeat-request n2>n1 term=1');
    network.tick('n1', 9);
    send(network, 'vote-request n3>n1 term=5 last=9@4');
    expect(node.status).toMatchObject({ term: 1, votedFor: null, leader: 'n2' });
    // The minimum election timeout has passed without a word of the leader.
    network.tick('n1', 1);
    send(network, 'vote-request n3>n1 term=5 last=9@4');
    expect(node.status).toMatchObject({ term: 5, votedFor: 'n3' });
  });
});

describe('7, compaction', () => {
  test('a follower takes a snapshot beyond its log and drops what it had; one that it holds already keeps what follows', () => {
    const { network, node } = alone({ logs: { n1: logOf(1, 1, 1) } });
    send(network, 'snapshot-request n2>n1 term=2 mark=2@1 voters=n1,n2,n3');
    expect(node.status).toMatchObject({ firstIndex: 1, lastIndex: 3, commitIndex: 2 });
    send(network, 'snapshot-request n2>n1 term=2 mark=9@2 voters=n1,n2,n3');
    expect(node.status).toMatchObject({ firstIndex: 10, lastIndex: 9, commitIndex: 9 });
    expect(node.disk).toMatchObject({ mark: { index: 9, term: 2 }, entries: [] });
  });

  test('a snapshot whose last entry differs from the one held replaces the whole log', () => {
    const { network, node } = alone({ logs: { n1: logOf(1, 1, 1) } });
    send(network, 'snapshot-request n2>n1 term=2 mark=2@2 voters=n1,n2,n3');
    expect(node.status).toMatchObject({ firstIndex: 3, lastIndex: 2, commitIndex: 2 });
  });
});

describe('8, clients', () => {
  test('a leader begins its term with an entry without content', () => {
    const { node } = leading();
    expect(node.core.entries(node.status.firstIndex, 9)).toMatchObject([
      { kind: 'leader-start', data: new Uint8Array(0) },
    ]);
  });

  test('it serves a read once that entry is committed and a majority has answered a heartbeat sent after the read', () => {
    const { network, node } = leading();
    network.act(node, (core) => core.readIndex(1));
    send(network, 'heartbeat-response n2>n1 term=1 readNumber=0');
    expect(node.reads).toEqual([]);
    send(network, 'append-response n2>n1 term=1 success=true index=1');
    expect(node.reads).toEqual([]);
    send(network, 'heartbeat-response n2>n1 term=1 readNumber=0');
    expect(node.reads).toEqual([]);
    send(network, 'heartbeat-response n2>n1 term=1 readNumber=1');
    expect(node.reads).toEqual([{ request: 1, index: 1 }]);
  });
});

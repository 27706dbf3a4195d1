import { describe, expect, test } from 'vitest';
import { logOf, nodeId, TestNetwork } from './testing-network.ts';
import type { LogIndex, Message, ReadReady, Term } from './types.ts';

const three = ['n1', 'n2', 'n3'];

function led(): TestNetwork {
  const network = new TestNetwork({ voters: three });
  network.elect('n1');
  network.propose('n1', 'first');
  network.pass(3);
  return network;
}

function ask(network: TestNetwork, name: string, request: number): void {
  network.act(network.node(name), (core) => core.readIndex(request));
}

function reads(network: TestNetwork, name: string): readonly ReadReady[] {
  return network.node(name).reads;
}

describe('read index (thesis 6.4)', () => {
  test.each(three)('is answered at %s, leader or not, without a log entry', (name) => {
    const network = led();
    ask(network, name, 7);
    expect(reads(network, name)).toEqual([]);
    network.deliverAll();
    expect(reads(network, name)).toEqual([{ request: 7, index: 2 }]);
    expect(network.node('n1').status.lastIndex).toBe(2);
  });

  test('a single voter answers at once', () => {
    const network = new TestNetwork({ voters: ['n1'] });
    network.elect('n1');
    ask(network, 'n1', 1);
    expect(reads(network, 'n1')).toEqual([{ request: 1, index: 1 }]);
  });

  test('a learner asks through the leader and does not help to confirm', () => {
    const network = new TestNetwork({ voters: ['n1', 'n2'], learners: ['n3'] });
    network.elect('n1');
    network.pass(3);
    network.isolate('n2');
    ask(network, 'n3', 1);
    network.deliverAll();
    network.tick('n1', 4);
    network.deliverAll();
    expect(reads(network, 'n3')).toEqual([]);
    network.heal();
    network.pass(2);
    expect(reads(network, 'n3')).toEqual([{ request: 1, index: 1 }]);
  });

  test('any number of reads that wait share two rounds', () => {
    const network = led();
    const from = network.sent.length;
    for (let request = 0; request < 500; request++) ask(network, 'n1', request);
    network.deliverAll();
    expect(reads(network, 'n1')).toHaveLength(500);
    expect(network.sent.slice(from).filter((message) => message.kind === 'heartbeat-request')).toHaveLength(4);
  });

  test('a lost round is repeated by the next heartbeat', () => {
    const network = led();
    network.passes = () => false;
    ask(network, 'n1', 1);
    network.deliverAll();
    network.heal();
    network.pass(2);
    expect(reads(network, 'n1')).toEqual([{ request: 1, index: 2 }]);
  });

  test('a new leader answers no read before it has committed in its term (etcd#7331)', () => {
    const network = new TestNetwork({
      voters: three,
      logs: { n1: logOf(1, 1, 1), n2: logOf(1, 1, 1), n3: logOf(1, 1) },
    });
    network.passes = (message) => message.kind !== 'append-request';
    network.elect('n1');
    network.pass(2);
    ask(network, 'n1', 1);
    ask(network, 'n2', 2);
    network.pass(5);
    expect([reads(network, 'n1'), reads(network, 'n2')]).toEqual([[], []]);
    network.heal();
    network.pass(4);
    expect([reads(network, 'n1'), reads(network, 'n2')]).toEqual([
      [{ request: 1, index: 4 }],
      [{ request: 2, index: 4 }],
    ]);
  });

  test('a leader that is cut off confirms nothing, also not with answers and requests kept from before (scenario 31)', () => {
    const network = led();
    const kept: Message[] = [];
    network.passes = (message) => {
      if (message.kind === 'heartbeat-response') kept.push(message);
      return message.kind !== 'heartbeat-response';
    };
    ask(network, 'n1', 1);
    network.deliverAll();
    expect(kept.length).toBeGreaterThan(0);
    network.heal();
    network.isolate('n1');
    network.forgetLeader('n2', 'n3');
    network.elect('n2');
    network.propose('n2', 'newer');
    network.deliverAll();
    expect(network.node('n1').status.role).toBe('leader');
    // The same tag again: only the answers of the first round are there, and they confirm the first read alone.
    ask(network, 'n1', 1);
    network.heal();
    network.passes = (message) => message.to === 'n1' && kept.includes(message);
    for (const message of kept) network.deliver(message);
    network.deliverAll();
    expect(reads(network, 'n1')).toEqual([{ request: 1, index: 2 }]);
    network.heal();
    network.pass(3);
    expect(reads(network, 'n1')).toEqual([
      { request: 1, index: 2 },
      { request: 1, index: null },
    ]);
  });

  test('all that waits is answered with null when leadership changes, at the leader and where it came from', () => {
    const network = led();
    network.passes = (message) => message.kind !== 'heartbeat-response';
    ask(network, 'n1', 1);
    ask(network, 'n3', 3);
    network.deliverAll();
    network.tick('n1', 30);
    network.heal();
    network.deliverAll();
    expect(network.node('n1').status.role).toBe('follower');
    expect(reads(network, 'n1')).toEqual([{ request: 1, index: null }]);
    expect(reads(network, 'n3')).toEqual([{ request: 3, index: null }]);
  });

  test('without a leader the answer is null at once, and a lost request is null after an election timeout', () => {
    const network = new TestNetwork({ voters: three });
    ask(network, 'n2', 1);
    expect(reads(network, 'n2')).toEqual([{ request: 1, index: null }]);
    network.elect('n1');
    network.passes = (message) => message.kind !== 'read-index-request';
    ask(network, 'n2', 2);
    network.pass(9);
    expect(reads(network, 'n2')).toHaveLength(1);
    network.pass(1);
    expect(reads(network, 'n2')).toContainEqual({ request: 2, index: null });
  });

  test('an answer to a life before the restart finds no taker', () => {
    const network = led();
    const answers: Message[] = [];
    network.passes = (message) => {
      if (message.kind === 'read-index-response') answers.push(message);
      return message.kind !== 'read-index-response';
    };
    ask(network, 'n2', 1);
    network.deliverAll();
    expect(answers).toHaveLength(1);
    network.crash('n2');
    network.restart('n2');
    network.heal();
    network.propose('n1', 'newer');
    network.pass(3);
    network.passes = (message) => answers.includes(message);
    ask(network, 'n2', 1);
    for (const message of answers) network.deliver(message);
    expect(reads(network, 'n2')).toEqual([]);
  });

  test('the number of reads that wait is bounded: more are refused', () => {
    const network = led();
    network.isolate('n1');
    for (let request = 0; request <= 16_384; request++) network.node('n1').core.readIndex(request);
    network.tick('n1');
    expect(reads(network, 'n1')).toEqual([{ request: 16_384, index: null }]);
  });

  test('a heartbeat answer of another term confirms nothing', () => {
    const network = led();
    network.isolate('n1');
    ask(network, 'n1', 1);
    network.heal();
    network.passes = () => true;
    for (const from of ['n2', 'n3']) {
      const answer = {
        from: nodeId(from),
        to: nodeId('n1'),
        term: 0 as Term,
        readNumber: 99,
        lastIndex: 0 as LogIndex,
      };
      network.deliver({ kind: 'heartbeat-response', ...answer });
    }
    expect(reads(network, 'n1')).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { nodeId, TestNetwork } from './testing-network.ts';

const three = ['n1', 'n2', 'n3'];

function led(options: Partial<ConstructorParameters<typeof TestNetwork>[0]> = {}): TestNetwork {
  const network = new TestNetwork({ voters: three, ...options });
  network.elect('n1');
  network.pass(3);
  return network;
}

function transfer(network: TestNetwork, to: string): boolean {
  return network.act(network.node('n1'), (core) => core.transferLeadership(nodeId(to)));
}

describe('leadership transfer (thesis 3.10, scenario 30)', () => {
  test('a target that has everything leads at once, though all hear the old leader', () => {
    const network = led();
    expect(transfer(network, 'n2')).toBe(true);
    network.deliverAll();
    expect(network.node('n2').status).toMatchObject({ role: 'leader', term: 2, ownTermCommitted: true });
    expect(network.node('n1').status).toMatchObject({ role: 'follower', leader: 'n2', transferringTo: null });
  });

  test('proposals are refused meanwhile, and taken again when the target does not lead within an election timeout', () => {
    const network = led();
    network.node('n2').isUp = false;
    transfer(network, 'n2');
    expect(network.node('n1').status.transferringTo).toBe('n2');
    expect(network.propose('n1', 'x')).toEqual({ refused: 'transferring' });
    network.pass(9);
    expect(network.propose('n1', 'x')).toEqual({ refused: 'transferring' });
    network.pass(1);
    expect(network.node('n1').status).toMatchObject({ role: 'leader', transferringTo: null });
    expect(network.propose('n1', 'x')).toMatchObject({ index: 2 });
  });

  test('a target that lags is brought up to date first', () => {
    const network = led();
    network.isolate('n2');
    for (let count = 0; count < 5; count++) network.propose('n1', `${count}`);
    network.deliverAll();
    const from = network.sent.length;
    transfer(network, 'n2');
    expect(network.kindsSince(from)).not.toContain('timeout-now');
    network.heal();
    network.pass(5);
    expect(network.node('n2').status).toMatchObject({ role: 'leader', commitIndex: 7 });
  });

  test('a target that needs a snapshot gets it first (tikv#3819)', () => {
    const network = led();
    network.isolate('n2');
    for (let count = 0; count < 5; count++) network.propose('n1', `${count}`);
    network.deliverAll();
    network.act(network.node('n1'), (core) => core.compact(core.status().commitIndex));
    transfer(network, 'n2');
    network.heal();
    network.pass(6);
    expect(network.node('n2').restarts).toHaveLength(1);
    expect(network.node('n2').status.role).toBe('leader');
  });

  test('a second transfer replaces the first', () => {
    const network = led();
    network.node('n2').isUp = false;
    transfer(network, 'n2');
    network.deliverAll();
    expect(transfer(network, 'n3')).toBe(true);
    network.deliverAll();
    expect(network.node('n3').status.role).toBe('leader');
  });

  test('is refused to itself, a learner, a stranger, and by one that does not lead', () => {
    const network = led({ learners: ['n4'] });
    for (const to of ['n1', 'n4', 'n9']) expect(transfer(network, to)).toBe(false);
    expect(network.act(network.node('n2'), (core) => core.transferLeadership(nodeId('n3')))).toBe(false);
    expect(network.node('n1').status.transferringTo).toBeNull();
  });

  test('an order to campaign from an older term is ignored', () => {
    const network = led();
    transfer(network, 'n2');
    const order = network.sent.find((message) => message.kind === 'timeout-now');
    network.deliverAll();
    if (order === undefined) throw new Error('no order was sent');
    network.pass(5);
    network.deliver({ ...order, to: nodeId('n3') });
    expect(network.node('n3').status).toMatchObject({ role: 'follower', term: 2 });
  });
});

describe('failover when the link to the leader closes', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'another node leads within three ticks, whoever has the longer log (seed %i)',
    (seed) => {
      const network = new TestNetwork({ voters: three, seed });
      const dead = three[seed % 3] ?? 'n1';
      const [longer = '', shorter = ''] = three
        .filter((name) => name !== dead)
        .toSorted(() => (seed % 2 === 0 ? 1 : -1));
      network.elect(dead);
      network.pass(3);
      network.isolate(shorter);
      network.propose(dead, 'only one has it');
      network.deliverAll();
      network.heal();
      network.crash(dead);
      for (const name of [longer, shorter]) network.act(network.node(name), (core) => core.peerClosed(nodeId(dead)));
      let ticks = 0;
      while (network.node(longer).status.role !== 'leader' && ticks < 50) {
        network.pass(1);
        ticks++;
      }
      expect(ticks).toBeLessThanOrEqual(4);
      expect(network.node(longer).status.term).toBe(2);
    },
  );

  test('one link that breaks deposes no leader that others hear', () => {
    const network = led();
    network.cut('n1', 'n2');
    network.cut('n2', 'n1');
    network.act(network.node('n2'), (core) => core.peerClosed(nodeId('n1')));
    network.pass(50);
    expect(network.node('n1').status).toMatchObject({ role: 'leader', term: 1 });
    network.heal();
    network.pass(3);
    expect(network.node('n2').status).toMatchObject({ role: 'follower', leader: 'n1', term: 1 });
  });

  test('a closed link to one that does not lead changes nothing', () => {
    const network = led();
    network.act(network.node('n2'), (core) => core.peerClosed(nodeId('n3')));
    network.tick('n2', 3);
    expect(network.node('n2').status).toMatchObject({ role: 'follower', leader: 'n1' });
  });

  test('reads on their way to the lost leader are answered with null', () => {
    const network = led();
    network.passes = () => false;
    network.act(network.node('n2'), (core) => core.readIndex(5));
    network.act(network.node('n2'), (core) => core.peerClosed(nodeId('n1')));
    expect(network.node('n2').reads).toEqual([{ request: 5, index: null }]);
  });
});

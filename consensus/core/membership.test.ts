import { describe, expect, test } from 'vitest';
import { encodeConfiguration } from './configuration.ts';
import { nodeId, TestNetwork } from './testing-network.ts';
import type { Configuration } from './types.ts';

const three = ['n1', 'n2', 'n3'];

function configuration(voters: readonly string[], learners: readonly string[] = []): Configuration {
  return { voters: voters.map(nodeId), learners: learners.map(nodeId) };
}

function reconfigure(network: TestNetwork, name: string, next: Configuration) {
  const data = encodeConfiguration(next);
  return network.act(network.node(name), (core) => core.propose({ kind: 'configuration', data }));
}

function led(voters = three, learners: readonly string[] = []): TestNetwork {
  const network = new TestNetwork({ voters, learners });
  network.elect('n1');
  network.pass(3);
  return network;
}

describe('configurations (thesis 4.1)', () => {
  test('a new node comes as a learner, catches up, and is made a voter', () => {
    const network = led();
    network.add(nodeId('n4'));
    expect(reconfigure(network, 'n1', configuration(three, ['n4']))).toMatchObject({ index: 2 });
    network.pass(5);
    expect(network.node('n4').status).toMatchObject({ role: 'learner', leader: 'n1', commitIndex: 2 });
    expect(reconfigure(network, 'n1', configuration([...three, 'n4']))).toMatchObject({ index: 3 });
    network.pass(5);
    for (const node of network.nodes.values())
      expect(node.status.configuration).toEqual(configuration([...three, 'n4']));
    expect(network.node('n4').status.role).toBe('follower');
  });

  test('counts from its append: with a fourth voter two of four commit nothing', () => {
    const network = led(['n1', 'n2', 'n3'], ['n4']);
    network.isolate('n3');
    network.isolate('n4');
    reconfigure(network, 'n1', configuration([...three, 'n4']));
    network.pass(5);
    expect(network.node('n1').status).toMatchObject({ role: 'leader', lastIndex: 2, commitIndex: 1 });
    expect(network.node('n2').status.configuration.voters).toHaveLength(4);
  });

  test('learners hold everything and count for nothing', () => {
    const network = led(['n1', 'n2', 'n3'], ['n4', 'n5']);
    network.isolate('n2');
    network.isolate('n3');
    network.propose('n1', 'x');
    network.deliverAll();
    expect(network.node('n4').status.lastIndex).toBe(2);
    expect(network.node('n1').status.commitIndex).toBe(1);
  });

  test('a second change is refused while one is uncommitted (scenario 28)', () => {
    const network = led();
    network.passes = (message) => message.kind !== 'append-response';
    reconfigure(network, 'n1', configuration(three, ['n4']));
    expect(reconfigure(network, 'n1', configuration(three))).toEqual({ refused: 'configuration-pending' });
    network.heal();
    network.pass(5);
    expect(reconfigure(network, 'n1', configuration(three))).toMatchObject({ index: 3 });
  });

  test('a new leader changes nothing before it has committed an entry of its own term (scenario 27)', () => {
    const network = new TestNetwork({ voters: three });
    network.passes = (message) => message.kind !== 'append-request';
    network.elect('n1');
    expect(reconfigure(network, 'n1', configuration(three, ['n4']))).toEqual({ refused: 'configuration-pending' });
    network.heal();
    network.pass(4);
    expect(reconfigure(network, 'n1', configuration(three, ['n4']))).toMatchObject({ index: 2 });
  });

  test('two voters at once, no voter at all, or bytes that are no configuration are refused', () => {
    const network = led();
    const refused = { refused: 'configuration-invalid' };
    expect(reconfigure(network, 'n1', configuration([...three, 'n4', 'n5']))).toEqual(refused);
    expect(reconfigure(network, 'n1', configuration(['n1', 'n2', 'n4']))).toEqual(refused);
    expect(reconfigure(network, 'n1', configuration([]))).toEqual(refused);
    const data = new Uint8Array([1, 2, 3]);
    expect(network.act(network.node('n1'), (core) => core.propose({ kind: 'configuration', data }))).toEqual(refused);
    expect(network.node('n1').status.lastIndex).toBe(1);
  });

  test('an uncommitted change that a new leader cuts away is undone', () => {
    const network = led();
    network.isolate('n1');
    reconfigure(network, 'n1', configuration(['n1', 'n2']));
    expect(network.node('n1').status.configuration.voters).toHaveLength(2);
    network.forgetLeader('n2', 'n3');
    network.elect('n2');
    network.propose('n2', 'other');
    network.heal();
    network.pass(5);
    expect(network.node('n1').status).toMatchObject({ leader: 'n2', configuration: configuration(three) });
  });

  test('a restart finds the configuration in the log', () => {
    const network = led();
    reconfigure(network, 'n1', configuration(three, ['n4']));
    network.pass(3);
    network.crash('n2');
    network.restart('n2');
    expect(network.node('n2').status.configuration).toEqual(configuration(three, ['n4']));
  });
});

describe('removal (thesis 4.2.2, scenario 29)', () => {
  test('a leader that removes itself does not count itself, leads until that is committed, and hands over', () => {
    const network = led();
    network.isolate('n3');
    reconfigure(network, 'n1', configuration(['n2', 'n3']));
    network.propose('n1', 'behind it');
    network.pass(5);
    // n1 and n2 have it: that is one of two voters.
    expect(network.node('n1').status).toMatchObject({ role: 'leader', commitIndex: 1, lastIndex: 3 });
    network.heal();
    network.pass(8);
    expect(network.node('n1').status).toMatchObject({ role: 'learner', commitIndex: 3 });
    const leader = network.waitForLeader(5);
    expect(['n2', 'n3']).toContain(leader.id);
    expect(leader.status).toMatchObject({ term: 2, configuration: configuration(['n2', 'n3']) });
  });

  test('the removed one never campaigns again once it knows', () => {
    const network = led();
    reconfigure(network, 'n1', configuration(['n2', 'n3']));
    network.pass(5);
    const { term } = network.waitForLeader(50).status;
    network.tick('n1', 200);
    network.pass(50);
    expect(network.node('n1').status.role).toBe('learner');
    expect(network.waitForLeader(1).status.term).toBe(term);
  });

  test('a removed follower is told, takes no part any more, and is then forgotten', () => {
    const network = led();
    reconfigure(network, 'n1', configuration(['n1', 'n2']));
    network.pass(3);
    expect(network.node('n1').status.progress.map(({ id }) => id)).toEqual(['n2']);
    expect(network.node('n3').status).toMatchObject({
      role: 'learner',
      commitIndex: 2,
      configuration: configuration(['n1', 'n2']),
    });
    const from = network.sent.length;
    network.propose('n1', 'without it');
    network.pass(5);
    expect(network.sent.slice(from).filter(({ from, to }) => from === 'n3' || to === 'n3')).toEqual([]);
  });

  test('a removed follower that does not answer is forgotten after an election timeout', () => {
    const network = led();
    network.node('n3').isUp = false;
    reconfigure(network, 'n1', configuration(['n1', 'n2']));
    network.pass(11);
    const from = network.sent.length;
    network.propose('n1', 'without it');
    network.pass(5);
    expect(network.sent.slice(from).filter(({ to }) => to === 'n3')).toEqual([]);
  });

  test('one that comes back before it was told counts again', () => {
    const network = led();
    network.isolate('n3');
    reconfigure(network, 'n1', configuration(['n1', 'n2']));
    network.deliverAll();
    reconfigure(network, 'n1', configuration(three));
    network.heal();
    network.pass(30);
    expect(network.node('n3').status).toMatchObject({ role: 'follower', commitIndex: 3 });
  });

  test('one that lost its disk, was removed and is added again gets the whole log, whatever it had acknowledged before', () => {
    const network = led();
    network.propose('n1', 'held by all');
    network.pass(3);
    network.crash('n3');
    reconfigure(network, 'n1', configuration(['n1', 'n2']));
    network.deliverAll();
    network.add(nodeId('n3'));
    // Sooner than the leader forgets the one that does not answer.
    expect(reconfigure(network, 'n1', configuration(['n1', 'n2'], ['n3']))).toMatchObject({ index: 4 });
    network.pass(10);
    expect(network.node('n3').status).toMatchObject({ role: 'learner', lastIndex: 4, commitIndex: 4 });
  });

  test('one whose removal is not committed is still needed, and campaigns without counting itself (figure 4.6)', () => {
    const network = led(['n1', 'n2']);
    network.cut('n1', 'n2');
    reconfigure(network, 'n1', configuration(['n2']));
    network.crash('n1');
    network.heal();
    network.restart('n1');
    // n2 knows nothing of the change, needs n1's vote, and has the shorter log.
    network.pass(100);
    expect(network.waitForLeader(50).id).toBe('n2');
    expect(network.node('n2').status.configuration).toEqual(configuration(['n2']));
  });

  test('a cluster of one voter can shrink to it and grow again', () => {
    const network = led(['n1', 'n2']);
    reconfigure(network, 'n1', configuration(['n1']));
    network.pass(3);
    network.crash('n2');
    network.propose('n1', 'alone');
    expect(network.node('n1').status.commitIndex).toBe(3);
    network.restart('n2');
    reconfigure(network, 'n1', configuration(['n1', 'n2']));
    network.pass(5);
    expect(network.node('n1').status).toMatchObject({ commitIndex: 4, role: 'leader' });
  });
});

import { expect, test } from 'vitest';
import { TestNetwork } from './testing-network.ts';

const three = ['n1', 'n2', 'n3'];
const electionTimeoutTicks = 10;

/** n1 leads, and its disk hangs with a write under way. */
function withHungLeader(): TestNetwork {
  const network = new TestNetwork({ voters: three });
  network.elect('n1');
  network.pass(3);
  network.node('n1').isDiskSlow = true;
  network.propose('n1', 'waits');
  return network;
}

test('a leader whose disk hangs hands over to a voter whose disk does not, and nothing is lost', () => {
  const network = withHungLeader();
  network.pass(electionTimeoutTicks);
  expect(network.node('n1').status.role).toBe('leader');
  network.pass(6);
  expect(network.node('n1').status.role).toBe('follower');
  const leader = network.waitForLeader();
  expect(leader.id).not.toBe('n1');
  expect(network.propose(leader.id, 'served')).toHaveProperty('index');
  network.pass(6);
  expect(leader.status.commitIndex).toBe(leader.status.lastIndex);
  network.node('n1').isDiskSlow = false;
  network.flush('n1');
  network.pass(6);
  expect(network.node('n1').status.commitIndex).toBe(leader.status.commitIndex);
});

test('a disk that hangs at a node that follows keeps it from campaigning, until it answers', () => {
  const network = withHungLeader();
  network.pass(electionTimeoutTicks + 6);
  const at = network.sent.length;
  network.isolate('n1');
  network.tick('n1', 10 * electionTimeoutTicks);
  expect(network.kindsSince(at)).toEqual([]);
  network.node('n1').isDiskSlow = false;
  network.flush('n1');
  network.tick('n1', 3 * electionTimeoutTicks);
  expect(network.kindsSince(at)).toContain('pre-vote-request');
});

test('a disk that is slow and yet goes on is none that hangs', () => {
  const network = withHungLeader();
  for (let write = 0; write < 10; write++) {
    network.pass(electionTimeoutTicks - 2);
    network.propose('n1', `${write}`);
    network.flushOne(network.node('n1'));
  }
  expect(network.node('n1').status).toMatchObject({ role: 'leader', transferringTo: null });
});

test('where the other disks hang too, leadership stays where it is', () => {
  const network = new TestNetwork({ voters: three });
  network.elect('n1');
  network.pass(3);
  for (const name of three) network.node(name).isDiskSlow = true;
  network.propose('n1', 'nobody takes this');
  network.pass(1);
  network.pass(5 * electionTimeoutTicks);
  expect(network.node('n1').status.role).toBe('leader');
});

test('one that does not take over is not asked again while there is another', () => {
  const network = withHungLeader();
  network.pass(2);
  network.passes = ({ kind }) => kind !== 'timeout-now';
  network.pass(4 * electionTimeoutTicks);
  const asked = network.sent.filter(({ kind }) => kind === 'timeout-now').map(({ to }) => to);
  expect(new Set(asked)).toEqual(new Set(['n2', 'n3']));
  expect(network.node('n1').status.role).toBe('leader');
});

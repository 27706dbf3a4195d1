/**
 * Logs that lost entries which they had acknowledged (Protocol-Aware Recovery, FAST '18). The goal: nothing committed is ever lost
 * silently; while too many logs are damaged nobody is elected.
 */
import { describe, expect, test } from 'vitest';
import { bytesOf, diceOf, nodeId, TestNetwork } from './testing-network.ts';
import type { TestNode } from './testing-network.ts';
import type { LogIndex, LogPlace, Term } from './types.ts';

const three = ['n1', 'n2', 'n3'];

describe('a damaged log', () => {
  test('is repaired by the leader, also when that is idle, and the node votes again', () => {
    const network = withEntries();
    const damaged = damage(network, 'n3', 4);
    expect(damaged.status.lost).toEqual({ index: 11, term: 1 });
    network.pass(6);
    expect(damaged.status).toMatchObject({ lastIndex: 11, commitIndex: 11 });
    expect(damaged.status.lost).toBeUndefined();
    expect(damaged.disk).toMatchObject({ lost: null, entries: { length: 11 } });
    network.crash('n1');
    network.forgetLeader('n2', 'n3');
    expect(network.waitForLeader().status.lastIndex).toBe(12);
  });

  test('gives no vote and no pre-vote, and does not campaign, not even when its leader tells it to', () => {
    const network = withEntries();
    network.isolate('n3');
    damage(network, 'n3', 4);
    network.heal();
    network.passes = (message) => message.to !== 'n3' || message.kind !== 'append-request';
    const at = network.sent.length;
    network.act(network.node('n1'), (core) => core.transferLeadership(nodeId('n3')));
    network.pass(100);
    const [from, term] = [nodeId('n2'), 9 as Term];
    const ask = { from, to: nodeId('n3'), term, lastIndex: 99 as LogIndex, lastTerm: 8 as Term, transfer: true };
    network.deliver({ ...ask, kind: 'pre-vote-request' });
    network.deliver({ ...ask, kind: 'vote-request' });
    const said = network.sent.slice(at).filter((message) => message.from === 'n3');
    expect(said.filter((message) => message.kind.endsWith('vote-request'))).toEqual([]);
    expect(said).toContainEqual(expect.objectContaining({ kind: 'pre-vote-response', granted: false }));
    expect(said).toContainEqual(expect.objectContaining({ kind: 'vote-response', granted: false }));
  });

  test('is not forgotten by a crash in the middle of its repair', () => {
    const network = withEntries();
    damage(network, 'n3', 4);
    network.passes = (message) =>
      message.to !== 'n3' || message.kind !== 'append-request' || message.entries.length === 0;
    network.pass(10);
    network.crash('n3');
    network.restart('n3');
    expect(network.node('n3').status.lost).toEqual({ index: 11, term: 1 });
    network.heal();
    network.pass(6);
    expect(network.node('n3').status.lost).toBeUndefined();
  });

  test('that lacks what the leader has compacted begins again after its mark', () => {
    const network = withEntries();
    network.act(network.node('n1'), (core) => core.compact(8 as LogIndex));
    const damaged = damage(network, 'n3', 4);
    network.pass(6);
    expect(damaged.status).toMatchObject({ firstIndex: 9, lastIndex: 11, commitIndex: 11 });
    expect(damaged.status.lost).toBeUndefined();
  });

  test('is whole with an entry of a later term, however long it may have been', () => {
    const network = withEntries();
    const damaged = damage(network, 'n3', 4, { index: 1_000_000 as LogIndex, term: 1 as Term });
    network.pass(6);
    expect(damaged.status).toMatchObject({ lastIndex: 11, lost: { index: 1_000_000, term: 1 } });
    network.act(network.node('n1'), (core) => core.transferLeadership(nodeId('n2')));
    network.pass(6);
    expect(network.node('n2').status.role).toBe('leader');
    expect(damaged.status.lost).toBeUndefined();
  });

  test('of one of two survivors keeps a shorter log from being elected, and what was committed comes back with its holder', () => {
    const network = new TestNetwork({ voters: three });
    network.elect('n1');
    network.pass(3);
    network.isolate('n2');
    network.propose('n1', 'only on n1 and n3');
    network.pass(3);
    expect(network.node('n1').status.commitIndex).toBe(2);
    damage(network, 'n3', 1);
    network.crash('n1');
    network.heal();
    network.pass(200);
    expect([...network.nodes.values()].filter(({ status }) => status.role === 'leader' && status.id !== 'n1')).toEqual(
      [],
    );
    network.restart('n1');
    network.waitForLeader();
    network.pass(10);
    for (const node of network.nodes.values())
      expect(node.applied.map(({ data }) => data)).toContainEqual(bytesOf('only on n1 and n3'));
  });

  test('of two of three nodes leaves nobody to elect, and nothing is lost silently', () => {
    const network = withEntries();
    for (const name of ['n1', 'n2', 'n3']) network.crash(name);
    damage(network, 'n1', 2);
    damage(network, 'n2', 7);
    network.restart('n3');
    network.pass(300);
    for (const node of network.nodes.values()) expect(node.status.role).not.toBe('leader');
    expect(network.node('n1').status.lost).toBeDefined();
    expect(network.node('n2').status.lost).toBeDefined();
  });
});

describe('a log that was replaced by an older copy', () => {
  test('is noticed by a heartbeat with a commit beyond it; the node then repairs it before it votes', () => {
    const network = withEntries();
    const restored = damage(network, 'n3', 4, null);
    network.passes = ({ kind }) => kind !== 'append-request';
    network.pass(3);
    expect(restored.disk.lost).toEqual({ index: 11, term: 1 });
    network.heal();
    network.pass(6);
    expect(restored.status).toMatchObject({ lastIndex: 11, commitIndex: 11 });
    expect(restored.status.lost).toBeUndefined();
  });

  test('is noticed by the leader when it refuses what it acknowledged', () => {
    const network = withEntries();
    const restored = damage(network, 'n3', 4, null);
    network.passes = ({ kind }) => kind !== 'heartbeat-request';
    network.propose('n1', 'more');
    network.deliverAll();
    expect(network.kindsSince(0)).toContain('reminder');
    const lost = { index: 11, term: 1 };
    expect(network.sent).toContainEqual(expect.objectContaining({ kind: 'append-response', success: false, lost }));
    network.heal();
    network.pass(6);
    expect(restored.status).toMatchObject({ lastIndex: 12, commitIndex: 12 });
    expect(restored.status.lost).toBeUndefined();
  });

  test('is told from a late answer: a needless reminder changes nothing', () => {
    const network = withEntries();
    const [from, to, term] = [nodeId('n1'), nodeId('n3'), 1 as Term];
    network.deliver({ kind: 'reminder', from, to, term, index: 11 as LogIndex, entryTerm: term });
    network.deliver({ kind: 'reminder', from, to, term, index: 3 as LogIndex, entryTerm: term });
    expect(network.node('n3').status.lost).toBeUndefined();
  });
});

test('whichever logs are damaged at whatever time, what was committed is never contradicted; and one by one they are repaired', () => {
  const from = Number(process.env['SEED'] ?? 1);
  const seeds = Number(process.env['SEEDS'] ?? 150);
  console.log(`repair: seeds ${from} to ${from + seeds - 1}`); // oxlint-disable-line no-console -- a seed is printed first
  for (let seed = from; seed < from + seeds; seed++) walk(seed);
});

/** Damage, crashes and loss; the judge of the network looks after every event. */
function walk(seed: number): void {
  const dice = diceOf(seed);
  const names = ['n1', 'n2', 'n3', 'n4', 'n5'].slice(0, dice() < 0.5 ? 3 : 5);
  const network = new TestNetwork({ voters: names, seed });
  // Any number of them in half of the runs: nobody may be elected then, and nothing be lost.
  const damagedMax = dice() < 0.5 ? 1 : names.length;
  const pick = (): TestNode => network.node(names[Math.floor(dice() * names.length)] ?? 'n1');
  const lossy = (): boolean => dice() > 0.05;
  network.passes = lossy;
  for (let event = 0; event < 250; event++) {
    const node = pick();
    const roll = dice();
    if (roll < 0.5) network.pass(1 + Math.floor(dice() * 4));
    else if (roll < 0.8 && node.isUp) network.propose(node.id, `${event}`);
    else if (roll < 0.84 && node.isUp)
      network.act(node, (core) => core.compact(Math.floor(node.status.commitIndex * dice()) as LogIndex));
    else if (roll < 0.88) network.cut(pick().id, node.id);
    else if (roll < 0.9) {
      network.heal();
      network.passes = lossy;
    } else if (!node.isUp) network.restart(node.id);
    else if (roll < 0.97) network.crash(node.id);
    else if ([...network.nodes.values()].filter(({ disk }) => disk.lost !== null).length < damagedMax)
      damage(network, node.id, node.disk.mark.index + Math.floor(dice() * (node.disk.entries.length + 1)));
  }
  network.heal();
  for (const node of network.nodes.values()) if (!node.isUp) network.restart(node.id);
  network.pass(60);
  if (damagedMax > 1) return;
  network.waitForLeader();
  network.pass(30);
  for (const node of network.nodes.values()) expect(node.status.lost, `${node.id} in seed ${seed}`).toBeUndefined();
}

function withEntries(): TestNetwork {
  const network = new TestNetwork({ voters: three });
  network.elect('n1');
  for (let count = 0; count < 10; count++) network.propose('n1', `${count}`);
  network.pass(3);
  return network;
}

/** The node starts again with a disk that holds nothing after `kept`; and knows of it, unless `lost` is null. */
function damage(network: TestNetwork, name: string, kept: number, lost?: LogPlace | null): TestNode {
  const node = network.node(name);
  if (node.isUp) network.crash(name);
  const { disk } = node;
  const end: LogPlace = {
    index: (disk.mark.index + disk.entries.length) as LogIndex,
    term: disk.entries.at(-1)?.term ?? disk.mark.term,
  };
  const before = disk.lost;
  disk.lost =
    lost === undefined
      ? before !== null && before.term > end.term
        ? before
        : { ...end, index: Math.max(end.index, before?.index ?? 0) as LogIndex }
      : lost;
  disk.entries.length = Math.max(0, kept - disk.mark.index);
  network.restart(name);
  return node;
}

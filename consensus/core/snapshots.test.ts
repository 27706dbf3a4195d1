import { describe, expect, test } from 'vitest';
import { nodeId, TestNetwork } from './testing-network.ts';
import type { LogIndex, SnapshotMark, Term } from './types.ts';

const three = ['n1', 'n2', 'n3'];

/** n3 has missed entries 3 to 12, and the leader n1 has forgotten those up to `compactedTo`. */
function withOneBehind(compactedTo = 10): TestNetwork {
  const network = new TestNetwork({ voters: three });
  network.elect('n1');
  network.propose('n1', 'first');
  network.pass(3);
  network.isolate('n3');
  for (let count = 0; count < 10; count++) network.propose('n1', `${count}`);
  network.pass(3);
  for (const name of ['n1', 'n2']) network.act(network.node(name), (core) => core.compact(compactedTo as LogIndex));
  return network;
}

function snapshot(network: TestNetwork, to: string, index: number, term = 1): void {
  const { configuration } = network.node(to).status;
  const mark: SnapshotMark = { index: index as LogIndex, term: term as Term, configuration };
  network.deliver({ kind: 'snapshot-request', from: nodeId('n1'), to: nodeId(to), term: 1 as Term, mark });
}

describe('snapshots', () => {
  test('one that is behind the leader’s first entry starts over after the mark and gets the rest', () => {
    const network = withOneBehind();
    network.heal();
    network.pass(6);
    const behind = network.node('n3');
    expect(behind.restarts).toMatchObject([{ index: 10, term: 1 }]);
    expect(behind.applied.map(({ index }) => index)).toEqual([11, 12]);
    expect(behind.disk.mark).toMatchObject({ index: 10, term: 1 });
    expect(behind.status).toMatchObject({ firstIndex: 11, lastIndex: 12, commitIndex: 12 });
  });

  test('a mark at the leader’s last entry ends the snapshot state without a new proposal (scenario 25)', () => {
    const network = withOneBehind(12);
    network.heal();
    network.pass(6);
    expect(network.node('n3').status).toMatchObject({ lastIndex: 12, commitIndex: 12 });
    expect(network.node('n1').status.progress.find(({ id }) => id === 'n3')).toMatchObject({
      state: 'replicate',
      matchIndex: 12,
    });
  });

  test('it is sent once, and again only with a sign of life (scenario 26)', () => {
    const network = withOneBehind();
    network.passes = (message) => message.kind !== 'snapshot-response';
    network.heal();
    network.passes = (message) => message.kind !== 'snapshot-response';
    const from = network.sent.length;
    network.pass(12);
    const sent = network.sent.slice(from).filter((message) => message.kind === 'snapshot-request');
    expect(sent.length).toBeGreaterThanOrEqual(1);
    expect(sent.length).toBeLessThanOrEqual(12 / 2);
    expect(network.node('n3').restarts).toHaveLength(1);
    network.heal();
    network.pass(3);
    expect(network.node('n3').status.commitIndex).toBe(12);
  });

  test('a stream whose entries are compacted away while they are under way turns to the snapshot once', () => {
    const network = new TestNetwork({ voters: three, core: { inflightMessagesMax: 4 } });
    network.elect('n1');
    network.pass(3);
    network.passes = (message) => message.to !== 'n3' || message.kind !== 'append-request';
    for (let count = 0; count < 20; count++) network.propose('n1', `${count}`);
    network.deliverAll();
    expect(network.node('n1').status.progress.find(({ id }) => id === 'n3')?.state).toBe('replicate');
    network.act(network.node('n1'), (core) => core.compact(18 as LogIndex));
    network.heal();
    network.pass(10);
    expect(network.node('n3').restarts).toHaveLength(1);
    expect(network.node('n3').status.commitIndex).toBe(21);
    expect(network.sent.filter((message) => message.kind === 'snapshot-request')).toHaveLength(1);
  });

  test('one that crashes before the reset is durable comes back with its old log, and gets it again (scenario 24)', () => {
    const network = withOneBehind();
    network.heal();
    network.node('n3').isDiskSlow = true;
    network.pass(4);
    expect(network.node('n3').status.firstIndex).toBe(11);
    network.crash('n3');
    network.restart('n3');
    expect(network.node('n3').status).toMatchObject({ firstIndex: 1, lastIndex: 2 });
    network.node('n3').isDiskSlow = false;
    network.pass(6);
    expect(network.node('n3').status).toMatchObject({ firstIndex: 11, commitIndex: 12 });
  });

  test('two in quick succession, and one older than what is committed, take nothing back', () => {
    const network = withOneBehind();
    network.heal();
    snapshot(network, 'n3', 10);
    snapshot(network, 'n3', 11);
    snapshot(network, 'n3', 10);
    expect(network.node('n3').status).toMatchObject({ firstIndex: 12, commitIndex: 11 });
    expect(network.node('n3').restarts).toHaveLength(2);
    snapshot(network, 'n2', 1);
    expect(network.node('n2').status).toMatchObject({ firstIndex: 11, commitIndex: 12, lastIndex: 12 });
  });

  test('a mark that the log holds commits up to it and keeps what follows', () => {
    const network = new TestNetwork({ voters: three });
    network.elect('n1');
    network.passes = (message) => message.kind !== 'append-request' || message.entries.length > 0;
    network.propose('n1', 'a');
    network.propose('n1', 'b');
    network.deliverAll();
    const node = network.node('n2');
    const before = node.status.commitIndex;
    expect(node.status.lastIndex).toBe(3);
    snapshot(network, 'n2', 2);
    expect(node.status.commitIndex).toBe(Math.max(before, 2));
    expect(node.status.lastIndex).toBe(3);
    expect(node.restarts).toEqual([]);
  });

  test('compaction never passes what was handed out for applying, and a later configuration survives it', () => {
    const network = new TestNetwork({ voters: three });
    network.elect('n1');
    network.propose('n1', 'a');
    network.isolate('n1');
    network.propose('n1', 'uncommitted');
    network.act(network.node('n1'), (core) => core.compact(99 as LogIndex));
    const { firstIndex, commitIndex } = network.node('n1').status;
    expect(firstIndex).toBe(commitIndex + 1);
    expect(network.node('n1').status.configuration.voters).toEqual(three);
  });
});

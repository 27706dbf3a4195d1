import { describe, expect, test } from 'vitest';
import { AssertionFailed } from './assert.ts';
import { entry, logOf, nodeId, TestNetwork } from './testing-network.ts';
import type { Entry, LogIndex, Message, Term } from './types.ts';

const three = ['n1', 'n2', 'n3'];
const five = ['n1', 'n2', 'n3', 'n4', 'n5'];

interface AppendFields {
  readonly term: number;
  readonly previous?: readonly [index: number, term: number];
  readonly entries?: readonly Entry[];
  readonly commit?: number;
}

function append(
  from: string,
  to: string,
  { term, previous = [0, 0], entries = [], commit = 0 }: AppendFields,
): Message {
  return {
    kind: 'append-request',
    from: nodeId(from),
    to: nodeId(to),
    term: term as Term,
    previousIndex: previous[0] as LogIndex,
    previousTerm: previous[1] as Term,
    entries,
    commit: commit as LogIndex,
  };
}

/** A leader with entries committed by all, and everyone at rest. */
function served(options: ConstructorParameters<typeof TestNetwork>[0], proposals = 3): TestNetwork {
  const network = new TestNetwork(options);
  network.elect('n1');
  for (let count = 0; count < proposals; count++) network.propose('n1', `p${count}`);
  network.pass(5);
  return network;
}

describe('appending (Raft paper 5.3)', () => {
  test('an entry is committed on a majority, applied everywhere in order and once', () => {
    const network = served({ voters: three });
    for (const node of network.nodes.values()) {
      expect(node.status.commitIndex).toBe(4);
      expect(node.applied.map(({ index, kind }) => [index, kind])).toEqual([
        [1, 'leader-start'],
        [2, 'command'],
        [3, 'command'],
        [4, 'command'],
      ]);
    }
  });

  test('followers hear of a commit at once, without waiting for a tick', () => {
    const network = served({ voters: three });
    network.propose('n1', 'now');
    network.deliverAll();
    for (const node of network.nodes.values()) expect(node.status.commitIndex).toBe(5);
  });

  test('all proposals of a turn share one message', () => {
    const network = served({ voters: ['n1', 'n2'] });
    const from = network.sent.length;
    const { core } = network.node('n1');
    for (let count = 0; count < 50; count++) core.propose({ kind: 'command', data: new Uint8Array(10) });
    network.propose('n1', 'last');
    const [message, ...others] = network.sent.slice(from);
    expect(others).toEqual([]);
    expect(message?.kind === 'append-request' && message.entries.length).toBe(51);
  });

  test('nobody but the leader takes a proposal', () => {
    const network = served({ voters: three });
    expect(network.propose('n2', 'x')).toEqual({ refused: 'not-leader' });
  });

  test('an old shorter message after a longer one cuts nothing and takes no commit back (scenario 11)', () => {
    const network = new TestNetwork({ voters: three });
    const long = append('n2', 'n1', { term: 1, entries: logOf(1, 1, 1), commit: 3 });
    for (const message of [
      long,
      append('n2', 'n1', { term: 1, entries: logOf(1), commit: 1 }),
      long,
      append('n2', 'n1', { term: 1 }),
    ]) {
      network.deliver(message);
      expect(network.node('n1').status).toMatchObject({ lastIndex: 3, commitIndex: 3 });
    }
    expect(network.node('n1').applied).toHaveLength(3);
  });

  test('a conflicting suffix is cut, on disk too, and only that', () => {
    const network = new TestNetwork({ voters: three, logs: { n1: logOf(1, 1, 2, 2, 2) } });
    network.deliver(append('n2', 'n1', { term: 4, entries: logOf(1, 1, 2, 3), commit: 0 }));
    expect(network.node('n1').terms).toEqual([1, 1, 2, 3]);
    expect(network.node('n1').disk.entries.map(({ term }) => term)).toEqual([1, 1, 2, 3]);
  });

  test('a follower commits no further than this very message has proved equal (scenario 12)', () => {
    const network = new TestNetwork({ voters: three, logs: { n1: logOf(1, 1, 1, 1, 1) } });
    network.deliver(append('n2', 'n1', { term: 3, entries: logOf(1, 1), commit: 5 }));
    expect(network.node('n1').status).toMatchObject({ lastIndex: 5, commitIndex: 2 });
  });

  test('a follower answers an append only when it is durable, a repeated one too', () => {
    const network = new TestNetwork({ voters: three });
    network.node('n1').isDiskSlow = true;
    const message = append('n2', 'n1', { term: 1, entries: logOf(1, 1) });
    network.deliver(message);
    network.deliver(message);
    expect(network.sent).toEqual([]);
    network.flush('n1');
    expect(network.sent).toMatchObject([
      { kind: 'append-response', success: true, index: 2 },
      { kind: 'append-response', success: true, index: 2 },
    ]);
  });

  test('a commit index beyond the log says that this node lost what it had acknowledged: it repairs its log before it votes', () => {
    const network = new TestNetwork({ voters: three });
    const heartbeat = {
      kind: 'heartbeat-request',
      from: nodeId('n2'),
      to: nodeId('n1'),
      term: 1 as Term,
      readNumber: 0,
    } as const;
    network.deliver({ ...heartbeat, commit: 1 as LogIndex });
    expect(network.node('n1').status).toMatchObject({ commitIndex: 0, lost: { index: 1, term: 1 } });
    expect(network.node('n1').disk.lost).toEqual({ index: 1, term: 1 });
  });

  test('two leaders in one term stop the node', () => {
    const network = new TestNetwork({ voters: three });
    network.deliver(append('n2', 'n1', { term: 1 }));
    expect(() => network.deliver(append('n3', 'n1', { term: 1 }))).toThrow(AssertionFailed);
  });
});

describe('repair (Raft paper figure 7, scenario 2)', () => {
  const leaderTerms = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
  const others = {
    a: [1, 1, 1, 4, 4, 5, 5, 6, 6],
    b: [1, 1, 1, 4],
    c: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
    d: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
    e: [1, 1, 1, 4, 4, 4, 4],
    f: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
  };

  test.each(Object.entries(others))('follower %s is brought to the leader’s log', (_name, terms) => {
    const logs = { n1: logOf(...leaderTerms), n2: logOf(...terms) };
    const network = new TestNetwork({ voters: three, logs, terms: { n1: 7, n2: 7, n3: 7 } });
    network.node('n2').isUp = false;
    network.elect('n1');
    network.node('n2').isUp = true;
    network.pass(3);
    const leader = network.node('n1');
    expect(network.node('n2').terms).toEqual([...leaderTerms, leader.status.term]);
    expect(network.node('n2').disk.entries).toEqual(leader.disk.entries);
  });

  test('the search takes a round for each differing term, not for each entry', () => {
    const wrong = [...Array<number>(300).fill(2), ...Array<number>(300).fill(3)];
    const right = [...Array<number>(300).fill(4), ...Array<number>(300).fill(5)];
    const logs = { n1: logOf(1, ...right), n2: logOf(1, ...wrong), n3: logOf(1, ...right) };
    const network = new TestNetwork({ voters: three, logs });
    network.node('n2').isUp = false;
    network.elect('n1');
    const from = network.sent.length;
    network.node('n2').isUp = true;
    network.pass(6);
    expect(network.node('n2').terms).toEqual(network.node('n1').terms);
    const refusals = network.sent
      .slice(from)
      .filter((message) => message.kind === 'append-response' && !message.success);
    expect(refusals.length).toBeGreaterThan(0);
    expect(refusals.length).toBeLessThanOrEqual(3);
  });
});

describe('commitment (Raft paper 5.4.2, figure 8, scenario 1)', () => {
  /** n1 has led term 2 and wrote entry 2; n5 led term 3 and wrote another; now n1 leads term 4 and copies its entry 2 to n3. */
  function untilFigure8c(): TestNetwork {
    const logs = { n1: logOf(1, 2), n2: logOf(1, 2), n3: logOf(1), n4: logOf(1), n5: logOf(1, 3) };
    const terms = { n1: 3, n2: 3, n3: 3, n4: 3, n5: 3 };
    const network = new TestNetwork({ voters: five, logs, terms });
    // Whatever n1 writes in term 4 stays with it; only the old entry travels.
    network.passes = (message) =>
      message.kind !== 'append-request' || message.entries.every(({ term }) => term < 4) || message.from !== 'n1';
    network.node('n5').isUp = false;
    for (let tick = 0; tick < 50 && network.node('n1').status.role !== 'leader'; tick++) {
      network.tick('n1');
      network.deliverAll();
    }
    const { term } = network.node('n1').status;
    const old = append('n1', 'n3', { term, previous: [1, 1], entries: logOf(1, 2).slice(1), commit: 0 });
    network.deliver(old);
    network.deliverAll();
    return network;
  }

  test('an entry of an older term on a majority is not committed by counting', () => {
    const network = untilFigure8c();
    for (const name of ['n1', 'n2', 'n3']) expect(network.node(name).terms.slice(0, 2)).toEqual([1, 2]);
    expect(network.node('n1').status.commitIndex).toBe(0);
  });

  test('so when its leader dies, another may overwrite it (8d)', () => {
    const network = untilFigure8c();
    network.crash('n1');
    network.restart('n5');
    network.heal();
    network.elect('n5');
    network.pass(5);
    for (const name of ['n2', 'n3', 'n4', 'n5']) expect(network.node(name).terms.slice(0, 2)).toEqual([1, 3]);
  });

  test('once an entry of the new term is on a majority, both are committed for ever (8e)', () => {
    const network = untilFigure8c();
    network.heal();
    network.pass(5);
    expect(network.node('n1').status.commitIndex).toBe(3);
    network.crash('n1');
    network.restart('n5');
    network.tick('n5', 20);
    network.deliverAll();
    expect(network.node('n5').status.role).not.toBe('leader');
    network.pass(60);
    for (const name of ['n2', 'n3', 'n4', 'n5']) expect(network.node(name).terms.slice(0, 2)).toEqual([1, 2]);
  });
});

describe('asynchronous disks (thesis 10.2.1, scenario 17)', () => {
  test('two followers commit an entry before the leader’s own disk has it; its crash then loses nothing', () => {
    const network = served({ voters: three });
    network.node('n1').isDiskSlow = true;
    network.propose('n1', 'fast');
    network.deliverAll();
    expect(network.node('n1').status.commitIndex).toBe(5);
    expect(network.node('n1').disk.entries).toHaveLength(4);
    network.crash('n1');
    network.restart('n1');
    network.node('n1').isDiskSlow = false;
    const leader = network.waitForLeader(100);
    network.pass(5);
    expect(leader.terms.slice(0, 5)).toEqual([1, 1, 1, 1, 1]);
  });

  test('the leader does not count itself before its own disk has the entry', () => {
    const network = served({ voters: three });
    network.node('n1').isDiskSlow = true;
    network.node('n3').isUp = false;
    network.propose('n1', 'slow');
    network.deliverAll();
    expect(network.node('n1').status.commitIndex).toBe(4);
    network.flush('n1');
    expect(network.node('n1').status.commitIndex).toBe(5);
  });
});

describe('flow control (scenarios 14 to 16)', () => {
  test('a commit whose notices were all lost is learned with the next heartbeat (scenario 14)', () => {
    const network = served({ voters: three });
    network.propose('n1', 'quiet');
    let isFirst = true;
    network.passes = (message) => {
      if (message.kind !== 'append-request' || message.entries.length > 0) return true;
      isFirst = false;
      return false;
    };
    network.deliverAll();
    expect(isFirst).toBe(false);
    expect(network.node('n1').status.commitIndex).toBe(5);
    expect(network.node('n2').status.commitIndex).toBe(4);
    network.pass(2);
    expect(network.node('n2').status.commitIndex).toBe(5);
  });

  test('a full window pauses the stream, losses are found by heartbeat, and it recovers (scenario 15)', () => {
    const network = served({ voters: ['n1', 'n2'], core: { inflightMessagesMax: 4 } });
    network.passes = (message) => message.kind !== 'append-request' || message.to !== 'n2';
    const from = network.sent.length;
    for (let count = 0; count < 20; count++) network.propose('n1', `${count}`);
    network.deliverAll();
    const sent = network.sent.slice(from).filter((message) => message.kind === 'append-request');
    expect(sent).toHaveLength(4);
    network.heal();
    network.pass(8);
    expect(network.node('n2').status.lastIndex).toBe(24);
    expect(network.node('n1').status).toMatchObject({ role: 'leader', term: 1, commitIndex: 24 });
  });

  test.each([0, 0.1])('messages that overtake each other, %f of them lost, are not sent many times over', (loss) => {
    const network = served({ voters: ['n1', 'n2'], core: { inflightMessagesMax: 64, entriesBytesPerMessageMax: 1 } });
    const from = network.sent.length;
    for (let count = 0; count < 200; count++) network.propose('n1', `${count}`);
    for (let tick = 0; tick < 500 && network.node('n1').status.commitIndex < 204; tick++) {
      for (let count = 0; count < 200 && network.messages.length > 0; count++) {
        const [message] = network.messages.splice(Math.floor(network.dice() * network.messages.length), 1);
        if (message !== undefined && network.dice() >= loss) network.deliver(message);
      }
      for (const name of ['n1', 'n2']) network.tick(name);
    }
    expect(network.node('n1').status.commitIndex).toBe(204);
    const sent = network.sent.slice(from).filter((message) => message.kind === 'append-request');
    expect(sent.length).toBeLessThan(1000);
  });

  test('a window bounded by bytes pauses too, and one entry larger than all bounds still passes', () => {
    const network = served({ voters: ['n1', 'n2'], core: { inflightBytesMax: 200, entriesBytesPerMessageMax: 100 } });
    network.passes = (message) => message.kind !== 'append-response';
    const from = network.sent.length;
    for (let count = 0; count < 20; count++) network.propose('n1', 'x'.repeat(60));
    const sent = network.sent.slice(from).filter((message) => message.kind === 'append-request');
    expect(sent).toHaveLength(3);
    network.heal();
    network.propose('n1', 'y'.repeat(5000));
    network.pass(20);
    expect(network.node('n2').status.commitIndex).toBe(25);
  });

  test('a follower whose link broke returns from probe to replicate without a new proposal (scenario 16)', () => {
    const network = served({ voters: three });
    const leader = network.node('n1');
    const stateOf = () => leader.status.progress.find(({ id }) => id === 'n2')?.state;
    network.act(leader, (core) => core.peerClosed(nodeId('n2')));
    expect(stateOf()).toBe('probe');
    network.pass(2);
    expect(stateOf()).toBe('replicate');
  });

  test('a refusal that arrives late, or again, moves nothing back', () => {
    const network = served({ voters: three });
    const before = network.node('n1').status.progress;
    const stale = {
      kind: 'append-response',
      from: nodeId('n2'),
      to: nodeId('n1'),
      term: 1 as Term,
      success: false,
    } as const;
    network.deliver({ ...stale, index: 2 as LogIndex, hintIndex: 0 as LogIndex, hintTerm: 0 as Term });
    expect(network.node('n1').status.progress).toEqual(before);
  });

  test('proposals are refused while the uncommitted tail is full, and taken again once it commits', () => {
    const network = served({ voters: three, core: { uncommittedBytesMax: 300 } });
    network.isolate('n1');
    const taken = [];
    for (let count = 0; count < 10; count++) taken.push('index' in network.propose('n1', 'x'.repeat(68)));
    expect(taken).toEqual([true, true, true, ...Array<boolean>(7).fill(false)]);
    expect(network.propose('n1', '')).toEqual({ refused: 'tail-full' });
    network.heal();
    network.pass(9);
    expect(network.propose('n1', 'again')).toMatchObject({ index: 8 });
  });

  test('what an old leader could not commit counts against the bound of the next one', () => {
    const logs = { n1: [entry(1, 1, 'x'.repeat(400))] };
    const network = new TestNetwork({ voters: three, logs, core: { uncommittedBytesMax: 300 } });
    network.passes = (message) => message.kind !== 'append-request';
    network.elect('n1');
    expect(network.propose('n1', 'more')).toEqual({ refused: 'tail-full' });
    network.heal();
    network.pass(4);
    expect(network.propose('n1', 'more')).toMatchObject({ index: 3 });
  });
});

/** The driver with a core that says what the test wants: order, holding back, promises. With the real core: tests/simulation. */
import { describe, expect, test, vi } from 'vitest';
import type { LogIndex, NodeId, Term } from '../core/types.ts';
import type { LogStorage } from '../storage/log-storage.ts';
import { RaftDriver } from './raft-driver.ts';
import { entry, followerStatus, message, persist, ScriptedCore } from './testing/scripted-core.ts';
import { waitingReadsMax } from './waiting-reads.ts';

const n2 = 'n2' as NodeId;
const n3 = 'n3' as NodeId;
const mark = { index: 5 as LogIndex, term: 1 as Term, configuration: { voters: [n2], learners: [] } };

interface Bench {
  readonly core: ScriptedCore;
  readonly driver: RaftDriver;
  /** What left the driver, in order. */
  readonly done: string[];
  /** Answers of the log that are still owed, by sequence. */
  readonly disk: Map<number, () => void>;
  onCommitted: () => void;
}

function bench(): Bench {
  const core = new ScriptedCore();
  const done: string[] = [];
  const disk = new Map<number, () => void>();
  const storage: LogStorage = {
    persist: (write, answered) => {
      done.push(`persist ${write.sequence}`);
      disk.set(write.sequence, answered);
    },
    close: (closed) => {
      done.push('close');
      closed();
    },
  };
  const driver = new RaftDriver({
    core,
    storage,
    tickMs: 20,
    send: (sent) => done.push(`send ${sent.kind}`),
    events: {
      onCommitted: (entries) => {
        done.push(`committed ${entries.map(({ index }) => index).join(' ')}`);
        made.onCommitted();
      },
      onRestart: ({ index }) => done.push(`restart ${index}`),
      onStatus: ({ role, commitIndex }) => done.push(`status ${role} ${commitIndex}`),
    },
  });
  const made: Bench = { core, driver, done, disk, onCommitted: () => undefined };
  return made;
}

describe('an outbox', () => {
  test('is carried out in the order that the core relies on', () => {
    const { core, driver, done, disk } = bench();
    core.outboxes.push({
      persist: persist(1),
      sendNow: [message('timeout-now')],
      sendAfterPersist: [message('vote-response')],
      restart: mark,
      apply: [entry(6), entry(7)],
    });
    driver.tick();
    expect(done).toEqual(['persist 1', 'send timeout-now', 'restart 5', 'committed 6 7']);
    disk.get(1)?.();
    expect(done.slice(4)).toEqual(['send vote-response']);
    expect(core.calls).toEqual(['tick', 'persisted 1']);
  });

  test('without a persist holds its replies back until all earlier persists are durable', () => {
    const { core, driver, done, disk } = bench();
    core.outboxes.push(
      { persist: persist(1) },
      { persist: persist(2) },
      { sendAfterPersist: [message('vote-response')] },
    );
    for (let turn = 0; turn < 3; turn++) driver.tick();
    disk.get(1)?.();
    expect(done).toEqual(['persist 1', 'persist 2']);
    disk.get(2)?.();
    expect(done).toEqual(['persist 1', 'persist 2', 'send vote-response']);
  });

  test('with nothing on its way to the disk sends its replies at once', () => {
    const { core, driver, done } = bench();
    core.outboxes.push({ sendAfterPersist: [message('vote-response')] });
    driver.tick();
    expect(done).toEqual(['send vote-response']);
  });

  test('that comes about while another is carried out waits for its turn', () => {
    const made = bench();
    const { core, driver, done } = made;
    core.outboxes.push({ apply: [entry(1)], persist: persist(1) }, { persist: persist(2), apply: [entry(2)] });
    made.onCommitted = () => {
      made.onCommitted = () => undefined;
      expect(driver.propose({ kind: 'command', data: new Uint8Array(0) })).toEqual({ index: 7, term: 1 });
      done.push('proposed');
    };
    driver.tick();
    expect(done).toEqual(['persist 1', 'committed 1', 'proposed', 'persist 2', 'committed 2']);
  });
});

test('the status is told when something in it changed, and only then', () => {
  const { core, driver, done } = bench();
  driver.tick();
  core.current = {
    ...core.current,
    lastIndex: 9 as LogIndex,
    ticksSinceLeader: 4,
    configuration: { ...core.current.configuration },
  };
  driver.tick();
  expect(done).toEqual([]);
  core.current = { ...core.current, commitIndex: 9 as LogIndex };
  driver.deliver(message('timeout-now'));
  core.current = { ...core.current, configuration: { voters: [n2], learners: [] } };
  driver.peerClosed(n2);
  expect(done).toEqual(['status follower 9', 'status follower 9']);
});

describe('a read index', () => {
  test('is the one that the core answers with', async () => {
    const { core, driver } = bench();
    const read = driver.readIndex({ timeoutMs: 1000 });
    core.outboxes.push({ readsReady: [{ request: 1, index: 12 as LogIndex }] });
    driver.tick();
    await expect(read).resolves.toBe(12);
  });

  test('is asked for again when leadership changed, or when nothing is heard; a late answer to the first question will do', async () => {
    const { core, driver } = bench();
    const read = driver.readIndex({ timeoutMs: 1000 });
    core.outboxes.push({ readsReady: [{ request: 1, index: null }] });
    for (let tick = 0; tick < 12; tick++) driver.tick();
    expect(core.calls.filter((call) => call.startsWith('readIndex'))).toEqual([
      'readIndex 1',
      'readIndex 2',
      'readIndex 3',
    ]);
    core.outboxes.push({ readsReady: [{ request: 2, index: 4 as LogIndex }] });
    driver.tick();
    await expect(read).resolves.toBe(4);
  });

  test('fails at its deadline and is forgotten', async () => {
    const { core, driver } = bench();
    const read = driver.readIndex({ timeoutMs: 60 });
    const failed = expect(read).rejects.toMatchObject({ code: 'READ_INDEX_FAILED' });
    for (let tick = 0; tick < 3; tick++) driver.tick();
    await failed;
    core.outboxes.push({ readsReady: [{ request: 1, index: 4 as LogIndex }] });
    expect(() => driver.tick()).not.toThrow();
  });

  test('is refused at once when too many wait for one', async () => {
    const { core, driver } = bench();
    const reads = Array.from({ length: waitingReadsMax }, () => driver.readIndex({ timeoutMs: 20 }));
    await expect(driver.readIndex({ timeoutMs: 20 })).rejects.toMatchObject({ code: 'READ_INDEX_FAILED' });
    expect(core.calls).toHaveLength(waitingReadsMax);
    driver.tick();
    const settled = await Promise.allSettled(reads);
    expect(settled.every(({ status }) => status === 'rejected')).toBe(true);
  });
});

describe('a transfer of leadership', () => {
  function leading(): Bench {
    const made = bench();
    made.core.current = { ...followerStatus, role: 'leader', leader: 'n1' as NodeId };
    made.driver.tick();
    return made;
  }

  test('is done when the other leads', async () => {
    const { core, driver } = leading();
    const transfer = driver.transferLeadership(n2);
    core.current = { ...followerStatus, term: 2 as Term, leader: n2 };
    driver.tick();
    await expect(transfer).resolves.toBeUndefined();
  });

  test('fails at once at a node that does not lead', async () => {
    const { driver } = bench();
    await expect(driver.transferLeadership(n2)).rejects.toMatchObject({ code: 'TRANSFER_FAILED' });
  });

  test('fails when the core gives up, when a third one leads, or when nobody is heard of for long', async () => {
    const gaveUp = leading();
    const first = gaveUp.driver.transferLeadership(n2);
    gaveUp.core.current = { ...gaveUp.core.current, transferringTo: null };
    gaveUp.driver.tick();
    await expect(first).rejects.toThrow('n2 did not take over in time');

    const third = leading();
    const second = third.driver.transferLeadership(n2);
    third.core.current = { ...followerStatus, term: 2 as Term, leader: n3 };
    third.driver.tick();
    await expect(second).rejects.toThrow('n3 leads instead of n2');

    const silent = leading();
    const last = silent.driver.transferLeadership(n2);
    silent.core.current = { ...followerStatus, term: 2 as Term };
    const failed = expect(last).rejects.toThrow('no leader is known since');
    for (let tick = 0; tick < 200; tick++) silent.driver.tick();
    await failed;
  });

  test('fails when another one takes its place', async () => {
    const { core, driver } = leading();
    const first = driver.transferLeadership(n2);
    const second = driver.transferLeadership(n3);
    await expect(first).rejects.toMatchObject({ code: 'TRANSFER_FAILED' });
    core.current = { ...followerStatus, term: 2 as Term, leader: n3 };
    driver.tick();
    await expect(second).resolves.toBeUndefined();
  });
});

test('after stop the log is closed, and nothing is sent, asked or handed up any more', async () => {
  const { core, driver, done, disk } = bench();
  core.outboxes.push({ persist: persist(1), sendAfterPersist: [message('vote-response')] });
  driver.tick();
  const read = driver.readIndex({ timeoutMs: 1000 });
  const failed = expect(read).rejects.toThrow('the node stops');
  await driver.stop();
  await failed;
  disk.get(1)?.();
  driver.tick();
  driver.deliver(message('timeout-now'));
  await expect(driver.readIndex({ timeoutMs: 20 })).rejects.toMatchObject({ code: 'READ_INDEX_FAILED' });
  await expect(driver.transferLeadership(n2)).rejects.toMatchObject({ code: 'TRANSFER_FAILED' });
  expect(driver.propose({ kind: 'command', data: new Uint8Array(0) })).toEqual({ refused: 'not-leader' });
  await driver.stop();
  expect(done).toEqual(['persist 1', 'close']);
});

test('started, it ticks by itself until it is stopped', async () => {
  vi.useFakeTimers();
  try {
    const { core, driver } = bench();
    driver.start();
    vi.advanceTimersByTime(60);
    await driver.stop();
    vi.advanceTimersByTime(60);
    expect(core.calls).toEqual(['tick', 'tick', 'tick']);
  } finally {
    vi.useRealTimers();
  }
});

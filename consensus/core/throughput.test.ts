import { expect, test } from 'vitest';
import { Raft } from './raft.ts';
import { bytesOf, diceOf, nodeId } from './testing-network.ts';
import type { LogIndex, Message, NodeId, Term } from './types.ts';

/**
 * Goal: no step of the core depends on the length of the log. Three cores in one thread, without judges; time is that of the
 * processor, since others may use the machine. The bound is far below what a slow machine reaches.
 */
const batches = 2000;
const batchSize = 500;
const voters = ['n1', 'n2', 'n3'].map(nodeId);

class BareCluster {
  readonly cores = new Map<NodeId, Raft>();
  readonly #messages: Message[] = [];

  constructor() {
    const configuration = { voters, learners: [] };
    for (const id of voters) {
      const core = new Raft({
        id,
        hardState: { term: 0 as Term, votedFor: null },
        mark: { index: 0 as LogIndex, term: 0 as Term, configuration },
        entries: [],
        electionTimeoutTicks: 10,
        heartbeatTicks: 2,
        random: diceOf(1),
        inflightMessagesMax: 64,
        inflightBytesMax: 1 << 24,
        entriesBytesPerMessageMax: 1 << 20,
        uncommittedBytesMax: 1 << 26,
      });
      this.cores.set(id, core);
    }
  }

  core(name: string): Raft {
    const core = this.cores.get(nodeId(name));
    if (core === undefined) throw new Error(`no ${name}`);
    return core;
  }

  /** Carries out what was asked for, disks answering at once, until nothing is on its way. */
  run(core: Raft): void {
    this.#carryOut(core);
    for (let message = this.#messages.shift(); message !== undefined; message = this.#messages.shift()) {
      const receiver = this.core(message.to);
      receiver.step(message);
      this.#carryOut(receiver);
    }
  }

  #carryOut(core: Raft): void {
    const { persist, sendNow, sendAfterPersist } = core.takeOutbox();
    this.#messages.push(...sendNow, ...sendAfterPersist);
    if (persist === null) return;
    core.persisted(persist.sequence);
    this.#carryOut(core);
  }
}

test('three nodes in one thread agree on hundreds of thousands of entries a second', () => {
  const cluster = new BareCluster();
  const leader = cluster.core('n1');
  while (leader.status().role !== 'leader') {
    leader.tick();
    cluster.run(leader);
  }
  const data = bytesOf('x'.repeat(100));
  const begin = process.cpuUsage();
  for (let batch = 0; batch < batches; batch++) {
    for (let count = 0; count < batchSize; count++) leader.propose({ kind: 'command', data });
    cluster.run(leader);
    if (batch % 20 === 0) for (const core of cluster.cores.values()) core.compact(core.status().commitIndex);
  }
  const seconds = process.cpuUsage(begin).user / 1e6;
  const entriesPerSecond = Math.round((batches * batchSize) / seconds);
  console.log(`core: ${entriesPerSecond} entries a second of processor time`); // oxlint-disable-line no-console -- to compare
  expect(leader.status().commitIndex).toBe(batches * batchSize + 1);
  expect(entriesPerSecond).toBeGreaterThan(100_000);
});

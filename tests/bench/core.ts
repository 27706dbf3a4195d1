import assert from 'node:assert/strict';
import { Raft } from '#consensus/core/raft.ts';
import type { LogIndex, Message, NodeId, Term } from '#consensus/core/types.ts';
import type { BenchRow } from './row.ts';

const rounds = 5;
const batches = 2000;
const batchSize = 500;
const dataBytes = 64;
/** Logs are compacted as a driver does, so that the bench is not one of memory. */
const compactEvery = 20;
const entriesPerSecondMin = 1_000_000;

/** The pure core: a leader and two followers in one thread, disks and links that answer at once, the invariants on. */
export function run(): BenchRow[] {
  const perSecond = Array.from({ length: rounds }, agree).sort((a, b) => a - b);
  const measured = perSecond[Math.floor(rounds / 2)] ?? 0;
  const all = perSecond.map((figure) => Math.round(figure).toLocaleString('en')).join(', ');
  return [
    {
      name: 'entries three cores agree on, a second of one processor',
      measured,
      unit: 'entries/s',
      bound: entriesPerSecondMin,
      ok: measured >= entriesPerSecondMin,
      note: `median of ${rounds} rounds (${all}); ${dataBytes} bytes each, ${batchSize} a batch, all three cores' work counted`,
    },
  ];
}

/** Entries a second of processor time, that of the collector counted. */
function agree(): number {
  const cluster = new BareCluster();
  const { leader } = cluster;
  while (leader.status().role !== 'leader') {
    leader.tick();
    cluster.run(leader);
  }
  const data = new Uint8Array(dataBytes);
  const begin = process.cpuUsage();
  for (let batch = 0; batch < batches; batch++) {
    for (let count = 0; count < batchSize; count++) leader.propose({ kind: 'command', data });
    cluster.run(leader);
    if (batch % compactEvery === 0) for (const core of cluster.cores) core.compact(core.status().commitIndex);
  }
  const { user, system } = process.cpuUsage(begin);
  for (const core of cluster.cores) assert.equal(core.status().commitIndex, batches * batchSize + 1);
  return (batches * batchSize) / ((user + system) / 1e6);
}

class BareCluster {
  readonly cores: readonly Raft[];
  readonly #byId = new Map<NodeId, Raft>();
  #messages: Message[] = [];

  constructor() {
    const voters = ['n1', 'n2', 'n3'] as unknown as readonly NodeId[];
    this.cores = voters.map((id) => {
      const core = coreOf(id, voters);
      this.#byId.set(id, core);
      return core;
    });
  }

  get leader(): Raft {
    const [first] = this.cores;
    assert(first !== undefined);
    return first;
  }

  /** Until nothing is on its way. */
  run(core: Raft): void {
    this.#carryOut(core);
    while (this.#messages.length > 0) {
      const messages = this.#messages;
      this.#messages = [];
      for (const message of messages) {
        const receiver = this.#byId.get(message.to);
        assert(receiver !== undefined);
        receiver.step(message);
        this.#carryOut(receiver);
      }
    }
  }

  #carryOut(core: Raft): void {
    for (;;) {
      const { persist, sendNow, sendAfterPersist } = core.takeOutbox();
      this.#messages.push(...sendNow, ...sendAfterPersist);
      if (persist === null) return;
      core.persisted(persist.sequence);
    }
  }
}

function coreOf(id: NodeId, voters: readonly NodeId[]): Raft {
  return new Raft({
    id,
    hardState: { term: 0 as Term, votedFor: null },
    mark: { index: 0 as LogIndex, term: 0 as Term, configuration: { voters, learners: [] } },
    entries: [],
    electionTimeoutTicks: 16,
    heartbeatTicks: 4,
    random: () => 0.5,
    inflightMessagesMax: 64,
    inflightBytesMax: 1 << 24,
    entriesBytesPerMessageMax: 1 << 20,
    uncommittedBytesMax: 1 << 26,
  });
}

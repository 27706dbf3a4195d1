// A real cluster in this process under clients, with changes of leader, whose log, database, answers and reads are then put before the
// judges of the simulated cluster. It is slower and less wicked than simulation; it is the real store and the real network.
import type { LogIndex, NodeId } from '#server/graph/identifiers.ts';
import type { AppliedEntry } from '#server/graph/log-payload.ts';
import type { GraphStore } from '#server/graph/store-port.ts';
import { readDeclarations } from '#server/gateway/read-declarations.ts';
import { allClusterJudges } from '#tests/simulation/cluster/judges/all-cluster-judges.ts';
import type { ClusterHearing, DatabaseWrite } from '#tests/simulation/cluster/judges/cluster-hearing.ts';
import { CommittedGraph } from '#tests/simulation/cluster/judges/committed-graph.ts';
import { Dice } from '#tests/simulation/dice.ts';
import { InProcessCluster } from '#tests/support/in-process-cluster.ts';
import { JudgedClients } from '#tests/support/judged-clients.ts';
import { checkByKey } from '#tests/support/linearizability.ts';
import { versionedModel } from '#tests/support/linearizability-models.ts';
import { waitFor } from '#tests/support/wait.ts';

export interface JudgedRun {
  readonly entries: number;
  readonly told: number;
  readonly reads: number;
  readonly leaders: number;
  readonly names: number;
}

/** The transactions of all nodes, in their order. */
class Witness {
  readonly writes: DatabaseWrite[] = [];
  readonly entries = new Map<LogIndex, AppliedEntry>();

  wrap(store: GraphStore, node: NodeId): GraphStore {
    return new Proxy(store, {
      get: (target, name) => {
        if (name === 'materialize') {
          return async (write: Parameters<GraphStore['materialize']>[0]): Promise<void> => {
            await target.materialize(write);
            this.writes.push({ by: node, ...write });
            for (const entry of write.entries) if (!this.entries.has(entry.index)) this.entries.set(entry.index, entry);
          };
        }
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
  }

  get last(): number {
    return Math.max(0, ...this.entries.keys());
  }
}

const { declarations } = readDeclarations(new URL('../../schema', import.meta.url).pathname);
const users = 6;

/** Throws Violation. */
export async function runJudged(options: {
  readonly seed: number;
  readonly clients: number;
  readonly steps: number;
  readonly handOvers: number;
}): Promise<JudgedRun> {
  const dice = new Dice(options.seed);
  const witness = new Witness();
  const cluster = await InProcessCluster.start({ wrapStore: (store, node) => witness.wrap(store, node as NodeId) });
  try {
    const clients = new JudgedClients(() => cluster.running);
    await clients.start(dice, users);
    const work = Promise.all(Array.from({ length: options.clients }, () => clients.client(dice.fork(), options.steps)));
    for (let nth = 0; nth < options.handOvers; nth++) {
      const leader = await cluster.leader();
      const to = dice.pick(cluster.running.filter((node) => node !== leader));
      await leader.transferLeadership(to.nodeId).catch(() => undefined);
    }
    await work;
    const leader = await cluster.leader();
    const { commitIndex } = leader.health();
    await waitFor('the database to have it all', () => (witness.last >= commitIndex ? true : null));
    return judge(witness, clients, cluster);
  } finally {
    await cluster.close();
  }
}

function judge(witness: Witness, clients: JudgedClients, cluster: InProcessCluster): JudgedRun {
  const graph = new CommittedGraph();
  const entries = [...witness.entries.values()].toSorted((a, b) => a.index - b.index);
  for (const entry of entries) graph.append(entry);
  if (clients.failures.length > 0) throw new Error(`clients were told the unexpected: ${clients.failures.join('; ')}`);
  if (cluster.ends.length > 0) throw new Error(`nodes ended: ${cluster.ends.map(String).join('; ')}`);
  const base: ClusterHearing = {
    declarations,
    graph,
    committed: [],
    touched: [],
    fills: [],
    database: { mark: null, value: () => ({ kind: 'count', count: 0 }), mutation: () => null },
    databaseWrites: [],
    mutationsAsked: [],
    mutationsTold: [],
    readsTold: [],
    statusesTold: [],
    isSweep: false,
  };
  const judges = allClusterJudges();
  const hear = (what: Partial<ClusterHearing>): void => {
    for (const each of judges) each.hear({ ...base, ...what });
  };
  hear({ mutationsAsked: clients.asked, databaseWrites: witness.writes });
  hear({ mutationsTold: clients.told });
  for (const entry of entries) hear({ committed: [entry] });
  for (const read of clients.reads) hear({ readsTold: [read] });
  const verdict = checkByKey(versionedModel({ value: '', version: null }), clients.names, {
    keyOf: ({ user }) => String(user),
  });
  if (verdict.kind !== 'linearizable') throw new Error(JSON.stringify(verdict, null, 2));
  return {
    entries: entries.length,
    told: clients.told.length,
    reads: clients.reads.length,
    leaders: new Set(entries.map(({ term }) => term)).size,
    names: clients.names.length,
  };
}

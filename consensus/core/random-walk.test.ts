import { expect, test } from 'vitest';
import { judgeLogMatching } from './testing-judge.ts';
import { TestNetwork } from './testing-network.ts';
import type { TestNode } from './testing-network.ts';
import { encodeConfiguration } from './configuration.ts';
import type { LogIndex } from './types.ts';

/**
 * Goal: any order of the events that a core can meet keeps the properties of figure 3 of the Raft paper, and a healed cluster
 * serves again. Method: seeds draw events; judges look after each; a failure prints its seed, and that seed replays it.
 */
const names = ['n1', 'n2', 'n3', 'n4', 'n5'];

class Walk {
  readonly network: TestNetwork;
  readonly counts = { elections: 0, crashes: 0, snapshots: 0, commits: 0, reads: 0, configurations: 0 };
  readonly #nodes: TestNode[];
  readonly #acknowledged: { readonly request: number; readonly node: TestNode; readonly atLeast: LogIndex }[] = [];
  #proposals = 0;
  #request = 0;

  constructor(seed: number) {
    const size = 1 + (seed % 5);
    const voters = names.slice(0, size);
    const learners = seed % 3 === 0 ? ['n6'] : [];
    const core = { entriesBytesPerMessageMax: 120, inflightMessagesMax: 4, uncommittedBytesMax: 4000 };
    const perNode = seed % 4 === 0 ? { n1: { preVote: false } } : {};
    this.network = new TestNetwork({ voters, learners, seed, core, perNode });
    this.#nodes = [...this.network.nodes.values()];
    for (const node of this.#nodes) node.isDiskSlow = true;
  }

  #pick<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(this.network.dice() * items.length)];
  }

  step(): void {
    const { network } = this;
    const draw = network.dice();
    const node = this.#pick(this.#nodes);
    if (node === undefined) return;
    if (!node.isUp && draw < 0.1) network.restart(node.id);
    else if (draw < 0.5) this.#deliverSome();
    else if (draw < 0.7) this.#flush(node);
    else if (draw < 0.83) this.#tick(node);
    else if (draw < 0.91) this.#propose();
    else if (draw < 0.94) this.#read(node);
    else if (draw < 0.944) this.#crash(node);
    else if (draw < 0.955) this.#compact(node);
    else if (draw < 0.962) this.#transfer();
    else if (draw < 0.97) this.#reconfigure();
    else if (draw < 0.975) this.#close(node);
    else if (draw < 0.982) network.cut(node.id, this.#pick(this.#nodes)?.id ?? node.id);
    else if (draw < 0.986) network.isolate(this.#pick(this.#leaders())?.id ?? node.id);
    else if (draw < 0.99) network.heal();
    this.#judgeReads();
  }

  #deliverSome(): void {
    const { network } = this;
    for (let count = 0; count < 4 && network.messages.length > 0; count++) {
      // Mostly in order, as links are; now and then any message, twice, or never.
      const isOrderly = network.dice() < 0.85;
      const place = isOrderly ? 0 : Math.floor(network.dice() * network.messages.length);
      const [message] = network.messages.splice(place, 1);
      if (message === undefined) return;
      const fate = network.dice();
      if (fate < 0.02) continue;
      if (fate < 0.04) network.messages.push(message);
      network.deliver(message);
    }
    if (network.messages.length > 300) network.messages.splice(0, 100);
  }

  #flush(node: TestNode): void {
    if (!node.isUp) return;
    this.network.flushOne(node);
    this.network.flushOne(node);
  }

  #tick(node: TestNode): void {
    if (!node.isUp) return;
    const { role } = node.status;
    this.network.tick(node.id, 1 + Math.floor(this.network.dice() * 4));
    if (role !== 'pre-candidate' && node.status.role === 'pre-candidate') this.counts.elections++;
  }

  #leaders(): readonly TestNode[] {
    return this.#nodes.filter((node) => node.isUp && node.status.role === 'leader');
  }

  #propose(): void {
    const leader = this.#pick(this.#leaders());
    if (leader !== undefined) this.network.propose(leader.id, `p${this.#proposals++}`);
  }

  #read(node: TestNode): void {
    if (!node.isUp) return;
    const request = ++this.#request;
    this.#acknowledged.push({ request, node, atLeast: this.network.judge.lastCommitted });
    this.network.act(node, (core) => core.readIndex(request));
  }

  /** A read's index holds everything that was applied anywhere before the read was asked for. */
  #judgeReads(): void {
    for (const [place, { request, node, atLeast }] of this.#acknowledged.entries()) {
      const answer = node.reads.find((ready) => ready.request === request);
      if (answer === undefined) continue;
      this.#acknowledged.splice(place, 1);
      if (answer.index === null) return;
      this.counts.reads++;
      expect(answer.index, `read ${request} at ${node.id}`).toBeGreaterThanOrEqual(atLeast);
      return;
    }
  }

  #crash(node: TestNode): void {
    if (!node.isUp) return;
    this.network.crash(node.id);
    this.counts.crashes++;
  }

  #compact(node: TestNode): void {
    const { network } = this;
    if (node.isUp) network.act(node, (core) => core.compact((core.status().commitIndex - 2) as LogIndex));
  }

  #transfer(): void {
    const leader = this.#pick(this.#leaders());
    const target = this.#pick(this.#nodes);
    if (leader !== undefined && target !== undefined)
      this.network.act(leader, (core) => core.transferLeadership(target.id));
  }

  /** One voter comes or goes, a learner becomes a voter, or a voter a learner. */
  #reconfigure(): void {
    const leader = this.#pick(this.#leaders());
    const changed = this.#pick(this.#nodes)?.id;
    if (leader === undefined || changed === undefined) return;
    const { voters, learners } = leader.status.configuration;
    const isVoter = voters.includes(changed);
    const nextLearners = learners.filter((id) => id !== changed);
    const data = encodeConfiguration({
      voters: isVoter ? voters.filter((id) => id !== changed) : [...voters, changed],
      learners: isVoter && this.network.dice() < 0.5 ? [...nextLearners, changed] : nextLearners,
    });
    const result = this.network.act(leader, (core) => core.propose({ kind: 'configuration', data }));
    if ('index' in result) this.counts.configurations++;
  }

  #close(node: TestNode): void {
    const other = this.#pick(this.#nodes);
    if (node.isUp && other !== undefined) this.network.act(node, (core) => core.peerClosed(other.id));
  }

  /** Liveness: everything is repaired, and within a bound a proposal is applied by all voters. */
  settle(): void {
    const { network } = this;
    network.heal();
    network.messages = [];
    for (const node of this.#nodes) {
      if (!node.isUp) network.restart(node.id);
      node.isDiskSlow = false;
      network.flush(node.id);
    }
    network.pass(60);
    const leader = network.waitForLeader(400);
    network.pass(40);
    const proposed = network.propose(leader.id, 'last');
    if (!('index' in proposed)) throw new Error(`refused: ${proposed.refused}`);
    network.pass(10);
    for (const { id, matchIndex } of leader.status.progress) {
      expect(matchIndex, `${id} behind ${leader.id}`).toBe(proposed.index);
      const { applied, restarts } = network.node(id);
      expect(applied.at(-1)?.index ?? restarts.at(-1)?.index).toBe(proposed.index);
    }
    for (const node of this.#nodes) this.counts.snapshots += node.restarts.length;
    this.counts.commits = proposed.index;
  }
}

const firstSeed = Number(process.env['SEED'] ?? 1);
const seeds = Number(process.env['SEEDS'] ?? 300);
const steps = 1500;

test(`${seeds} seeds of ${steps} random events keep every safety property, and then the cluster serves`, () => {
  console.log(`random walk: seeds ${firstSeed} to ${firstSeed + seeds - 1}`); // oxlint-disable-line no-console -- a seed is printed first
  const totals = { elections: 0, crashes: 0, snapshots: 0, commits: 0, reads: 0, configurations: 0 };
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const walk = new Walk(seed);
    try {
      for (let step = 0; step < steps; step++) {
        walk.step();
        if (step % 20 === 0) judgeLogMatching([...walk.network.nodes.values()].filter((node) => node.isUp));
      }
      walk.settle();
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
    for (const key of Object.keys(totals) as (keyof typeof totals)[]) totals[key] += walk.counts[key];
  }
  for (const [what, count] of Object.entries(totals)) expect(count, what).toBeGreaterThan(0);
});

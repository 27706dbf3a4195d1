import { allJudges } from './all-judges.ts';
import { Dice } from './dice.ts';
import { Violation } from './evidence.ts';
import { Faults } from './faults.ts';
import { SimulatedClient } from './simulated-client.ts';
import type { SimulatedNode } from './simulated-node.ts';
import { drawWeather } from './draw-weather.ts';
import type { WeatherKind } from './weather.ts';
import { World } from './world.ts';

/** What one seed did; counted, so that a run can be asked whether it tested what it claims to. */
export interface SeedResult {
  readonly seed: number;
  readonly weather: WeatherKind;
  readonly events: number;
  /** Of these events, turns of nodes that all judges heard. */
  readonly hearings: number;
  readonly simulatedUs: number;
  readonly faults: number;
  readonly proposals: number;
  readonly acknowledged: number;
  readonly elections: number;
  readonly truncations: number;
  readonly crashes: number;
  readonly crashesInAppend: number;
  readonly snapshots: number;
  readonly tornTails: number;
  readonly diskFailures: number;
  readonly partitions: number;
  readonly pauses: number;
  readonly hungDisks: number;
  readonly fullDisks: number;
  readonly startsWithoutSpace: number;
  readonly bitFlips: number;
  readonly repairs: number;
  readonly wipes: number;
  readonly quarantines: number;
  readonly clockFaults: number;
  readonly reads: number;
  readonly transfers: number;
  readonly configurations: number;
  /** Equal in every run of the seed by the same code. */
  readonly digest: number;
}

/** Something that must never happen happened, or something that must happen did not. */
export class SeedFailed extends Error {
  readonly seed: number;
  readonly events: number;

  constructor(options: { readonly seed: number; readonly events: number; readonly cause: unknown }) {
    const { seed, events, cause } = options;
    super(`seed ${seed}, event ${events}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'SeedFailed';
    this.seed = seed;
    this.events = events;
  }
}

export const eventsMin = 2000;
export const proposalsMin = 100;
/** A mended majority must serve within this many election timeouts, and all nodes must agree within as many again. */
const livenessTimeouts = 60;

export interface SeedOptions {
  readonly trace?: (line: string) => void;
  /** Instead of the kind of weather that the seed draws. */
  readonly weather?: WeatherKind;
}

/** One run from beginning to end: a storm, a majority that is mended, everything mended. Throws SeedFailed. */
export function runSeed(seed: number, options: SeedOptions = {}): SeedResult {
  const dice = new Dice(seed);
  const weather = drawWeather(dice, options.weather ?? null);
  const judges = allJudges();
  const client = new SimulatedClient(dice.fork());
  let world: World | null = null;
  try {
    world = new World({
      weather,
      dice,
      judges,
      trace: options.trace,
      onCutOff: (leader) => world !== null && client.useWhileCutOff(leader, world),
      onRashLeader: (leader) => world !== null && client.changeMembers(leader, world),
      onApplied: (node, entries) => world !== null && client.onApplied(world, node, entries),
    });
    const run = new Run(world, client, dice.fork());
    run.storm();
    run.mendMajority();
    run.mendAll();
    return { seed, ...run.counts() };
  } catch (cause) {
    throw new SeedFailed({ seed, events: world?.events ?? 0, cause });
  }
}

class Run {
  readonly #world: World;
  readonly #client: SimulatedClient;
  readonly #dice: Dice;
  readonly #faults: Faults;
  #isClientActing = true;

  constructor(world: World, client: SimulatedClient, dice: Dice) {
    this.#world = world;
    this.#client = client;
    this.#dice = dice;
    this.#faults = new Faults(world, dice.fork());
  }

  storm(): void {
    this.#faults.begin();
    this.#planClient();
    while (this.#world.events < this.#world.weather.stormEvents) this.#world.step();
    this.#faults.end();
  }

  /** Everything else stays as broken as it is, or is cut off from the mended ones for good. */
  mendMajority(): void {
    const world = this.#world;
    const { weather, nodes, network } = world;
    world.isCalm = true;
    const mended = weather.isMembershipChanging ? nodes : this.#drawMajority();
    const ids = mended.map((node) => node.id);
    network.calm(ids);
    // Without pre-vote and check-quorum one node with a bad link can depose leaders for ever (thesis 4.2.3, 9.6). And one that leads over
    // links whose round trip may take an election timeout is as slow as they are: Raft asks for better ones (Raft paper 5.6).
    const isInTime = 2 * (weather.delayUs[1] + weather.lateUs) < weather.electionTimeoutTicks * weather.tickUs;
    const isRestCutOff = !weather.preVote || !weather.checkQuorum || !isInTime || this.#dice.chance(0.5);
    for (const node of nodes.filter((each) => !mended.includes(each))) {
      node.isHeldDown = true;
      if (isRestCutOff) network.partition([node.id], ids);
    }
    for (const node of mended) this.#mend(node);
    // One of the others may lead the mended ones, though some of them do not hear it; then the cluster serves, if not on each.
    const serving = isRestCutOff && !weather.isMembershipChanging ? mended : [];
    this.#until(
      `[${ids.join(' ')}] serve again`,
      this.#proposeUntilApplied(() => serving),
    );
  }

  mendAll(): void {
    const world = this.#world;
    world.network.calm(world.nodes.map((node) => node.id));
    for (const node of world.nodes) this.#mend(node);
    this.#until(
      'everybody serves',
      this.#proposeUntilApplied(() => this.#members()),
    );
    while (world.events < eventsMin || this.#client.proposals < proposalsMin) world.step();
    this.#isClientActing = false;
    this.#until('everybody agrees', () =>
      this.#members().every(
        ({ witness, isUp }) =>
          isUp &&
          witness.appliedIndex === world.evidence.committedIndex &&
          witness.log.lastIndex === witness.appliedIndex,
      ),
    );
    this.#closeTheBooks();
  }

  counts(): Omit<SeedResult, 'seed'> {
    const { events, hearings, nowUs, weather, digest, seen, evidence, nodes } = this.#world;
    const { proposals, transfers, configurations } = this.#client;
    return {
      weather: weather.kind,
      events,
      hearings,
      simulatedUs: nowUs,
      proposals,
      acknowledged: evidence.acknowledged.length,
      ...seen,
      ...this.#faults.seen,
      tornTails: nodes.reduce((sum, node) => sum + node.tornTails, 0),
      reads: nodes.reduce((sum, node) => sum + node.witness.readsAnswered, 0),
      transfers,
      configurations,
      digest,
    };
  }

  #planClient(): void {
    const { isCalm, weather } = this.#world;
    const { proposalEveryUs: stormyUs, calmProposalEveryUs: calmUs } = weather;
    const proposalEveryUs = isCalm ? Math.min(stormyUs, calmUs) : stormyUs;
    this.#world.plan(this.#dice.between(1, 4 * proposalEveryUs), { node: null, label: 'client' }, () => {
      if (this.#isClientActing) this.#client.act(this.#world);
      this.#planClient();
    });
  }

  #drawMajority(): readonly SimulatedNode[] {
    const { nodes, weather } = this.#world;
    const voters = nodes.slice(0, weather.voters);
    const sound = this.#dice.shuffled(voters.filter((node) => !node.isLost));
    return sound.slice(0, Math.floor(voters.length / 2) + 1);
  }

  #mend(node: SimulatedNode): void {
    node.isHeldDown = false;
    node.isToCrashInAppend = false;
    node.disk.failNothing();
    node.disk.makeRoom();
    node.diskHangsUntilUs = 0;
    node.clockStandsUntilUs = 0;
    this.#world.resume(node);
    this.#world.plan(1, { node: null, label: `${node.id}: mended` }, () => this.#world.start(node));
  }

  /** In the configuration that the newest leader has, as far as they can come back at all. */
  #members(): readonly SimulatedNode[] {
    const { nodes } = this.#world;
    const leader = nodes
      .filter((node) => node.status?.role === 'leader')
      .toSorted((a, b) => (b.status?.term ?? 0) - (a.status?.term ?? 0))[0];
    const { voters, learners } = leader?.status?.configuration ?? { voters: [], learners: [] };
    return nodes.filter(
      ({ id, isLost }) => !isLost && (leader === undefined || voters.includes(id) || learners.includes(id)),
    );
  }

  /** True once an entry that follows all that was committed at this call is acknowledged, and applied by these. */
  #proposeUntilApplied(nodes: () => readonly SimulatedNode[]): () => boolean {
    const { evidence } = this.#world;
    const committedBefore = evidence.committedIndex;
    const acknowledgedBefore = evidence.acknowledged.length;
    return () => {
      if (evidence.acknowledged.length === acknowledgedBefore) return false;
      const first = evidence.acknowledged.slice(acknowledgedBefore).find(({ entry }) => entry.index > committedBefore);
      return (
        first !== undefined && nodes().every(({ witness, isUp }) => isUp && witness.appliedIndex >= first.entry.index)
      );
    };
  }

  #until(what: string, isDone: () => boolean): void {
    const world = this.#world;
    const deadlineUs = world.nowUs + livenessTimeouts * world.weather.electionTimeoutTicks * world.weather.tickUs;
    while (!isDone()) {
      if (world.nowUs > deadlineUs)
        throw new Violation('liveness', `not within ${livenessTimeouts} election timeouts: ${what}`);
      world.step();
    }
  }

  #closeTheBooks(): void {
    const { evidence, nodes } = this.#world;
    for (const { entry } of evidence.acknowledged) {
      const committed = evidence.committedAt(entry.index)?.entry;
      if (committed?.term !== entry.term)
        throw new Violation('acknowledged is kept', `entry ${entry.index} of term ${entry.term} is gone`);
    }
    for (const node of nodes)
      if (!node.isLogAsWritten())
        throw new Violation('disk before memory', `${node.id} holds another log than it had written`);
  }
}

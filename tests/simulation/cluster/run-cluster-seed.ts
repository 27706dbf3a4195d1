import { Dice } from '../dice.ts';
import { Violation } from '../evidence.ts';
import { SeedFailed } from '../run-seed.ts';
import type { Declarations } from '#server/graph/declarations.ts';
import { ClusterClients } from './cluster-clients.ts';
import { ClusterFaults } from './cluster-faults.ts';
import type { ClusterNode } from './cluster-node.ts';
import type { ClusterWeather } from './cluster-weather.ts';
import { ClusterWorld } from './cluster-world.ts';
import { drawClusterWeather } from './draw-cluster-weather.ts';
import { inMacrotask } from './drain-microtasks.ts';
import { allClusterJudges } from './judges/all-cluster-judges.ts';

export interface ClusterSeedResult {
  readonly seed: number;
  readonly events: number;
  /** Events that the judges heard of. */
  readonly hearings: number;
  /** Values of caches, fills, answers and the database that were compared with what the log gives for their key at their index. */
  readonly values: number;
  readonly simulatedMs: number;
  readonly mutations: number;
  readonly faults: number;
  /** What happened how often, by name; see `cluster-coverage.ts`. */
  readonly seen: Readonly<Record<string, number>>;
  readonly weather: ClusterWeather;
  /** Equal in every run of the seed by the same code. */
  readonly digest: number;
}

export interface ClusterSeedOptions {
  readonly declarations: Declarations;
  readonly trace?: (line: string) => void;
  readonly weather?: Partial<ClusterWeather>;
}

/** Mended nodes must serve within this time, and all must agree within as much again. */
const livenessMs = 40_000;

/** One run from beginning to end: a storm, a majority that is mended, everything mended. Rejects with SeedFailed. */
export function runClusterSeed(seed: number, options: ClusterSeedOptions): Promise<ClusterSeedResult> {
  return inMacrotask(() => {
    const dice = new Dice(seed);
    const weather = { ...drawClusterWeather(seed, dice), ...options.weather };
    let run: Run | null = null;
    try {
      run = new Run(weather, dice, options);
      run.storm();
      run.mendMajority();
      run.mendAll();
      return run.result(seed);
    } catch (cause) {
      throw new SeedFailed({ seed, events: run?.world.events ?? 0, cause });
    }
  });
}

class Run {
  readonly world: ClusterWorld;
  readonly #clients: ClusterClients;
  readonly #faults: ClusterFaults;
  readonly #dice: Dice;

  constructor(weather: ClusterWeather, dice: Dice, { declarations, trace }: ClusterSeedOptions) {
    this.world = new ClusterWorld({ weather, dice, judges: allClusterJudges(), declarations, trace });
    this.#clients = new ClusterClients(this.world, dice.fork());
    this.#faults = new ClusterFaults(this.world, dice.fork());
    this.#dice = dice.fork();
  }

  storm(): void {
    const { world } = this;
    this.#clients.begin();
    this.#faults.begin();
    const endUs = world.weather.stormSeconds * 1_000_000;
    while (world.nowUs < endUs) world.step();
    this.#faults.end();
  }

  /** The others stay as broken as they are, and cut off. */
  mendMajority(): void {
    const { nodes, network } = this.world;
    const mended = this.#dice.shuffled(nodes).slice(0, Math.floor(nodes.length / 2) + 1);
    this.world.isCalm = true;
    network.isCalm = true;
    network.joinAll();
    const rest = nodes.filter((node) => !mended.includes(node));
    for (const node of rest) node.isHeldDown = true;
    network.partition(
      rest.map(({ id }) => id),
      mended.map(({ id }) => id),
    );
    for (const node of mended) this.#mend(node);
    this.world.moods.clear();
    this.#untilServed(`${mended.map(({ id }) => id).join(' ')} serve again`);
  }

  mendAll(): void {
    const { world } = this;
    world.network.joinAll();
    for (const node of world.nodes) this.#mend(node);
    this.#untilServed('everybody serves');
    this.#clients.end();
    // Without clients a deletion may be all that is left to do; if it has no end, there is a judge who says so.
    this.#within(() => this.#clients.isQuiet && !world.isDeleting);
    this.#until('everybody agrees', () => {
      const end = world.graph.index;
      const leader = world.leader();
      return (
        leader !== undefined &&
        leader.driver.status().lastIndex === end &&
        world.database.mark?.index === end &&
        this.#clients.isQuiet &&
        world.nodes.every((node) => node.view?.appliedIndex === end)
      );
    });
    world.judgeEnd();
    this.#clients.judgeHistory();
  }

  result(seed: number): ClusterSeedResult {
    const { events, hearings, digest, seen, nowUs, weather } = this.world;
    const { mutations } = this.#clients;
    const { faults } = this.#faults;
    const counts = { ...seen, 'locks broken': this.world.database.locksBroken };
    const values = this.world.graph.compared;
    return {
      seed,
      events,
      hearings,
      values,
      simulatedMs: nowUs / 1000,
      mutations,
      faults,
      seen: counts,
      weather,
      digest,
    };
  }

  #mend(node: ClusterNode): void {
    node.isHeldDown = false;
    node.disk.failNothing();
    this.world.resume(node);
    if (node.isUp) node.links.setPlugged(true);
    else if (!node.isUp) node.start();
  }

  /** A mutation that began after this call is acknowledged, by the commit that holds it. */
  #untilServed(what: string): void {
    const { world } = this;
    const before = world.graph.index;
    this.#until(what, () => world.acknowledgedIndex > before);
  }

  #until(what: string, isDone: () => boolean): void {
    if (!this.#within(isDone)) throw new Violation('liveness', `not within ${livenessMs} ms: ${what}`);
  }

  /** Whether it is done in time. */
  #within(isDone: () => boolean): boolean {
    const { world } = this;
    const deadlineUs = world.nowUs + livenessMs * 1000;
    while (!isDone()) {
      if (world.nowUs > deadlineUs) return false;
      world.step();
    }
    return true;
  }
}

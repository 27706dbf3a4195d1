import type { NodeId } from '#consensus/core/types.ts';
import type { Dice } from './dice.ts';
import type { SimulatedNode } from './simulated-node.ts';
import { faultKinds } from './weather.ts';
import type { FaultKind } from './weather.ts';
import type { World } from './world.ts';

type DiskFault = 'sync-fails' | 'append-fails' | 'disk-hangs' | 'disk-full' | 'bit-flips' | 'disk-wiped';
type LinkFault = 'partition' | 'isolate-leader' | 'cut-one-way' | 'halve' | 'heal-links';

/** Breaks things at random, and mends some of them after a while. */
export class Faults {
  readonly seen = {
    faults: 0,
    partitions: 0,
    pauses: 0,
    diskFailures: 0,
    hungDisks: 0,
    fullDisks: 0,
    bitFlips: 0,
    wipes: 0,
    clockFaults: 0,
  };
  readonly #dice: Dice;
  readonly #world: World;
  #isOver = false;

  constructor(world: World, dice: Dice) {
    this.#world = world;
    this.#dice = dice;
  }

  begin(): void {
    this.#planNext();
  }

  /** Nothing is broken any more; what is broken stays so. */
  end(): void {
    this.#isOver = true;
  }

  #planNext(): void {
    const { faultEveryUs } = this.#world.weather;
    this.#world.plan(this.#dice.between(1, 2 * faultEveryUs), { node: null, label: 'fault' }, () => {
      if (this.#isOver) return;
      const kind = this.#dice.pickByWeight(faultKinds, this.#world.weather.faults) ?? 'heal-links';
      // To heal is no fault.
      if (kind !== 'heal-links') this.seen.faults += 1;
      this.#strike(kind);
      this.#planNext();
    });
  }

  #strike(kind: FaultKind): void {
    const world = this.#world;
    const node = this.#dice.pick(world.nodes);
    switch (kind) {
      case 'crash':
        return this.#crash(node);
      case 'crash-leader':
        return this.#crash(this.#leader() ?? node);
      case 'crash-in-append':
        (this.#dice.chance(0.5) ? (this.#leader() ?? node) : node).isToCrashInAppend = true;
        return;
      case 'lose-power-everywhere':
        for (const each of world.nodes) this.#crash(each, 'power');
        return;
      case 'stop-in-good-order':
        return this.#stop(node);
      case 'pause':
        return this.#pause(node);
      case 'partition':
      case 'isolate-leader':
      case 'cut-one-way':
      case 'heal-links':
      case 'halve':
        return this.#changeLinks(kind, node);
      case 'clock-jumps':
      case 'clock-stands':
        return this.#disturbClock(kind, node);
      default:
        return this.#harmDisk(kind, this.#dice.chance(0.3) ? (this.#leader() ?? node) : node);
    }
  }

  #harmDisk(kind: DiskFault, node: SimulatedNode): void {
    const { disk } = node;
    switch (kind) {
      case 'sync-fails':
      case 'append-fails':
        this.seen.diskFailures += 1;
        return disk.failNext(kind === 'sync-fails' ? 'sync' : 'append', new Error('EIO'));
      case 'disk-hangs':
        this.seen.hungDisks += 1;
        node.diskHangsUntilUs = this.#world.nowUs + this.#electionTimeouts(1, 5);
        return;
      case 'disk-full':
        this.seen.fullDisks += 1;
        disk.fill();
        this.#world.plan(this.#electionTimeouts(1, 5), { node: null, label: `${node.id}: has room again` }, () =>
          disk.makeRoom(),
        );
        return;
      case 'bit-flips':
        if (this.#mayLose(node)) this.#flipBit(node);
        return;
      case 'disk-wiped':
        if (this.#mayLose(node)) this.#wipe(node);
    }
  }

  /** In what was durable long ago: damage to the very last write cannot be told from a write that a crash tore. */
  #flipBit(node: SimulatedNode): void {
    const older = node.disk.listNow().toSorted().slice(0, -1);
    if (older.length === 0) return;
    const name = this.#dice.pick(older);
    node.isDamaged = true;
    this.seen.bitFlips += 1;
    node.disk.flip(name, this.#dice.below(node.disk.readNow(name).length), 1 << this.#dice.below(8));
  }

  #wipe(node: SimulatedNode): void {
    this.#crash(node);
    this.seen.wipes += 1;
    node.isWiped = true;
    node.disk.wipe();
  }

  /** No majority is left if more are lost; and among changing members, nobody knows what a majority will be. */
  #mayLose(node: SimulatedNode): boolean {
    const { nodes, weather } = this.#world;
    if (weather.isMembershipChanging || node.isLost) return false;
    return nodes.filter((each) => each.isLost).length < Math.floor((weather.voters - 1) / 2);
  }

  #disturbClock(kind: 'clock-jumps' | 'clock-stands', node: SimulatedNode): void {
    const world = this.#world;
    this.seen.clockFaults += 1;
    if (kind === 'clock-stands') {
      node.clockStandsUntilUs = world.nowUs + this.#electionTimeouts(1, 4);
      return;
    }
    const ticks = this.#dice.between(1, 3 * world.weather.electionTimeoutTicks);
    for (let tick = 1; tick <= ticks; tick++)
      world.plan(tick, { node: world.nodes.indexOf(node), label: 'tick of a jump' }, () => {
        if (node.isUp) node.driver.tick();
      });
  }

  #electionTimeouts(least: number, most: number): number {
    const { electionTimeoutTicks, tickUs } = this.#world.weather;
    return this.#dice.between(least * electionTimeoutTicks, most * electionTimeoutTicks) * tickUs;
  }

  #changeLinks(kind: LinkFault, node: SimulatedNode): void {
    const { network, nodes } = this.#world;
    const ids = nodes.map((each) => each.id);
    if (kind === 'heal-links' || kind === 'halve') network.joinAll();
    if (kind === 'heal-links') return;
    this.seen.partitions += 1;
    if (kind === 'cut-one-way') return network.cut(node.id, this.#dice.pick(ids));
    const leader = this.#leader();
    if (kind === 'isolate-leader' && leader !== undefined) return this.#world.cutOff(leader);
    const left = kind === 'halve' ? this.#halfOf(ids) : kind === 'partition' ? this.#someOf(ids) : [node.id];
    network.partition(
      left,
      ids.filter((id) => !left.includes(id)),
    );
  }

  #someOf(ids: readonly NodeId[]): readonly NodeId[] {
    return this.#dice.shuffled(ids).slice(0, this.#dice.between(1, Math.max(1, ids.length - 1)));
  }

  #halfOf(ids: readonly NodeId[]): readonly NodeId[] {
    const half = ids.length / 2;
    return this.#dice.shuffled(ids).slice(0, this.#dice.chance(0.5) ? Math.floor(half) : Math.ceil(half));
  }

  #leader(): SimulatedNode | undefined {
    return this.#world.nodes.find((node) => node.isUp && node.status?.role === 'leader');
  }

  #crash(node: SimulatedNode, how: 'process' | 'power' = this.#dice.chance(0.5) ? 'process' : 'power'): void {
    if (node.isUp) this.#world.crash(node, how);
  }

  #stop(node: SimulatedNode): void {
    if (node.isUp && !node.isPaused) node.stop(() => this.#world.crash(node, 'process'));
  }

  #pause(node: SimulatedNode): void {
    if (!node.isUp || node.isPaused) return;
    this.seen.pauses += 1;
    this.#world.pause(node);
    const lengthUs = this.#dice.between(1, 60) * this.#world.weather.tickUs;
    this.#world.plan(lengthUs, { node: null, label: 'resume' }, () => this.#world.resume(node));
  }
}

import type { NodeId } from '#consensus/core/types.ts';
import type { Dice } from './dice.ts';
import type { SimulatedNode } from './simulated-node.ts';
import { faultKinds, tickUs } from './weather.ts';
import type { FaultKind } from './weather.ts';
import type { World } from './world.ts';

/** Breaks things at random, and mends some of them after a while. */
export class Faults {
  partitions = 0;
  pauses = 0;
  diskFailures = 0;
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
      this.#strike(this.#drawKind());
      this.#planNext();
    });
  }

  #drawKind(): FaultKind {
    const { faults } = this.#world.weather;
    let left = this.#dice.random() * faultKinds.reduce((sum, kind) => sum + faults[kind], 0);
    for (const kind of faultKinds) {
      left -= faults[kind];
      if (left < 0) return kind;
    }
    return 'heal-links';
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
        return this.#changeLinks(kind, node);
      case 'sync-fails':
      case 'append-fails':
        this.diskFailures += 1;
        node.disk.failNext(kind === 'sync-fails' ? 'sync' : 'append', new Error('EIO'));
    }
  }

  #changeLinks(kind: 'partition' | 'isolate-leader' | 'cut-one-way' | 'heal-links', node: SimulatedNode): void {
    const { network, nodes } = this.#world;
    const ids = nodes.map((each) => each.id);
    if (kind === 'heal-links') return network.joinAll();
    this.partitions += 1;
    if (kind === 'cut-one-way') return network.cut(node.id, this.#dice.pick(ids));
    const left = kind === 'partition' ? this.#someOf(ids) : [(this.#leader() ?? node).id];
    network.partition(
      left,
      ids.filter((id) => !left.includes(id)),
    );
  }

  #someOf(ids: readonly NodeId[]): readonly NodeId[] {
    return this.#dice.shuffled(ids).slice(0, this.#dice.between(1, Math.max(1, ids.length - 1)));
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
    this.pauses += 1;
    this.#world.pause(node);
    const lengthUs = this.#dice.between(1, 60) * tickUs;
    this.#world.plan(lengthUs, { node: null, label: 'resume' }, () => this.#world.resume(node));
  }
}

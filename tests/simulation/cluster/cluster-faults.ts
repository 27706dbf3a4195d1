import type { NodeId } from '#consensus/core/types.ts';
import type { Dice } from '../dice.ts';
import type { ClusterNode } from './cluster-node.ts';
import { clusterFaultKinds } from './cluster-weather.ts';
import type { ClusterFaultKind } from './cluster-weather.ts';
import type { ClusterWorld } from './cluster-world.ts';
import type { DatabaseMood } from './simulated-store.ts';

/** Far enough for an idempotency key to be of the future, or forgotten. */
const calendarJumpMsMax = 90_000;
const goesBackTransactionsMax = 6;
const absenceMsMax = 1_500;
/** It takes a snapshot meanwhile. */
const backMsMax = 400;
/** Some election timeouts. */
const heardMsMax = 1_000;

/** Breaks nodes, links, clocks and the database at random, and mends some of it after a while. */
export class ClusterFaults {
  faults = 0;
  readonly #world: ClusterWorld;
  readonly #dice: Dice;
  #isOver = false;

  constructor(world: ClusterWorld, dice: Dice) {
    this.#world = world;
    this.#dice = dice;
  }

  begin(): void {
    this.#planNext();
  }

  /** Nothing new is broken; what is broken stays so. */
  end(): void {
    this.#isOver = true;
  }

  #planNext(): void {
    const world = this.#world;
    world.plan(this.#dice.between(1, 2_000 * world.weather.faultEveryMs), { node: null, label: 'fault' }, () => {
      if (this.#isOver) return;
      const kind = this.#dice.pickByWeight(clusterFaultKinds, world.weather.faults) ?? 'heal-links';
      world.count(kind);
      // To heal is no fault.
      if (kind !== 'heal-links') this.faults += 1;
      this.#strike(kind, this.#dice.pick(world.nodes));
      this.#planNext();
    });
  }

  #strike(kind: ClusterFaultKind, node: ClusterNode): void {
    const world = this.#world;
    const leader = world.leader() ?? node;
    switch (kind) {
      case 'crash':
        return world.crash(node, this.#how());
      case 'crash-leader':
        return world.crash(leader, this.#how());
      case 'lose-power-everywhere':
        for (const each of world.nodes) world.crash(each, 'power');
        return;
      case 'stop-in-good-order':
        return world.stop(node);
      case 'pause':
        return this.#pause(node);
      case 'pause-leader':
        return this.#pause(leader);
      case 'partition':
      case 'isolate-leader':
      case 'cut-one-way':
      case 'heal-links':
        return this.#changeLinks(kind, node);
      case 'unplug':
        return this.#unplug(this.#dice.chance(0.5) ? leader : node);
      case 'transfer':
        return this.#transfer(leader, node);
      case 'calendar-jumps':
        node.calendarOffsetMs = this.#dice.between(-calendarJumpMsMax, calendarJumpMsMax);
        return;
      case 'database-away':
        return this.#mood(this.#dice.chance(0.5) ? 'all' : node.id, 'away');
      case 'database-hangs':
        return this.#mood('all', 'hangs');
      case 'database-hangs-for-leader':
        return this.#mood(leader.id, 'hangs');
      case 'database-goes-back':
        return this.#goBack();
      case 'connection-stalls':
        return this.#stall(this.#dice.chance(0.7) ? leader : node);
      case 'leader-sleeps-alone':
        return this.#sleepAlone(leader);
      case 'absent-one-leads':
        return this.#absence(node);
    }
  }

  #how(): 'process' | 'power' {
    return this.#dice.chance(0.5) ? 'process' : 'power';
  }

  #pause(node: ClusterNode, onResumed: () => void = () => undefined): void {
    const world = this.#world;
    const { life } = node;
    world.pause(node);
    this.#later(world.weather.pauseMsMax, `${node.id} goes on`, () => {
      if (node.life === life) world.resume(node);
      onResumed();
    });
  }

  #changeLinks(kind: 'partition' | 'isolate-leader' | 'cut-one-way' | 'heal-links', node: ClusterNode): void {
    const { network, nodes } = this.#world;
    if (kind === 'heal-links') return network.joinAll();
    const ids = nodes.map(({ id }) => id);
    if (kind === 'cut-one-way') return network.cut(node.id, this.#dice.pick(ids));
    const left = kind === 'partition' ? this.#someOf(ids) : [(this.#world.leader() ?? node).id];
    network.partition(
      left,
      ids.filter((id) => !left.includes(id)),
    );
  }

  #someOf(ids: readonly NodeId[]): readonly NodeId[] {
    return this.#dice.shuffled(ids).slice(0, this.#dice.between(1, Math.max(1, ids.length - 1)));
  }

  /** Mostly for less than an election timeout, so that nobody minds but those who wait for what is on it. */
  #stall(from: ClusterNode): void {
    const { network, nodes, weather } = this.#world;
    const to = this.#dice.pick(nodes).id;
    const timeoutMs = weather.tickMs * weather.electionTimeoutTicks;
    const lengthMs = this.#dice.between(1, this.#dice.chance(0.8) ? timeoutMs : 3 * timeoutMs);
    network.stall(
      { from: from.id, to, channel: this.#dice.pick(['raft', 'raft', 'fill', 'forward'] as const) },
      1_000 * lengthMs,
    );
  }

  /** And for a while after it is awake, it takes itself for the leader, and clients find it. */
  #sleepAlone(leader: ClusterNode): void {
    const { network } = this.#world;
    this.#cutOff(leader);
    this.#pause(leader, () =>
      this.#later(heardMsMax, `${leader.id} is heard again`, () => {
        if (!this.#isOver) network.joinAll();
      }),
    );
  }

  /** One misses what is committed for a while, and leads soon after it is back. */
  #absence(node: ClusterNode): void {
    const { network } = this.#world;
    this.#cutOff(node);
    this.#later(absenceMsMax, `${node.id} is back`, () => {
      if (this.#isOver) return;
      network.joinAll();
      this.#later(backMsMax, `${node.id} is to lead`, () => {
        const leader = this.#world.leader();
        if (!this.#isOver && leader !== undefined) this.#transfer(leader, node);
      });
    });
  }

  #cutOff(node: ClusterNode): void {
    const { network, nodes } = this.#world;
    const others = nodes.filter((each) => each !== node);
    network.partition(
      [node.id],
      others.map(({ id }) => id),
    );
  }

  /** As an operator does it, at the node itself. */
  #unplug(node: ClusterNode): void {
    if (!node.isUp) return;
    const { life, links } = node;
    links.setPlugged(false);
    this.#later(4_000, `${node.id} is plugged in`, () => {
      if (node.isUp && node.life === life) links.setPlugged(true);
    });
  }

  #transfer(leader: ClusterNode, to: ClusterNode): void {
    if (!leader.isUp || leader.isPaused || leader === to) return;
    leader.service.transferLeadership(to.id).then(
      () => this.#world.count('transfers done'),
      () => this.#world.count('transfers refused'),
    );
  }

  #mood(whom: 'all' | NodeId, mood: DatabaseMood): void {
    const { moods } = this.#world;
    moods.set(whom, mood);
    this.#later(5_000, 'the database is well again', () => {
      if (moods.get(whom) === mood) moods.delete(whom);
    });
  }

  /** Never further than the log is promised to be kept: beyond that a person has to restore a newer backup, as the design says. */
  #goBack(): void {
    const { database, weather } = this.#world;
    const count = this.#dice.between(1, goesBackTransactionsMax);
    const isKept = database.indexBefore(count) >= database.highest - weather.retainedEntries;
    if (count >= database.transactions || !isKept) return;
    this.#world.count('database went back');
    database.goBack(count);
  }

  #later(mostMs: number, label: string, run: () => void): void {
    this.#world.plan(this.#dice.between(1_000, mostMs * 1_000), { node: null, label }, run);
  }
}

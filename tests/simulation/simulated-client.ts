import { Buffer } from 'node:buffer';
import { encodeConfiguration } from '#consensus/core/configuration.ts';
import type { Configuration, Entry, LogIndex, NodeId } from '#consensus/core/types.ts';
import type { Dice } from './dice.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { World } from './world.ts';

interface Proposed {
  readonly term: number;
  readonly life: number;
}

const proposalsAtOnceMax = 4;
const readTimeoutTicks = 40;
const readsWhileCutOffMax = 10;
/** In calm weather a leader with so many uncommitted entries is left alone: it is to catch up, not to drown. */
const uncommittedInCalmMax = 10;

/** Asks of the nodes what the rest of the server asks of them: proposals, reads, hand-overs, compaction, new members. */
export class SimulatedClient {
  proposals = 0;
  transfers = 0;
  configurations = 0;
  readonly #dice: Dice;
  /** By node, then by index: what waits for its commit there. */
  readonly #waiting = new Map<SimulatedNode, Map<LogIndex, Proposed>>();

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** Asks whoever believes to lead, be it wrong. */
  act(world: World): void {
    const leaders = world.nodes.filter((node) => node.isUp && !node.isPaused && node.status?.role === 'leader');
    if (leaders.length > 0) {
      const leader = this.#dice.pick(leaders);
      for (let count = this.#dice.between(1, proposalsAtOnceMax); count > 0 && !isBehind(leader, world); count--)
        this.propose(leader);
      if (this.#dice.chance(0.01)) this.#transfer(leader, world);
      const changeProbability = 0.2 + 0.4 * world.weather.rashChangeProbability;
      if (world.weather.isMembershipChanging && !world.isCalm && this.#dice.chance(changeProbability))
        this.changeMembers(leader, world);
    }
    const node = this.#dice.pick(world.nodes);
    if (!node.isUp) return;
    if (node.isPaused) return this.#readOncePaused(node, world);
    // Clients know only who led a while ago; whoever does not lead refuses.
    if (!world.isCalm && this.#dice.chance(0.1)) this.propose(node);
    if (this.#dice.chance(world.weather.readProbability)) this.#read(node, world);
    if (this.#dice.chance(world.weather.compactProbability)) this.#compact(node);
  }

  /**
   * A leader that nobody follows gathers entries that only it has, and is asked for reads, also when others have elected another one; a
   * rash operator removes whom it no longer hears.
   */
  useWhileCutOff(node: SimulatedNode, world: World): void {
    if (this.#dice.chance(world.weather.rashChangeProbability))
      for (let count = this.#dice.between(2, 4); count > 0; count--) this.#removeOther(node);
    for (let count = this.#dice.between(2, 20); count > 0; count--) this.propose(node);
    const { electionTimeoutTicks, tickUs } = world.weather;
    for (let count = this.#dice.between(0, readsWhileCutOffMax); count > 0; count--) {
      const delayUs = this.#dice.between(1, 10 * electionTimeoutTicks * tickUs);
      world.plan(delayUs, { node: world.nodes.indexOf(node), label: 'client of a node that was cut off' }, () => {
        if (node.isUp) this.#read(node, world);
      });
    }
  }

  propose(node: SimulatedNode): LogIndex | null {
    const length = this.#dice.chance(0.05) ? 300 : this.#dice.between(0, 40);
    const data = Buffer.alloc(8 + length, this.#dice.below(256));
    data.writeDoubleBE(this.proposals);
    const answer = node.driver.propose({ kind: 'command', data });
    if ('refused' in answer) return null;
    this.proposals += 1;
    const waiting = this.#waiting.get(node) ?? new Map<LogIndex, Proposed>();
    waiting.set(answer.index, { term: answer.term, life: node.witness.life });
    this.#waiting.set(node, waiting);
    return answer.index;
  }

  /** The node applied these: who proposed one of them there, in this life, hears that it is done. */
  onApplied(world: World, node: SimulatedNode, entries: readonly Entry[]): void {
    const waiting = this.#waiting.get(node);
    if (waiting === undefined) return;
    for (const entry of entries) {
      const proposed = waiting.get(entry.index);
      if (proposed === undefined) continue;
      waiting.delete(entry.index);
      if (proposed.term === entry.term && proposed.life === node.witness.life)
        world.evidence.acknowledge({ entry, by: node.witness });
    }
  }

  #read(node: SimulatedNode, world: World): void {
    // The judge looks at what the core answers; the promise is kept or broken when nobody looks any more.
    node.driver.readIndex({ timeoutMs: readTimeoutTicks * (world.weather.tickUs / 1000) }).catch(() => undefined);
  }

  /** A client cannot see that a process is stopped; its question waits there. */
  #readOncePaused(node: SimulatedNode, world: World): void {
    world.plan(1, { node: world.nodes.indexOf(node), label: 'client of a paused node' }, () => {
      if (node.isUp) this.#read(node, world);
    });
  }

  #compact(node: SimulatedNode): void {
    const { appliedIndex } = node.witness;
    if (appliedIndex > 0)
      node.driver.compact((appliedIndex - this.#dice.below(Math.min(20, appliedIndex))) as LogIndex);
  }

  #transfer(leader: SimulatedNode, world: World): void {
    this.transfers += 1;
    leader.driver.transferLeadership(this.#dice.pick(world.nodes).id).catch(() => undefined);
  }

  changeMembers(leader: SimulatedNode, world: World): void {
    const current = leader.status?.configuration;
    if (current === undefined) return;
    const next = nextConfiguration(current, this.#dice.pick(world.nodes).id);
    // Two at once are refused: old and new majorities need not meet.
    const isRash = this.#dice.chance(0.3 * world.weather.rashChangeProbability);
    this.#proposeMembers(leader, isRash ? nextConfiguration(next, this.#dice.pick(world.nodes).id) : next);
  }

  #removeOther(leader: SimulatedNode): void {
    const current = leader.status?.configuration;
    const others = (current?.voters ?? []).filter((id) => id !== leader.id);
    if (current === undefined || others.length === 0) return;
    const removed = this.#dice.pick(others);
    this.#proposeMembers(leader, { ...current, voters: current.voters.filter((id) => id !== removed) });
  }

  #proposeMembers(leader: SimulatedNode, configuration: Configuration): void {
    const answer = leader.driver.propose({ kind: 'configuration', data: encodeConfiguration(configuration) });
    if (!('refused' in answer)) this.configurations += 1;
  }
}

function isBehind(leader: SimulatedNode, world: World): boolean {
  if (!world.isCalm || leader.status === null) return false;
  return leader.status.lastIndex - leader.status.commitIndex >= uncommittedInCalmMax;
}

/** A stranger becomes a learner or a voter, a learner a voter, a voter a stranger; the last voter stays. */
function nextConfiguration({ voters, learners }: Configuration, changed: NodeId): Configuration {
  const others = { voters: voters.filter((id) => id !== changed), learners: learners.filter((id) => id !== changed) };
  if (voters.includes(changed)) return voters.length > 1 ? others : { voters, learners };
  if (learners.includes(changed) || voters.length < 3) return { ...others, voters: [...others.voters, changed] };
  return { ...others, learners: [...others.learners, changed] };
}

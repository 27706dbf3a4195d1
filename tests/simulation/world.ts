import type { Entry, LogIndex, Message, NodeId, SnapshotMark, Term } from '#consensus/core/types.ts';
import { SimulatedDisk } from '#consensus/storage/simulated-disk.ts';
import type { DiskWork } from '#consensus/storage/simulated-disk.ts';
import type { Dice } from './dice.ts';
import type { SimulatedEvent } from './event-queue.ts';
import { Evidence } from './evidence.ts';
import type { Judge } from './evidence.ts';
import { isLetIn } from './quarantine.ts';
import { SimulatedNetwork } from './simulated-network.ts';
import { SimulatedNode } from './simulated-node.ts';
import { Timeline } from './timeline.ts';
import type { Weather } from './weather.ts';
import { Witness } from './witness.ts';

/** Strangers at first, where members come and go. */
const spareNodes = 2;

export interface WorldOptions {
  readonly weather: Weather;
  readonly dice: Dice;
  readonly judges: readonly Judge[];
  /** Called with each entry that a node applies, as its clients hear of it. */
  readonly onApplied: (node: SimulatedNode, entries: readonly Entry[]) => void;
  /** Called when a leader was cut off from all others. */
  readonly onCutOff: (leader: SimulatedNode) => void;
  /** Called when a new leader is to change members at once. */
  readonly onRashLeader: (leader: SimulatedNode) => void;
  readonly trace?: ((line: string) => void) | undefined;
}

/** The clock, the net and the nodes of one run. Every event is followed by a hearing before all judges. */
export class World {
  readonly weather: Weather;
  readonly network: SimulatedNetwork;
  readonly evidence = new Evidence();
  readonly nodes: readonly SimulatedNode[];
  /** Turns of nodes that all judges have heard; an idle tick is an event and no hearing. */
  hearings = 0;
  readonly seen = {
    elections: 0,
    truncations: 0,
    snapshots: 0,
    crashes: 0,
    crashesInAppend: 0,
    repairs: 0,
    startsWithoutSpace: 0,
    quarantines: 0,
  };
  /** From now on disks are quick and nothing new goes wrong. */
  isCalm = false;
  readonly #dice: Dice;
  readonly #judges: readonly Judge[];
  readonly #onCutOff: (leader: SimulatedNode) => void;
  readonly #onRashLeader: (leader: SimulatedNode) => void;
  readonly #trace: ((line: string) => void) | undefined;
  readonly #timeline = new Timeline();
  readonly #witnesses: readonly Witness[];
  readonly #places: ReadonlyMap<NodeId, number>;

  constructor(options: WorldOptions) {
    const { weather, dice } = options;
    this.weather = weather;
    this.#dice = dice.fork();
    this.#judges = options.judges;
    this.#onCutOff = options.onCutOff;
    this.#onRashLeader = options.onRashLeader;
    this.#trace = options.trace;
    this.network = new SimulatedNetwork({
      weather,
      dice: dice.fork(),
      deliverIn: (delayUs, message) => {
        const to = this.#places.get(message.to);
        const node = to === undefined ? undefined : this.nodes[to];
        if (to === undefined || node === undefined) return;
        this.plan(delayUs, { node: to, label: message.kind }, () => {
          if (this.network.isCut(message.from, message.to)) this.#holdUp(message, { node, at: to });
          else if (node.isUp) node.driver.deliver(message);
        });
      },
    });
    this.nodes = this.#makeNodes(dice, options.onApplied);
    this.#places = new Map(this.nodes.map((node, at) => [node.id, at]));
    this.#witnesses = this.nodes.map((node) => node.witness);
    for (const [at, node] of this.nodes.entries()) {
      this.start(node);
      const drift = weather.drift ** (2 * this.#dice.random() - 1);
      this.#tickFrom(at, node, Math.round(weather.tickUs * drift));
    }
    this.#judge();
  }

  get nowUs(): number {
    return this.#timeline.nowUs;
  }

  get events(): number {
    return this.#timeline.events;
  }

  get digest(): number {
    return this.#timeline.digest;
  }

  /** A node that is paused when the time comes takes the event when it goes on. */
  plan(delayUs: number, what: { readonly node: number | null; readonly label: string }, run: () => void): void {
    this.#timeline.plan(delayUs, what, run);
  }

  /** The next event, and the judges after it. */
  step(): void {
    const event = this.#timeline.next();
    if (event === null) return;
    event.run();
    this.#judge();
    if (this.#trace !== undefined) this.#traceEvent(event);
  }

  crash(node: SimulatedNode, how: 'process' | 'power'): void {
    this.resume(node);
    this.seen.crashes += 1;
    if (node.disk.isUnderWay('append')) this.seen.crashesInAppend += 1;
    node.crash(how);
    const downTicks = this.#dice.between(1, this.isCalm ? 40 : this.weather.restartTicksMax);
    this.plan(downTicks * this.weather.tickUs, { node: null, label: `${node.id}: restart` }, () => {
      this.start(node);
    });
    // Those who had a connection to it mostly hear of the end.
    for (const [at, other] of this.nodes.entries()) {
      if (other === node || this.#dice.chance(0.3)) continue;
      this.plan(this.#dice.between(50, this.weather.tickUs), { node: at, label: 'peer closed' }, () => {
        if (other.isUp && !node.isUp && !this.network.isCut(node.id, other.id)) other.driver.peerClosed(node.id);
      });
    }
  }

  /** Starts the process if its disk lets it: a full one is tried again, a damaged or an empty one is for a person to mend. */
  start(node: SimulatedNode): void {
    if (node.isUp || node.isHeldDown) return;
    if (node.isWiped && !isLetIn(node, this)) {
      this.seen.quarantines += 1;
      return;
    }
    try {
      node.start();
      // Damage that is found costs nothing, or entries that others have.
      node.isDamaged = node.witness.isUnderRepair;
    } catch (error) {
      if (node.disk.isFull && isNoSpace(error)) {
        this.seen.startsWithoutSpace += 1;
        const again = (): void => this.start(node);
        this.plan(5 * this.weather.tickUs, { node: null, label: `${node.id}: starts again` }, again);
      } else throw error;
    }
  }

  /** The leader hears nobody any more, and clients go on with it for a while. */
  cutOff(leader: SimulatedNode): void {
    const others = this.nodes.filter((node) => node !== leader).map((node) => node.id);
    this.network.partition([leader.id], others);
    this.#onCutOff(leader);
  }

  pause(node: SimulatedNode): void {
    node.isPaused = true;
    this.#timeline.pause(this.nodes.indexOf(node));
  }

  resume(node: SimulatedNode): void {
    if (!node.isPaused) return;
    node.isPaused = false;
    // What waited in its sockets and timers is taken in any order: clients may be heard before peers.
    this.#timeline.resume(this.nodes.indexOf(node), (waited) => this.#dice.shuffled(waited));
  }

  /** The link was cut while this was under way on it. */
  #holdUp(message: Message, { node, at }: { readonly node: SimulatedNode; readonly at: number }): void {
    const { isCutAtOnce, lateUs } = this.weather;
    if (isCutAtOnce) return;
    this.plan(this.#dice.between(1, lateUs), { node: at, label: `late ${message.kind}` }, () => {
      if (node.isUp) node.driver.deliver(message);
    });
  }

  #tickFrom(at: number, node: SimulatedNode, everyUs: number): void {
    const tick = (): void => {
      if (node.isUp && this.nowUs >= node.clockStandsUntilUs) node.driver.tick();
      // Without pre-vote whoever has a fast clock, and a configuration of old, is always a term ahead of those who could win: no wait that
      // is drawn makes up for it (thesis 9.6).
      const isMended = this.isCalm && !this.weather.preVote;
      this.plan(isMended ? this.weather.tickUs : everyUs, { node: at, label: 'tick' }, tick);
    };
    this.plan(this.#dice.between(1, everyUs), { node: at, label: 'tick' }, tick);
  }

  #makeNodes(dice: Dice, onApplied: WorldOptions['onApplied']): readonly SimulatedNode[] {
    const { weather } = this;
    const count = weather.voters + weather.learners + (weather.isMembershipChanging ? spareNodes : 0);
    const ids = Array.from({ length: count }, (_, at) => `n${at + 1}` as NodeId);
    const founders = {
      voters: ids.slice(0, weather.voters),
      learners: ids.slice(weather.voters, weather.voters + weather.learners),
    };
    return ids.map((id, at) => {
      const witness = new Witness(id, emptyLog(founders));
      const disk = this.#makeDisk(at, dice.fork());
      const node: SimulatedNode = new SimulatedNode({
        id,
        founders,
        weather,
        disk,
        witness,
        random: dice.fork().random,
        send: (message) => this.network.send(message),
        onApplied: (entries) => onApplied(node, entries),
        onDiskFailure: () =>
          this.plan(1, { node: null, label: `${id}: disk failed` }, () => node.isUp && this.crash(node, 'process')),
      });
      return node;
    });
  }

  #makeDisk(at: number, dice: Dice): SimulatedDisk {
    const [least, most] = this.weather.diskUs;
    const schedule = (step: () => void, work: DiskWork): void => {
      const slow = !this.isCalm && dice.chance(0.03) ? this.weather.slowDiskFactor : 1;
      const node = this.nodes[at];
      const calmUs = 0.2 * this.weather.tickUs;
      const workUs = dice.between(least, this.isCalm ? Math.min(most, Math.max(least, calmUs)) : most) * slow;
      const takesUs = Math.max(workUs, (node?.diskHangsUntilUs ?? 0) - this.nowUs);
      this.plan(takesUs, { node: at, label: `disk ${work}` }, step);
      if (node?.isToCrashInAppend !== true || work !== 'append') return;
      node.isToCrashInAppend = false;
      const how = dice.chance(0.5) ? 'process' : 'power';
      this.plan(
        dice.below(takesUs),
        { node: null, label: `${node.id}: crash in append` },
        () => node.isUp && this.crash(node, how),
      );
    };
    return new SimulatedDisk({ schedule, random: dice.random });
  }

  #judge(): void {
    // Indexes and not iterators: this is the one loop that every event goes through.
    for (let at = 0; at < this.nodes.length; at++) {
      const node = this.nodes[at];
      if (node?.witness.isTouched === true) this.#hear(node);
    }
  }

  #hear(node: SimulatedNode): void {
    const { witness } = node;
    node.refreshStatus();
    if (witness.hasNews) {
      this.hearings += 1;
      this.#count(node);
      const hearing = this.evidence.hearingOf(witness, this.#witnesses);
      for (const judge of this.#judges) judge.hear(hearing);
      this.evidence.close(hearing);
      if (this.#trace !== undefined) this.#trace(describe(witness));
      this.#timeline.digest =
        (Math.imul(this.#timeline.digest, 33) + (witness.status?.term ?? 0) + 7 * witness.log.lastIndex) | 0;
    }
    const wasUnderRepair = witness.isUnderRepair;
    witness.endTurn();
    if (!wasUnderRepair || witness.isUnderRepair) return;
    this.seen.repairs += 1;
    node.isDamaged = false;
  }

  #count(node: SimulatedNode): void {
    const { status, before, turn } = node.witness;
    if (status?.role === 'leader' && before?.role !== 'leader') {
      this.seen.elections += 1;
      if (this.#dice.chance(this.weather.newLeaderFallsProbability)) this.#failSoon(node);
      if (!this.isCalm && this.#dice.chance(this.weather.rashChangeProbability)) this.#changeSoon(node);
    }
    if (status?.role === 'candidate' && before?.role !== 'candidate') {
      if (this.#dice.chance(this.weather.newCandidateFallsProbability)) this.#losePowerSoon(node);
    }
    for (const write of turn.writes) if (write.truncateFrom !== null) this.seen.truncations += 1;
    this.seen.snapshots += turn.restarts.length;
  }

  #failSoon(leader: SimulatedNode): void {
    // Half of them before any peer can have heard what they begin with.
    const delayUs = this.#dice.chance(0.5) ? this.#dice.between(2, this.weather.delayUs[1]) : 3 * this.weather.tickUs;
    const event = { node: null, label: `${leader.id}: falls as a new leader` };
    this.plan(this.#dice.between(1, delayUs), event, () => {
      if (this.isCalm || !leader.isUp) return;
      if (this.#dice.chance(0.4)) return this.crash(leader, 'process');
      if (this.#dice.chance(0.5)) this.cutOff(leader);
      else this.#keepHalf(leader);
      this.plan(this.#dice.between(2, 30) * this.weather.tickUs, { node: null, label: 'join' }, () =>
        this.network.joinAll(),
      );
    });
  }

  /** Mostly before its disk has written what it holds. */
  #losePowerSoon(candidate: SimulatedNode): void {
    const delayUs = this.#dice.between(1, this.weather.diskUs[1]);
    this.plan(delayUs, { node: null, label: `${candidate.id}: falls as a candidate` }, () => {
      if (!this.isCalm && candidate.isUp && candidate.status?.role !== 'leader') this.crash(candidate, 'power');
    });
  }

  /** The leader keeps half of its voters, itself included: no majority, unless the members change. */
  #keepHalf(leader: SimulatedNode): void {
    const voters = leader.status?.configuration.voters ?? [];
    const others = this.#dice.shuffled(voters.filter((id) => id !== leader.id));
    const kept = [leader.id, ...others.slice(0, Math.max(0, Math.floor(voters.length / 2) - 1))];
    const ids = this.nodes.map((node) => node.id);
    this.network.joinAll();
    this.network.partition(
      kept,
      ids.filter((id) => !kept.includes(id)),
    );
  }

  /** Mostly before it has committed anything. */
  #changeSoon(leader: SimulatedNode): void {
    this.plan(1, { node: null, label: `${leader.id}: changes members as a new leader` }, () => {
      if (leader.isUp && !leader.isPaused) this.#onRashLeader(leader);
    });
  }

  #traceEvent(event: SimulatedEvent): void {
    const who = event.node === null ? '' : ` at ${this.nodes[event.node]?.id}`;
    this.#trace?.(`${this.events}. ${(this.nowUs / this.weather.tickUs).toFixed(2)}: ${event.label}${who}`);
  }
}

function emptyLog(configuration: SnapshotMark['configuration']): ConstructorParameters<typeof Witness>[1] {
  const mark: SnapshotMark = { index: 0 as LogIndex, term: 0 as Term, configuration };
  return { hardState: { term: 0 as Term, votedFor: null }, mark, entries: [], tornBytes: 0 };
}

function isNoSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}

function describe({ id, status, log, turn }: Witness): string {
  if (status === null) return `    ${id} is down`;
  const { role, term, commitIndex } = status;
  const writes = turn.writes.map((write) => {
    const vote = write.hardState === null ? '' : ` vote ${write.hardState.term}:${write.hardState.votedFor}`;
    const cut = write.truncateFrom === null ? '' : ` truncate ${write.truncateFrom}`;
    const reset = write.reset === null ? '' : ` reset ${write.reset.index}`;
    const added = write.entries.map((entry) => ` +${entry.index}:${entry.term}`).join('');
    return `[${write.sequence}${vote}${reset}${cut}${added}]`;
  });
  const sent = turn.sent.map((message) => `${message.kind}>${message.to}`).join(' ');
  return `    ${id} ${role} term ${term} log ${log.mark.index}..${log.lastIndex} commit ${commitIndex} ${writes.join('')} ${sent}`;
}

import type { Entry, NodeId } from '#consensus/core/types.ts';
import { SimulatedDisk } from '#consensus/storage/simulated-disk.ts';
import { readFillAnswer, readFillRequest } from '#server/cluster/fill-protocol.ts';
import type { NodeLog } from '#server/cluster/node-log.ts';
import { decodePayload } from '#server/cluster/payload-codec.ts';
import type { Declarations } from '#server/graph/declarations.ts';
import type { Entity } from '#server/graph/entity.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { AppliedEntry } from '#server/graph/log-payload.ts';
import type { Dice } from '../dice.ts';
import { Violation } from '../evidence.ts';
import { Timeline } from '../timeline.ts';
import { ClusterNetwork } from './cluster-network.ts';
import { ClusterNode } from './cluster-node.ts';
import type { ClusterWeather } from './cluster-weather.ts';
import { drainMicrotasks } from './drain-microtasks.ts';
import type {
  ClusterHearing,
  ClusterJudge,
  Fill,
  MutationTold,
  ReadTold,
  StatusTold,
} from './judges/cluster-hearing.ts';
import { CommittedGraph } from './judges/committed-graph.ts';
import { simulatedClock } from './simulated-clock.ts';
import { SimulatedDatabase } from './simulated-database.ts';
import { SimulatedLinks } from './simulated-links.ts';
import type { LinksWorld } from './simulated-links.ts';
import { SimulatedStore } from './simulated-store.ts';
import type { DatabaseMood } from './simulated-store.ts';

/** Everything is looked through once in so many hearings. */
const sweepEvery = 400;

export interface ClusterWorldOptions {
  readonly weather: ClusterWeather;
  readonly dice: Dice;
  readonly judges: readonly ClusterJudge[];
  readonly declarations: Declarations;
  readonly trace?: ((line: string) => void) | undefined;
}

/** What clients send and are told in one event. */
interface Told {
  mutationsAsked: { readonly key: string; readonly hash: string }[];
  mutationsTold: MutationTold[];
  readsTold: ReadTold[];
  statusesTold: StatusTold[];
}

/** Clock, net, disks, database and nodes of one run. Every event ends with all its promises, and with a hearing if it did anything. */
export class ClusterWorld {
  readonly weather: ClusterWeather;
  readonly declarations: Declarations;
  readonly nodes: readonly ClusterNode[];
  readonly network: ClusterNetwork;
  readonly database = new SimulatedDatabase();
  /** How the database is for all, or for one node. */
  readonly moods = new Map<'all' | NodeId, DatabaseMood>();
  readonly graph = new CommittedGraph();
  told = nothingTold();
  /** The highest commit that a client was told of. */
  acknowledgedIndex = 0 as LogIndex;
  /** The same of each node. */
  readonly answeredIndexes = new Map<NodeId, LogIndex>();
  /** Of all commits that a client was told of. */
  readonly settledKeys = new Set<string>();
  hearings = 0;
  isCalm = false;
  #ended: Violation | null = null;
  readonly seen: Record<string, number> = {};
  readonly #dice: Dice;
  readonly #judges: readonly ClusterJudge[];
  readonly #timeline = new Timeline();
  readonly #trace: ((line: string) => void) | undefined;
  #committed: AppliedEntry[] = [];
  #fills: Fill[] = [];
  readonly #applied = new Map<NodeId, string>();

  constructor(options: ClusterWorldOptions) {
    const { weather, dice } = options;
    this.weather = weather;
    this.declarations = options.declarations;
    this.#dice = dice.fork();
    this.#judges = options.judges;
    this.#trace = options.trace;
    this.network = new ClusterNetwork({ weather, dice: dice.fork(), nowUs: () => this.nowUs });
    const ids = Array.from({ length: weather.nodes }, (_, at) => `n${at + 1}` as NodeId);
    this.nodes = ids.map((id, at) => this.#makeNode(id, at, ids, dice));
    this.nodes.forEach((node, at) => {
      node.start();
      this.#tickFrom(at, node, Math.round(weather.tickMs * 1000 * 1.02 ** (2 * this.#dice.random() - 1)));
    });
    drainMicrotasks();
  }

  count(what: string): void {
    this.seen[what] = (this.seen[what] ?? 0) + 1;
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

  /** In the process that runs at the node now: never, if it has ended by then. */
  planAt(node: ClusterNode, delayUs: number, label: string, run: () => void): void {
    this.#planIn(node, node.life, { delayUs, label, run });
  }

  /** In that life of the node, also when an earlier one is what plans: a dead process must not act through its successor. */
  #planIn(
    node: ClusterNode,
    life: number,
    what: { readonly delayUs: number; readonly label: string; readonly run: () => void },
  ): void {
    const { delayUs, label, run } = what;
    this.plan(delayUs, { node: this.nodes.indexOf(node), label }, () => {
      if (node.isUp && node.life === life) run();
    });
  }

  /** The next event with all its promises, and the judges after it. */
  step(): void {
    const event = this.#timeline.next();
    if (event === null) return;
    event.run();
    drainMicrotasks();
    if (this.#ended !== null) throw this.#ended;
    this.#trace?.(
      `${(this.nowUs / 1000).toFixed(3)} ms: ${event.label}${event.node === null ? '' : ` at n${event.node + 1}`}`,
    );
    this.#hear(event.node === null ? null : (this.nodes[event.node] ?? null));
  }

  leader(): ClusterNode | undefined {
    return this.nodes
      .filter((node) => node.isUp && node.driver.status().role === 'leader')
      .toSorted((a, b) => b.driver.status().term - a.driver.status().term)[0];
  }

  crash(node: ClusterNode, how: 'process' | 'power'): void {
    if (!node.isUp) return;
    this.resume(node);
    this.count('crashes');
    const wasLeader = node.driver.status().role === 'leader';
    if (wasLeader) this.count('leader crashes');
    const sessions = this.database.sessionsOf(node.id);
    node.end(how);
    // A server hears of the end of a process, not of that of a machine: its locks outlive it.
    if (how === 'process' && this.#dice.chance(0.7))
      this.plan(this.#dice.between(50, 5_000), { node: null, label: 'database' }, () => this.database.hangUp(sessions));
    this.plan(this.#dice.between(1, 1_500_000), { node: null, label: `${node.id} starts again` }, () => {
      if (!node.isUp && !node.isHeldDown) node.start();
    });
    // Those who had a connection to it mostly hear of the end.
    for (const other of this.nodes) {
      if (other === node || !other.isUp || this.#dice.chance(0.3)) continue;
      this.planAt(other, this.#dice.between(50, 5_000), `hears that ${node.id} is gone`, () => {
        if (node.isUp || this.network.isCut(node.id, other.id)) return;
        other.links.closed(node.id);
      });
    }
  }

  /** In good order, with a hand-over. */
  stop(node: ClusterNode): void {
    if (!node.isUp || node.isPaused) return;
    const { life } = node;
    void node.service.stop().then(() => {
      if (node.isUp && node.life === life) this.crash(node, 'process');
    });
  }

  pause(node: ClusterNode): void {
    if (!node.isUp || node.isPaused) return;
    this.count('pauses');
    node.isPaused = true;
    this.#timeline.pause(this.nodes.indexOf(node));
  }

  resume(node: ClusterNode): void {
    if (!node.isPaused) return;
    node.isPaused = false;
    this.#timeline.resume(this.nodes.indexOf(node), (waited) => waited);
  }

  /** Whether some entity is marked, and not deleted yet. */
  get isDeleting(): boolean {
    const { graph } = this;
    return graph.keys().some((key) => key.kind === 'entity' && isMarked(graph.entityAt(key.id, graph.index)));
  }

  /** Every property of the end. */
  judgeEnd(): void {
    const hearing = this.#hearing(this.#running(), true);
    for (const judge of this.#judges) judge.hear(hearing);
    for (const judge of this.#judges) judge.atEnd?.(hearing);
  }

  #running(): readonly ClusterNode[] {
    return this.nodes.filter((node) => node.isUp);
  }

  #hear(node: ClusterNode | null): void {
    if (!this.#hasNews(node)) return;
    this.hearings += 1;
    const isSweep = this.hearings % sweepEvery === 0;
    const touched = isSweep ? this.#running() : node?.isUp === true ? [node] : [];
    const hearing = this.#hearing(touched, isSweep);
    for (const judge of this.#judges) judge.hear(hearing);
    this.#acknowledge();
    this.#committed = [];
    this.#fills = [];
    this.told = nothingTold();
    this.database.writes = [];
    this.database.reads = [];
    this.#timeline.digest = (Math.imul(this.#timeline.digest, 33) + this.graph.index) | 0;
  }

  /** Whether any judge could see something that was not there before. */
  #hasNews(node: ClusterNode | null): boolean {
    const told = Object.values(this.told).reduce((sum, facts) => sum + facts.length, 0);
    const facts = told + this.#committed.length;
    const moved = node !== null && this.#hasApplied(node);
    return moved || facts + this.#fills.length + this.database.writes.length + this.database.reads.length > 0;
  }

  #hasApplied(node: ClusterNode): boolean {
    const { view } = node;
    if (view === null) return false;
    const standing = `${view.life} ${view.appliedIndex}`;
    if (this.#applied.get(node.id) === standing) return false;
    this.#applied.set(node.id, standing);
    return true;
  }

  #hearing(touched: readonly ClusterNode[], isSweep: boolean): ClusterHearing {
    return {
      declarations: this.declarations,
      graph: this.graph,
      committed: this.#committed,
      touched: touched.flatMap(({ view }) => view ?? []),
      fills: [...this.#fills, ...this.database.reads],
      database: this.database,
      databaseWrites: this.database.writes,
      ...this.told,
      isSweep,
    };
  }

  #acknowledge(): void {
    for (const { answer, key, node } of this.told.mutationsTold) {
      const index = answer.kind === 'done' || answer.kind === 'refused' ? answer.index : null;
      if (index === null) continue;
      this.settledKeys.add(key);
      this.answeredIndexes.set(node, Math.max(index, this.answeredIndexes.get(node) ?? 0) as LogIndex);
      if (index > this.acknowledgedIndex) this.acknowledgedIndex = index;
    }
  }

  /** State machine safety, before anything else is believed: what two nodes take for committed at one place is one entry. */
  #onCommitted(id: NodeId, entries: readonly Entry[]): void {
    for (const { index, term, kind, data } of entries) {
      this.#trace?.(`    ${id} commits ${index} of term ${term}: ${kind}`);
      const known = this.graph.entryAt(index);
      if (known === undefined) {
        const entry = { index, term, payload: kind === 'command' ? decodePayload(data, index) : null };
        this.graph.append(entry);
        this.#committed.push(entry);
      } else if (known.term !== term)
        throw new Violation('state machine safety', `${id} commits ${index} of term ${term}, others of ${known.term}`);
    }
  }

  #makeNode(id: NodeId, at: number, ids: readonly NodeId[], dice: Dice): ClusterNode {
    const storeDice = dice.fork();
    const node: ClusterNode = new ClusterNode({
      id,
      founders: ids,
      weather: this.weather,
      declarations: this.declarations,
      disk: this.#makeDisk(at, dice.fork()),
      random: dice.fork().random,
      parts: () => {
        const { life } = node;
        const plan = (delayUs: number, label: string, run: () => void): void =>
          this.#planIn(node, life, { delayUs, label, run });
        return {
          clock: simulatedClock({
            nowUs: () => this.nowUs,
            plan,
            calendarOffsetMs: () => node.calendarOffsetMs,
            lookUs: () => (this.isCalm ? 0 : this.weather.lookUs),
            turnUs: () => this.#dice.between(1, this.isCalm ? 1 : this.weather.turnUsMax),
          }),
          links: new SimulatedLinks(id, this.#linksWorldOf(node, ids)),
          store: new SimulatedStore({
            node: id,
            database: this.database,
            dice: storeDice,
            weather: this.weather,
            mood: () => this.moods.get('all') ?? this.moods.get(id) ?? 'well',
            planAtDatabase: (delayUs, run) => this.plan(delayUs, { node: null, label: 'database' }, run),
            plan: (delayUs, run) => plan(delayUs, 'answer of the database', run),
          }),
        };
      },
      onCommitted: (entries) => this.#onCommitted(id, entries),
      onRestart: () => this.count('snapshots'),
      onEnd: (reason, why) => {
        // Told at the end of the event: thrown here it could get lost in a promise of the node.
        if (why === 'assertion') this.#ended ??= new Violation('assertion', `${id} ended: ${reason.message}`);
        else this.plan(1, { node: null, label: `${id}: disk failed` }, () => this.crash(node, 'process'));
      },
      log: this.#logOf(id),
    });
    return node;
  }

  #linksWorldOf(node: ClusterNode, ids: readonly NodeId[]): LinksWorld {
    const of = (id: NodeId): ClusterNode | undefined => this.nodes.find((each) => each.id === id);
    return {
      peers: ids,
      of: (id) => {
        const other = of(id);
        return other?.isUp === true ? other.links : null;
      },
      after: (delayMs, run) => this.planAt(node, Math.round(delayMs * 1000), 'timer of a link', run),
      carry: (frame, deliver) => {
        const other = of(frame.to);
        const delayUs = this.network.delayUs(frame);
        if (other === undefined || !other.isUp || delayUs === null) return;
        this.planAt(other, delayUs, `${frame.channel} from ${frame.from}`, () => {
          if (!this.network.isCut(frame.from, frame.to)) deliver();
        });
      },
      onAnswer: ({ from, channel, request, payload }) => {
        if (channel !== 'fill') return;
        const asked = readFillRequest(request);
        const { values, label } = readFillAnswer(payload, asked);
        this.#fills.push({ from, label, keys: asked.keys, values });
      },
    };
  }

  #makeDisk(at: number, dice: Dice): SimulatedDisk {
    const [least, most] = this.weather.diskUs;
    return new SimulatedDisk({
      random: dice.random,
      schedule: (step) => {
        const slow = !this.isCalm && dice.chance(0.02) ? this.weather.slowDiskFactor : 1;
        this.plan(
          dice.between(least, this.isCalm ? Math.min(most, 500) : most) * slow,
          { node: at, label: 'disk' },
          step,
        );
      },
    });
  }

  #tickFrom(at: number, node: ClusterNode, everyUs: number): void {
    const tick = (): void => {
      if (node.isUp) node.driver.tick();
      this.plan(everyUs, { node: at, label: 'tick' }, tick);
    };
    this.plan(this.#dice.between(1, everyUs), { node: at, label: 'tick' }, tick);
  }

  #logOf(id: NodeId): NodeLog {
    const say = (fields: object, message: string): void =>
      this.#trace?.(`    ${id} says ${message} ${JSON.stringify(fields)}`);
    return { debug: () => undefined, info: say, warn: say, error: say };
  }
}

function nothingTold(): Told {
  return { mutationsAsked: [], mutationsTold: [], readsTold: [], statusesTold: [] };
}

function isMarked(entity: Entity | null): boolean {
  return entity !== null && entity.deletingKey !== null;
}

import { assert, impossible } from './assert.ts';
import { beforeFirst, plus } from './log-index.ts';
import { Raft } from './raft.ts';
import type { RaftOptions } from './options.ts';
import { SafetyJudge } from './testing-judge.ts';
import type {
  Configuration,
  Entry,
  HardState,
  LogIndex,
  LogPlace,
  Message,
  MessageKind,
  NodeId,
  Outbox,
  Persist,
  ReadReady,
  SnapshotMark,
  Term,
} from './types.ts';

/**
 * A cluster in memory for the tests of this room: real cores, a network that tests can bend, disks that answer when asked to,
 * and judges that look after every event. The simulator in `tests/simulation` is its grown-up sister with the real driver and log.
 */

export function nodeId(name: string): NodeId {
  return name as NodeId;
}

const entries = new Map<string, Entry>();

/** The same entry each time: judges know entries by the identity of their data. */
export function entry(index: number, term: number, text = ''): Entry {
  const key = `${index} ${term} ${text}`;
  const known = entries.get(key);
  if (known !== undefined) return known;
  const made: Entry = { index: index as LogIndex, term: term as Term, kind: 'command', data: bytesOf(text) };
  entries.set(key, made);
  return made;
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length }, (_byte, place) => text.charCodeAt(place));
}

/** A log with one entry for each term given. */
export function logOf(...terms: readonly number[]): readonly Entry[] {
  return terms.map((term, place) => entry(place + 1, term));
}

/** Small and seeded; good enough to draw faults with (mulberry32). */
export function diceOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Disk {
  hardState: HardState;
  mark: SnapshotMark;
  entries: Entry[];
  lost: LogPlace | null;
}

interface Held {
  readonly persist: Persist | null;
  readonly messages: readonly Message[];
}

export class TestNode {
  readonly id: NodeId;
  core: Raft;
  readonly disk: Disk;
  isUp = true;
  /** Writes stay under way until `flush`; else they are durable at once. */
  isDiskSlow = false;
  /** Calls gather in the core until `endTurn`, as when a driver takes several messages before it acts. */
  isTurnOpen = false;
  /** In order: writes under way, and what may be sent after them. */
  underWay: Held[] = [];
  applied: Entry[] = [];
  restarts: SnapshotMark[] = [];
  reads: ReadReady[] = [];

  constructor(id: NodeId, core: Raft, disk: Disk) {
    this.id = id;
    this.core = core;
    this.disk = disk;
  }

  get status() {
    return this.core.status();
  }

  /** Terms of the log that is held, oldest first. */
  get terms(): readonly number[] {
    return this.core.entries(this.status.firstIndex, Infinity).map((held) => held.term);
  }
}

export interface TestNetworkOptions {
  readonly voters: readonly string[];
  readonly learners?: readonly string[];
  readonly seed?: number;
  /** Per node: what its disk holds at the start. */
  readonly logs?: Readonly<Record<string, readonly Entry[]>>;
  readonly terms?: Readonly<Record<string, number>>;
  readonly core?: Partial<RaftOptions>;
  readonly perNode?: Readonly<Record<string, Partial<RaftOptions>>>;
}

export class TestNetwork {
  readonly nodes = new Map<NodeId, TestNode>();
  readonly judge = new SafetyJudge();
  /** On their way, oldest first. */
  messages: Message[] = [];
  /** Every message that was ever sent. */
  readonly sent: Message[] = [];
  /** False: the message is lost. */
  passes: (message: Message) => boolean = () => true;
  readonly dice: () => number;
  readonly #options: TestNetworkOptions;
  readonly #configuration: Configuration;
  readonly #cuts = new Set<string>();

  constructor(options: TestNetworkOptions) {
    this.#options = options;
    this.dice = diceOf(options.seed ?? 1);
    this.#configuration = { voters: options.voters.map(nodeId), learners: (options.learners ?? []).map(nodeId) };
    for (const id of [...this.#configuration.voters, ...this.#configuration.learners])
      this.add(id, this.#configuration);
  }

  /** A node with the log of the options, or an empty one. */
  add(id: NodeId, configuration: Configuration = { voters: [], learners: [] }): TestNode {
    const entries = [...(this.#options.logs?.[id] ?? [])];
    const term = (this.#options.terms?.[id] ?? entries.at(-1)?.term ?? 0) as Term;
    const mark = { index: beforeFirst, term: 0 as Term, configuration };
    const disk: Disk = { hardState: { term, votedFor: null }, mark, entries, lost: null };
    const node = new TestNode(id, this.#startCore(id, disk), disk);
    this.nodes.set(id, node);
    return node;
  }

  node(name: string): TestNode {
    return this.nodes.get(nodeId(name)) ?? impossible(`no node ${name}`);
  }

  /** One call of a core, and what a driver does about it. */
  act<Result>(node: TestNode, call: (core: Raft) => Result): Result {
    assert(node.isUp, 'a crashed node does nothing');
    const result = call(node.core);
    if (!node.isTurnOpen) this.#carryOut(node, node.core.takeOutbox());
    this.judge.look(this.nodes.values());
    return result;
  }

  /** What was asked for since the turn began is carried out. */
  endTurn(name: string): void {
    const node = this.node(name);
    node.isTurnOpen = false;
    this.#carryOut(node, node.core.takeOutbox());
  }

  propose(name: string, text: string) {
    return this.act(this.node(name), (core) => core.propose({ kind: 'command', data: bytesOf(text) }));
  }

  /** All that is under way on this node's disk becomes durable. */
  flush(name: string): void {
    while (this.flushOne(this.node(name)));
  }

  /** The oldest write under way becomes durable. */
  flushOne(node: TestNode): boolean {
    const held = node.underWay.shift();
    if (held === undefined) return false;
    if (held.persist !== null) {
      write(node.disk, held.persist);
      const { sequence } = held.persist;
      this.#send(held.messages);
      this.act(node, (core) => core.persisted(sequence));
    } else {
      this.#send(held.messages);
    }
    return true;
  }

  deliver(message: Message): void {
    const node = this.nodes.get(message.to);
    if (node === undefined || !node.isUp || this.isCut(message.from, message.to) || !this.passes(message)) return;
    this.act(node, (core) => core.step(message));
  }

  /** Until nothing is on its way. */
  deliverAll(): void {
    let deliveriesMax = 100_000;
    for (let message = this.messages.shift(); message !== undefined; message = this.messages.shift()) {
      assert(deliveriesMax-- > 0, 'the cluster never falls silent');
      this.deliver(message);
    }
  }

  /** Time passes on every node that is up; messages arrive between ticks. */
  pass(ticks: number): void {
    for (let tick = 0; tick < ticks; tick++) {
      for (const node of this.nodes.values()) {
        if (node.isUp) this.act(node, (core) => core.tick());
      }
      this.deliverAll();
    }
  }

  /** Time passes on one node only. */
  tick(name: string, ticks = 1): void {
    for (let tick = 0; tick < ticks; tick++) this.act(this.node(name), (core) => core.tick());
  }

  /** Time passes on this node only, until it leads. */
  elect(name: string): TestNode {
    const node = this.node(name);
    for (let tick = 0; tick < 1000 && node.status.role !== 'leader'; tick++) {
      this.tick(name);
      this.deliverAll();
    }
    assert(node.status.role === 'leader', `${name} was not elected`);
    return node;
  }

  /** These nodes hear no leader any more, so that they may elect another one. */
  forgetLeader(...names: readonly string[]): void {
    for (const name of names) {
      const { leader } = this.node(name).status;
      if (leader !== null) this.act(this.node(name), (core) => core.peerClosed(leader));
    }
  }

  /** Until some node leads with an entry of its term committed, and everyone who can hear it follows. */
  waitForLeader(ticksMax = 1000): TestNode {
    for (let tick = 0; tick < ticksMax; tick++) {
      for (const node of this.nodes.values())
        if (node.isUp && node.status.ownTermCommitted && node.status.hasQuorum) return node;
      this.pass(1);
    }
    return impossible(`no leader within ${ticksMax} ticks`);
  }

  cut(from: string, to: string): void {
    this.#cuts.add(`${from}>${to}`);
  }

  isolate(name: string): void {
    for (const other of this.nodes.keys()) {
      this.cut(name, other);
      this.cut(other, name);
    }
  }

  heal(): void {
    this.#cuts.clear();
    this.passes = () => true;
  }

  isCut(from: NodeId, to: NodeId): boolean {
    return this.#cuts.has(`${from}>${to}`);
  }

  /** What was not durable is gone, and so is what was in memory. Messages on their way stay on their way. */
  crash(name: string): void {
    const node = this.node(name);
    node.isUp = false;
    node.isTurnOpen = false;
    node.underWay = [];
  }

  restart(name: string): void {
    const node = this.node(name);
    node.core = this.#startCore(node.id, node.disk);
    node.isUp = true;
    node.applied = [];
    node.reads = [];
    this.judge.look(this.nodes.values());
  }

  /** Kinds of the messages sent since `from`, a length of `sent` noted before. */
  kindsSince(from: number): readonly MessageKind[] {
    return this.sent.slice(from).map((message) => message.kind);
  }

  #startCore(id: NodeId, disk: Disk): Raft {
    return new Raft({
      id,
      hardState: disk.hardState,
      mark: disk.mark,
      entries: [...disk.entries],
      lost: disk.lost,
      electionTimeoutTicks: 10,
      heartbeatTicks: 2,
      random: this.dice,
      inflightMessagesMax: 16,
      inflightBytesMax: 1 << 20,
      entriesBytesPerMessageMax: 1 << 16,
      uncommittedBytesMax: 1 << 20,
      ...this.#options.core,
      ...this.#options.perNode?.[id],
    });
  }

  #carryOut(node: TestNode, outbox: Outbox): void {
    this.#send(outbox.sendNow);
    if (outbox.restart !== null) {
      node.restarts.push(outbox.restart);
      node.applied = [];
    }
    node.applied.push(...outbox.apply);
    node.reads.push(...outbox.readsReady);
    this.judge.applied(node.id, outbox.apply);
    if (outbox.persist === null && (outbox.sendAfterPersist.length === 0 || node.underWay.length === 0)) {
      this.#send(outbox.sendAfterPersist);
      return;
    }
    node.underWay.push({ persist: outbox.persist, messages: outbox.sendAfterPersist });
    if (!node.isDiskSlow) while (node.isUp && this.flushOne(node));
  }

  #send(messages: readonly Message[]): void {
    this.messages.push(...messages);
    this.sent.push(...messages);
  }
}

function write(disk: Disk, persist: Persist): void {
  if (persist.hardState !== null) disk.hardState = persist.hardState;
  if (persist.reset !== null) {
    disk.mark = persist.reset;
    disk.entries = [];
  }
  if (persist.truncateFrom !== null) disk.entries.length = persist.truncateFrom - disk.mark.index - 1;
  for (const added of persist.entries) {
    assert(added.index === plus(disk.mark.index, disk.entries.length + 1), 'entries are written without a gap');
    disk.entries.push(added);
  }
  if (persist.compactTo !== null) {
    disk.entries.splice(0, persist.compactTo.index - disk.mark.index);
    disk.mark = persist.compactTo;
  }
  if (persist.lost !== undefined) disk.lost = persist.lost;
}

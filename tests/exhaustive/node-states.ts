import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { AssertionFailed } from '#consensus/core/assert.ts';
import { Raft } from '#consensus/core/raft.ts';
import type { Entry, HardState, LogIndex, Message, NodeId, Outbox, Persist, Term } from '#consensus/core/types.ts';
import type { Bounds } from './bounds.ts';
import { copyOf, stateOf, textOfCore, textOfEntry } from './core-image.ts';
import { Interned } from './interned.ts';

export const names = ['n1', 'n2', 'n3'] as const as unknown as readonly NodeId[];

export const electionTimeoutTicks = 2;

/** What can happen to one node. `argument`: the message's number, the client entry, or the writes that a crash leaves done. */
export const inputKinds = ['deliver', 'wait', 'propose', 'written', 'crash'] as const;
export interface Input {
  readonly kind: (typeof inputKinds)[number];
  readonly argument: number;
}

/** A write that is under way, and what may leave after it. */
interface Held {
  readonly persist: Persist;
  readonly messages: readonly number[];
}

interface Disk {
  readonly hardState: HardState;
  readonly entries: readonly Entry[];
}

/** One node with its disk. Never changed: what happens to it makes another. */
export interface NodeState {
  readonly number: number;
  readonly node: number;
  readonly core: Raft;
  readonly disk: Disk;
  readonly held: readonly Held[];
  readonly term: number;
  readonly isLeader: boolean;
  readonly commit: number;
  /** Numbers of entries, the first at place 0; and the number of the whole list. */
  readonly log: readonly number[];
  readonly logNumber: number;
  readonly diskLog: readonly number[];
  readonly diskLogNumber: number;
  /** What happened to it so far, as far as anybody asked. */
  readonly outcomes: Map<number, Outcome>;
}

/** What an input makes of a node, and of the world around it. */
export interface Outcome {
  readonly kind: 'changed' | 'out-of-bounds' | 'broken';
  readonly next: NodeState;
  /** Numbers of messages, ascending. */
  readonly sent: readonly number[];
  /** Real votes that left: `term * 4 + candidate`. */
  readonly votes: readonly number[];
  readonly applied: readonly number[];
  /** What broke: an assertion of the core. */
  readonly what: string;
}

const none: readonly never[] = [];

/**
 * Every state that a single node was ever in, and what each input made of it. The core is a function of its state and its input, so a
 * call that was made before in the same state need not be made again; the world is then three numbers and the messages under way.
 */
export class NodeStates {
  readonly messages: Message[] = [];
  readonly entries = new Interned();
  readonly logs = new Interned();
  /** By number. */
  readonly all: NodeState[] = [];
  /** Calls of the core. */
  calls = 0;
  readonly #bounds: Bounds;
  readonly #messageNumbers = new Interned();
  readonly #byDigest = new Map<string, NodeState>();

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** A node with an empty disk. */
  root(node: number): NodeState {
    const disk: Disk = { hardState: { term: 0 as Term, votedFor: null }, entries: [] };
    const made = this.#state({ node, core: this.#start(node, disk), disk, held: [] });
    return this.#of(made);
  }

  /** Null when it cannot happen to this node now. */
  outcome(state: NodeState, input: Input): Outcome | null {
    const key = inputKinds.indexOf(input.kind) + inputKinds.length * input.argument;
    const known = state.outcomes.get(key);
    if (known !== undefined) return known;
    if (!isPossible(state, input)) return null;
    const outcome = this.happen(state, input);
    state.outcomes.set(key, outcome);
    return outcome;
  }

  /** The same without looking it up. */
  happen(state: NodeState, input: Input): Outcome {
    const turn = new Turn(this, state);
    try {
      this.#carryOut(turn, input);
    } catch (error) {
      if (!(error instanceof AssertionFailed)) throw error;
      return { kind: 'broken', next: state, sent: none, votes: none, applied: none, what: error.message };
    }
    const next = this.#of(this.#state(turn));
    const isOutside = next.term > this.#bounds.terms || turn.isBeyond(this.#bounds.terms);
    const sent = [...turn.sent].sort((a, b) => a - b);
    const { votes, applied } = turn;
    return { kind: isOutside ? 'out-of-bounds' : 'changed', next, sent, votes, applied, what: '' };
  }

  numberOf(message: Message): number {
    const number = this.#messageNumbers.numberOf(textOfMessage(message));
    this.messages[number] ??= message;
    return number;
  }

  /** Written in full: two nodes are one state if and only if this is equal. */
  textOf({ node, core, disk, held }: Omit<NodeState, 'number'>): string {
    const { acknowledgedSequence } = stateOf(core).durability;
    const diskText = `${disk.hardState.term} ${disk.hardState.votedFor} ${disk.entries.map(textOfEntry).join()}`;
    const heldText = held.map(({ persist, messages }) => {
      const { sequence, hardState, truncateFrom, entries } = persist;
      const writes = `${hardState?.term} ${hardState?.votedFor} ${truncateFrom} ${entries.map(textOfEntry).join()}`;
      const sends = messages.map((number) => this.#messageNumbers.textOf(number)).sort();
      return `${sequence - acknowledgedSequence} ${writes} ${sends.join()}`;
    });
    return `${node}|${textOfCore(core)}|${diskText}|${heldText.join('|')}`;
  }

  #carryOut(turn: Turn, input: Input): void {
    this.calls++;
    switch (input.kind) {
      case 'deliver': {
        const message = this.messages[input.argument];
        assert(message !== undefined, `message ${input.argument} is known`);
        turn.core.step(message);
        turn.end();
        break;
      }
      case 'wait':
        wait(turn);
        break;
      case 'propose': {
        const answer = turn.core.propose({ kind: 'command', data: Uint8Array.of(input.argument) });
        assert('index' in answer, 'a leader takes what is proposed');
        turn.end();
        break;
      }
      case 'written':
        turn.finishWrite();
        break;
      case 'crash':
        for (let done = 0; done < input.argument; done++) turn.writeWithoutAnswer();
        turn.held = [];
        turn.core = this.#start(turn.node, turn.disk);
        turn.end();
        break;
      default:
        input.kind satisfies never;
    }
  }

  #start(node: number, { hardState, entries }: Disk): Raft {
    const id = names[node];
    assert(id !== undefined, `there is no node ${node}`);
    return new Raft({
      id,
      hardState,
      mark: { index: 0 as LogIndex, term: 0 as Term, configuration: { voters: names, learners: [] } },
      entries,
      electionTimeoutTicks,
      heartbeatTicks: 1,
      // A campaign comes one tick after the end of patience; which node's comes first is for the order of actions to say.
      random: () => 0.5,
      inflightMessagesMax: 2,
      inflightBytesMax: 1 << 20,
      // One entry a message: more of the orders in which they may arrive.
      entriesBytesPerMessageMax: 1,
      uncommittedBytesMax: 1 << 20,
      preVote: !this.#bounds.plain,
      checkQuorum: !this.#bounds.plain,
    });
  }

  #state({ node, core, disk, held }: Pick<NodeState, 'node' | 'core' | 'disk' | 'held'>): Omit<NodeState, 'number'> {
    const { term, isLeader, commitIndex: commit, log: held_ } = stateOf(core);
    const log = core.entries(held_.firstIndex, Infinity).map((entry) => this.#entryNumber(entry));
    const diskLog = disk.entries.map((entry) => this.#entryNumber(entry));
    const logNumber = this.logs.numberOf(log.join());
    const diskLogNumber = this.logs.numberOf(diskLog.join());
    const outcomes = new Map<number, Outcome>();
    return { node, core, disk, held, term, isLeader, commit, log, logNumber, diskLog, diskLogNumber, outcomes };
  }

  #entryNumber(entry: Entry): number {
    return this.entries.numberOf(textOfEntry(entry));
  }

  #of(made: Omit<NodeState, 'number'>): NodeState {
    const digest = hash('sha1', this.textOf(made), 'base64');
    let state = this.#byDigest.get(digest);
    if (state === undefined) {
      state = { ...made, number: this.all.length };
      this.#byDigest.set(digest, state);
      this.all.push(state);
    }
    return state;
  }
}

function isPossible(state: NodeState, input: Input): boolean {
  if (input.kind === 'propose') return state.isLeader && !stateOf(state.core).isTransferring;
  if (input.kind === 'written') return state.held.length > 0;
  return input.kind !== 'crash' || input.argument <= state.held.length;
}

/**
 * Time: to the next tick at which something happens. On a leader every tick is one. Another node's patience with its leader ends, and
 * later it campaigns; ticks between change nothing that can be seen.
 */
function wait(turn: Turn): void {
  const state = stateOf(turn.core);
  const isPatient = (): boolean =>
    state.leader !== null && state.nowTick - state.leaderHeardTick < electionTimeoutTicks;
  if (state.isLeader) {
    turn.core.tick();
    turn.end();
    return;
  }
  const wasPatient = isPatient();
  for (let ticks = 0; ticks < 3 * electionTimeoutTicks; ticks++) {
    const isDue = state.nowTick + 1 >= state.campaignAtTick;
    turn.core.tick();
    turn.end();
    if (isDue || isPatient() !== wasPatient) return;
  }
  assert.fail('a node that waits campaigns');
}

/** One input to one node, and what its driver does about it in the order that `consensus/README.md` gives. */
class Turn {
  readonly node: number;
  core: Raft;
  disk: Disk;
  held: readonly Held[];
  readonly sent = new Set<number>();
  readonly votes: number[] = [];
  readonly applied: number[] = [];
  readonly #states: NodeStates;

  constructor(states: NodeStates, from: NodeState) {
    this.#states = states;
    this.node = from.node;
    this.core = copyOf(from.core);
    this.disk = from.disk;
    this.held = from.held;
  }

  /** The outbox is carried out; what waits for the disk stays under way. */
  end(): void {
    const outbox = this.core.takeOutbox();
    this.#send(outbox.sendNow.map((message) => this.#states.numberOf(message)));
    for (const entry of outbox.apply) this.applied.push(this.#states.entries.numberOf(textOfEntry(entry)));
    this.#hold(outbox);
  }

  /** The oldest write is done, its messages leave, and the core hears of it. */
  finishWrite(): void {
    const done = this.writeWithoutAnswer();
    this.#send(done.messages);
    this.core.persisted(done.persist.sequence);
    this.end();
  }

  /** The disk has it, and the node does not know. */
  writeWithoutAnswer(): Held {
    const [done, ...rest] = this.held;
    assert(done !== undefined, 'a write is under way');
    this.held = rest;
    this.disk = written(this.disk, done.persist);
    return done;
  }

  /** It said something of a term that lies outside. */
  isBeyond(terms: number): boolean {
    for (const number of this.sent) if ((this.#states.messages[number]?.term ?? 0) > terms) return true;
    return this.held.some(({ messages }) =>
      messages.some((number) => (this.#states.messages[number]?.term ?? 0) > terms),
    );
  }

  #hold({ persist, sendAfterPersist }: Outbox): void {
    const messages = sendAfterPersist.map((message) => this.#states.numberOf(message));
    const newest = this.held.at(-1);
    if (persist !== null) this.held = [...this.held, { persist, messages }];
    else if (newest === undefined) this.#send(messages);
    // It waits for all that is under way.
    else if (messages.length > 0)
      this.held = [...this.held.slice(0, -1), { ...newest, messages: [...newest.messages, ...messages] }];
  }

  #send(numbers: readonly number[]): void {
    for (const number of numbers) {
      this.sent.add(number);
      const message = this.#states.messages[number];
      if (message?.kind === 'vote-response' && message.granted)
        this.votes.push(message.term * 4 + names.indexOf(message.to) + 1);
    }
  }
}

function written(disk: Disk, persist: Persist): Disk {
  assert(
    persist.reset === null && persist.compactTo === null && persist.lost === undefined,
    'nothing is compacted here',
  );
  const kept = persist.truncateFrom === null ? disk.entries : disk.entries.slice(0, persist.truncateFrom - 1);
  const [first] = persist.entries;
  assert(first === undefined || first.index === kept.length + 1, 'entries are written without a gap');
  return { hardState: persist.hardState ?? disk.hardState, entries: [...kept, ...persist.entries] };
}

function textOfMessage(message: Message): string {
  return JSON.stringify(message, (key, value: unknown) =>
    key === 'entries' && Array.isArray(value) ? (value as readonly Entry[]).map(textOfEntry) : value,
  );
}

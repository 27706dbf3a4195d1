import type { Bounds } from './bounds.ts';
import { Judge } from './judge.ts';
import { names, NodeStates } from './node-states.ts';
import type { Input, NodeState } from './node-states.ts';
import { Violation } from '#tests/simulation/evidence.ts';

/** All that can happen next. `node`: to whom; `argument`: see Input, for the first three the message. */
export const actionKinds = ['deliver', 'duplicate', 'lose', 'wait', 'propose', 'written', 'crash'] as const;
export interface Action {
  readonly kind: (typeof actionKinds)[number];
  readonly node: number;
  readonly argument: number;
}

/** A world as numbers: the three nodes, the history, what was spent of the bounds; then the messages under way, ascending. */
export const headLength = 5;
const historyPlace = 3;
const spentPlace = 4;
/** Each spending counts in four bits of its own. */
const spendings = ['crashes', 'duplicates', 'losses', 'entries', 'leaderTicks'] as const;
type Spending = (typeof spendings)[number];

const numbersMax = 512;

/** Takes a world apart, lets one thing happen, and judges what comes out. */
export class World {
  readonly states: NodeStates;
  readonly judge: Judge;
  readonly bounds: Bounds;
  /** What the last `happen` made. */
  readonly next = new Int32Array(numbersMax);
  nextLength = 0;

  constructor(bounds: Bounds) {
    this.bounds = bounds;
    this.states = new NodeStates(bounds);
    this.judge = new Judge(this.states);
  }

  root(): Int32Array {
    const nodes = names.map((_name, node) => this.states.root(node).number);
    return Int32Array.from([...nodes, this.judge.root(), 0]);
  }

  node(world: Int32Array, node: number): NodeState {
    const state = this.states.all[world[node] ?? -1];
    if (state === undefined) throw new Error(`node ${node} of a world that was never made`);
    return state;
  }

  /** Every action that the bounds allow here. */
  actions(
    world: Int32Array,
    length: number,
    take: (kind: Action['kind'], node: number, argument: number) => void,
  ): void {
    for (let place = headLength; place < length; place++) {
      const message = world[place] ?? 0;
      const to = this.#receiver(message);
      const { anyNetwork } = this.bounds;
      if (!anyNetwork) take('deliver', to, message);
      if (anyNetwork || this.#has(world, 'duplicates')) take('duplicate', to, message);
      if (!anyNetwork && this.#has(world, 'losses')) take('lose', to, message);
    }
    for (let node = 0; node < names.length; node++) {
      const { held, isLeader } = this.node(world, node);
      if (held.length > 0) take('written', node, 0);
      if (!isLeader || this.#has(world, 'leaderTicks')) take('wait', node, 0);
      if (isLeader && this.#has(world, 'entries')) take('propose', node, this.#spent(world, 'entries') + 1);
      if (this.#has(world, 'crashes')) for (let done = 0; done <= held.length; done++) take('crash', node, done);
    }
  }

  /**
   * False when it cannot happen or leads out of the bounds. Else `next` is the world after it. Throws Violation, also for an assertion
   * of the core.
   */
  happen(world: Int32Array, length: number, { kind, node, argument }: Action): boolean {
    if (kind === 'lose') {
      this.#assemble(world, { length, taken: argument, sent: [] });
      this.#spend('losses');
      return true;
    }
    const before = this.node(world, node);
    const outcome = this.states.outcome(before, { kind: inputOf(kind), argument });
    if (outcome === null || outcome.kind === 'out-of-bounds') return false;
    if (outcome.kind === 'broken') throw new Violation('assertion', outcome.what);
    this.#assemble(world, { length, taken: kind === 'deliver' ? argument : -1, sent: outcome.sent });
    this.next[node] = outcome.next.number;
    const nodes = [this.node(this.next, 0), this.node(this.next, 1), this.node(this.next, 2)] as const;
    this.next[historyPlace] = this.judge.look(world[historyPlace] ?? 0, before, outcome, nodes);
    if (kind === 'duplicate' && !this.bounds.anyNetwork) this.#spend('duplicates');
    else if (kind === 'crash') this.#spend('crashes');
    else if (kind === 'propose') this.#spend('entries');
    else if (kind === 'wait' && before.isLeader) this.#spend('leaderTicks');
    return true;
  }

  #receiver(message: number): number {
    const to = this.states.messages[message]?.to;
    return to === undefined ? -1 : names.indexOf(to);
  }

  #spent(world: Int32Array, what: Spending): number {
    return ((world[spentPlace] ?? 0) >> (4 * spendings.indexOf(what))) & 15;
  }

  #has(world: Int32Array, what: Spending): boolean {
    return this.#spent(world, what) < this.bounds[what];
  }

  #spend(what: Spending): void {
    this.next[spentPlace] = (this.next[spentPlace] ?? 0) + (1 << (4 * spendings.indexOf(what)));
  }

  /** The head as it was, and the messages under way without the one taken, with those sent. Of equal ones there is one. */
  #assemble(
    world: Int32Array,
    { length, taken, sent }: { readonly length: number; readonly taken: number; readonly sent: readonly number[] },
  ): void {
    const { next } = this;
    for (let place = 0; place < headLength; place++) next[place] = world[place] ?? 0;
    let to = headLength;
    let fromSent = 0;
    for (let from = headLength; from < length; from++) {
      const message = world[from] ?? 0;
      if (message === taken) continue;
      for (; fromSent < sent.length && (sent[fromSent] ?? 0) <= message; fromSent++) {
        if (sent[fromSent] !== message) next[to++] = sent[fromSent] ?? 0;
      }
      next[to++] = message;
    }
    for (; fromSent < sent.length; fromSent++) next[to++] = sent[fromSent] ?? 0;
    if (to >= numbersMax) throw new Error(`${to - headLength} messages under way at once`);
    this.nextLength = to;
  }
}

function inputOf(kind: Exclude<Action['kind'], 'lose'>): Input['kind'] {
  return kind === 'duplicate' ? 'deliver' : kind;
}

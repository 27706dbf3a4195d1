import { names } from './node-states.ts';
import type { Action, World } from './world.ts';
import { headLength } from './world.ts';

/** Where an exploration begins: what is far from an empty cluster is met sooner from a place near it. Each is played by real steps. */
export type Scene = (play: Play) => void;

const roundsMax = 30;

export const scenes: Readonly<Record<string, Scene>> = {
  /** Three empty disks. */
  empty: () => undefined,

  /** n1 leads term 1, everybody has the entry of its start and knows it committed; nothing is under way. */
  led: (play) => {
    play.elect(0, [1, 2]);
    play.settle([0, 1, 2], () => true);
  },

  /** n1 led term 1, n2 leads term 2, each with the vote of n3 alone; the entries of their starts are on their own disks alone. */
  divided: (play) => {
    play.elect(0, [2]);
    play.elect(1, [2]);
  },

  /** Figure 8 (c) of the Raft paper: as `divided`, then n1 crashed, was elected in term 3, and n3 has its entry of term 1 on disk. */
  'figure-8': (play) => {
    play.elect(0, [2]);
    play.elect(1, [2]);
    play.happen({ kind: 'crash', node: 0, argument: 0 });
    play.elect(0, [2]);
    play.settle(
      [0, 2],
      (kind) => kind.startsWith('append'),
      () => play.diskLength(2) === 1,
    );
  },
};

/** One world on its way to the beginning. What happens in a scene is not taken from the bounds. */
export class Play {
  readonly actions: Action[] = [];
  readonly #world: World;
  #now: Int32Array;

  constructor(world: World) {
    this.#world = world;
    this.#now = world.root();
  }

  /** The world as it is, with nothing spent. */
  get now(): Int32Array {
    return this.#now.with(4, 0);
  }

  happen(action: Action): void {
    if (!this.#world.happen(this.#now, this.#now.length, action))
      throw new Error(`${JSON.stringify(action)} cannot happen`);
    this.#now = this.#world.next.slice(0, this.#world.nextLength);
    this.actions.push(action);
  }

  diskLength(node: number): number {
    return this.#world.node(this.#now, node).diskLog.length;
  }

  /** Until it leads and the entry of its start is on its own disk; what was said before is lost, its appends are under way. */
  elect(node: number, voters: readonly number[]): void {
    const among = [node, ...voters];
    for (let round = 0; round < roundsMax; round++) {
      this.#loseAll();
      this.happen({ kind: 'wait', node, argument: 0 });
      this.settle(among, (kind) => kind.includes('vote'));
      if (this.#world.node(this.#now, node).isLeader) return;
    }
    throw new Error(`${names[node]} was not elected`);
  }

  /** Until no write and no such message is under way among these, or as told. */
  settle(among: readonly number[], passes: (kind: string) => boolean, isEnough: () => boolean = () => false): void {
    for (let step = 0; step < 1000; step++) {
      const action = this.#pending(among, passes);
      if (action === null || isEnough()) return;
      this.happen(action);
    }
    throw new Error('the scene never falls silent');
  }

  #pending(among: readonly number[], passes: (kind: string) => boolean): Action | null {
    for (const node of among) {
      if (this.#world.node(this.#now, node).held.length > 0) return { kind: 'written', node, argument: 0 };
    }
    for (const argument of this.#now.subarray(headLength)) {
      const message = this.#world.states.messages[argument];
      if (message === undefined || !passes(message.kind)) continue;
      const [from, to] = [names.indexOf(message.from), names.indexOf(message.to)];
      if (among.includes(from) && among.includes(to)) return { kind: 'deliver', node: to, argument };
    }
    return null;
  }

  #loseAll(): void {
    for (const argument of this.#now.slice(headLength)) this.happen({ kind: 'lose', node: 0, argument });
  }
}

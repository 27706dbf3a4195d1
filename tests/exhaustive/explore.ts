import type { Bounds } from './bounds.ts';
import { Frontier } from './frontier.ts';
import { Path } from './path.ts';
import { Play, scenes } from './scenes.ts';
import { StateSet } from './state-set.ts';
import { Violation } from '#tests/simulation/evidence.ts';
import { actionKinds, World } from './world.ts';
import type { Action } from './world.ts';

export interface Exploration {
  /** Distinct states. */
  readonly states: number;
  readonly transitions: number;
  /** Every state that can be reached with so many actions was met; and how many states each level has. */
  readonly depth: number;
  readonly levels: readonly number[];
  /** Whether nothing within the bounds is left. */
  readonly isComplete: boolean;
  /** States of single nodes, calls of the core that they took, messages that are different. */
  readonly nodeStates: number;
  readonly calls: number;
  readonly messages: number;
  /** Paths that were walked again by cores of their own, without anything remembered, and ended in the same state. */
  readonly walkedAgain: number;
  readonly violation: { readonly property: string; readonly what: string; readonly path: readonly string[] } | null;
}

const progressEvery = 1_000_000;

/** Breadth first, so that the path to the first violation is a shortest one. */
export function explore(
  bounds: Bounds,
  { again, progress }: { readonly again: number; readonly progress: (line: string) => void },
): Exploration {
  return new Explorer(bounds, progress).run(again);
}

class Explorer {
  readonly #bounds: Bounds;
  readonly #progress: (line: string) => void;
  readonly #world: World;
  readonly #play: Play;
  readonly #met: StateSet;
  readonly #frontier = new Frontier();
  /** By number of a state, in the order in which they were met: from which it was made, and by what. */
  readonly #parents: Uint32Array;
  readonly #actions: Uint32Array;
  readonly #levels: number[] = [1];
  #transitions = 0;

  constructor(bounds: Bounds, progress: (line: string) => void) {
    this.#bounds = bounds;
    this.#progress = progress;
    this.#world = new World(bounds);
    this.#play = new Play(this.#world);
    this.#met = new StateSet(bounds.states);
    this.#parents = new Uint32Array(bounds.states);
    this.#actions = new Uint32Array(bounds.states);
  }

  run(again: number): Exploration {
    const scene = scenes[this.#bounds.scene];
    if (scene === undefined)
      throw new Error(`there is no scene '${this.#bounds.scene}': ${Object.keys(scenes).join(', ')}`);
    scene(this.#play);
    const root = this.#play.now;
    this.#met.add(root, root.length);
    this.#frontier.push(root, root.length);
    const violation = this.#breadthFirst();
    const { states } = this.#world;
    const walkedAgain = violation === null ? this.#walkAgain(again) : 0;
    const isComplete = violation === null && this.#frontier.size === 0;
    // The last level is one that was not finished, or the empty one behind the end.
    const depth = this.#levels.length - (isComplete ? 1 : 2);
    return {
      states: this.#met.size,
      transitions: this.#transitions,
      depth,
      levels: this.#levels,
      isComplete,
      nodeStates: states.all.length,
      calls: states.calls,
      messages: states.messages.length,
      walkedAgain,
      violation,
    };
  }

  #breadthFirst(): Exploration['violation'] {
    const now = new Int32Array(this.#world.next.length);
    let levelEnd = 1;
    for (let parent = 0; this.#frontier.size > 0; parent++) {
      if (parent === levelEnd) {
        levelEnd = this.#met.size;
        this.#levels.push(levelEnd - parent);
        if (this.#levels.length > this.#bounds.depth) return null;
      }
      const length = this.#frontier.shift(now);
      const violation = this.#expand(now, { length, parent });
      if (violation !== null) return violation;
      if (this.#met.size >= this.#bounds.states) {
        this.#levels.push(this.#met.size - levelEnd);
        return null;
      }
    }
    return null;
  }

  #expand(
    now: Int32Array,
    { length, parent }: { readonly length: number; readonly parent: number },
  ): Exploration['violation'] {
    const world = this.#world;
    let violation: Exploration['violation'] = null;
    world.actions(now, length, (kind, node, argument) => {
      if (violation !== null || this.#met.size >= this.#bounds.states) return;
      const action = { kind, node, argument };
      try {
        if (!world.happen(now, length, action)) return;
      } catch (error) {
        if (!(error instanceof Violation)) throw error;
        violation = { property: error.property, what: error.message, path: this.#pathTo(parent, action).told() };
        return;
      }
      this.#transitions++;
      if (!this.#met.add(world.next, world.nextLength)) return;
      const number = this.#met.size - 1;
      this.#parents[number] = parent;
      this.#actions[number] = packed(action);
      this.#frontier.push(world.next, world.nextLength);
      if (number % progressEvery === 0) this.#tell();
    });
    return violation;
  }

  #tell(): void {
    const { size } = this.#met;
    const nodes = this.#world.states.all.length;
    this.#progress(
      `${size} states, level ${this.#levels.length}, ${this.#transitions} transitions, ${nodes} of single nodes`,
    );
  }

  #pathTo(parent: number, last: Action | null): Path {
    const actions: Action[] = last === null ? [] : [last];
    for (let state = parent; state !== 0; state = this.#parents[state] ?? 0)
      actions.unshift(unpacked(this.#actions[state] ?? 0));
    return new Path(this.#world, { scene: this.#play.actions, actions });
  }

  /** States all over the exploration, see `Path.walkAgain`. */
  #walkAgain(count: number): number {
    const step = Math.max(1, Math.floor(this.#met.size / Math.max(1, count)));
    let walked = 0;
    for (let state = this.#met.size - 1; state >= 0 && walked < count; state -= step, walked++)
      this.#pathTo(state, null).walkAgain();
    return walked;
  }
}

function packed({ kind, node, argument }: Action): number {
  return actionKinds.indexOf(kind) + 8 * (node + 4 * argument);
}

function unpacked(number: number): Action {
  const kind = actionKinds[number % 8];
  if (kind === undefined) throw new Error(`no action ${number}`);
  return { kind, node: Math.floor(number / 8) % 4, argument: Math.floor(number / 32) };
}

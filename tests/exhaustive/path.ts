import assert from 'node:assert/strict';
import { stateOf } from './core-image.ts';
import { names, NodeStates } from './node-states.ts';
import type { NodeState } from './node-states.ts';
import type { World } from './world.ts';
import type { Action } from './world.ts';

interface Steps {
  readonly scene: readonly Action[];
  readonly actions: readonly Action[];
}

/** How a state is reached: the scene, and then one action after the other. */
export class Path {
  readonly #world: World;
  readonly #steps: Steps;

  constructor(world: World, steps: Steps) {
    this.#world = world;
    this.#steps = steps;
  }

  /** A line for each action: what happens, and how the node is after it. */
  told(): readonly string[] {
    const lines: string[] = [];
    let now = this.#world.root();
    for (const [place, action] of [...this.#steps.scene, ...this.#steps.actions].entries()) {
      const isScene = place < this.#steps.scene.length;
      const told = this.#tell(action);
      const can = this.#canHappen(now, action);
      if (can) now = this.#world.next.slice(0, this.#world.nextLength);
      const end =
        action.kind === 'lose' ? '' : can ? ` → ${describe(this.#world.node(now, action.node))}` : ' → broken';
      lines.push(`${isScene ? 'scene' : String(place - this.#steps.scene.length + 1).padStart(5)}  ${told}${end}`);
    }
    return lines;
  }

  /**
   * The same actions happen to three new cores, each from its first call on, with nothing remembered, and every node must end in the
   * state that the exploration found it in. Shows that what is remembered of a call is what the call does.
   */
  walkAgain(): void {
    const states = new NodeStates(this.#world.bounds);
    const nodes = names.map((_name, node) => states.root(node));
    let now = this.#world.root();
    for (const action of [...this.#steps.scene, ...this.#steps.actions]) {
      assert(this.#world.happen(now, now.length, action), 'an explored path can be walked');
      now = this.#world.next.slice(0, this.#world.nextLength);
      if (action.kind === 'lose') continue;
      const from = nodes[action.node];
      assert(from !== undefined, 'an action happens to a node');
      nodes[action.node] = states.happen(from, this.#inputFor(states, action)).next;
    }
    for (const [node, walked] of nodes.entries()) {
      const found = this.#world.states.textOf(this.#world.node(now, node));
      assert.equal(states.textOf(walked), found, 'a path walked again ends where it ended');
    }
  }

  /** Messages have other numbers there. */
  #inputFor(states: NodeStates, { kind, argument }: Action): Parameters<NodeStates['happen']>[1] {
    assert(kind !== 'lose', 'a loss happens to no node');
    if (kind !== 'deliver' && kind !== 'duplicate') return { kind, argument };
    const message = this.#world.states.messages[argument];
    assert(message !== undefined, 'a message that is delivered was sent');
    return { kind: 'deliver', argument: states.numberOf(message) };
  }

  /** The last step of a path to a violation throws it. */
  #canHappen(now: Int32Array, action: Action): boolean {
    try {
      return this.#world.happen(now, now.length, action);
    } catch {
      return false;
    }
  }

  #tell({ kind, node, argument }: Action): string {
    const name = names[node];
    switch (kind) {
      case 'deliver':
      case 'duplicate':
      case 'lose': {
        const message = this.#world.states.messages[argument];
        if (message === undefined) return `${kind} message ${argument}`;
        const { kind: what, from, to, term, ...rest } = message;
        const fields =
          'entries' in rest ? { ...rest, entries: rest.entries.map((entry) => `${entry.index}.${entry.term}`) } : rest;
        return `${kind} ${what} ${from} > ${to} term ${term} ${JSON.stringify(fields)}`;
      }
      case 'wait':
        return `${name} waits`;
      case 'propose':
        return `${name} is given entry ${argument}`;
      case 'written':
        return `${name}'s oldest write is done`;
      case 'crash':
        return `${name} crashes with ${argument} writes done unnoticed, and starts`;
    }
  }
}

function describe({ node, core, term, commit, log, disk, held }: NodeState): string {
  const { role, votedFor, leader } = stateOf(core);
  const terms = core.entries(stateOf(core).log.firstIndex, Infinity).map((entry) => entry.term);
  const voted = votedFor === null ? '' : ` voted ${votedFor}`;
  const follows = leader === null || leader === names[node] ? '' : ` follows ${leader}`;
  const onDisk = `disk: term ${disk.hardState.term} vote ${disk.hardState.votedFor ?? '-'} entries ${disk.entries.length}`;
  const waiting = held.length === 0 ? '' : `, ${held.length} writes under way`;
  return `${names[node]} ${role} term ${term}${voted}${follows} log [${terms.join(' ')}]${log.length > 0 ? ` commit ${commit}` : ''} (${onDisk}${waiting})`;
}

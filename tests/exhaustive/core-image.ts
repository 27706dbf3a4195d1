import assert from 'node:assert/strict';
import type { Raft } from '#consensus/core/raft.ts';
import type { RaftState } from '#consensus/core/raft-state.ts';
import type { Entry } from '#consensus/core/types.ts';

/**
 * A core as data: copied whole, and written down so that two cores have one text if and only if no sequence of calls can tell them
 * apart. Needs the core to be loaded after `revealPrivateFields`.
 *
 * Left out of the text is what only counts up and is never read but against its like: ticks are written as their distance from now
 * (no further than a timeout back), numbers of writes as their distance from the last acknowledged one.
 */

type Fields = Readonly<Record<string, unknown>>;

/** Never changed after they were made, so copies share them. */
const sharedFields: ReadonlySet<string> = new Set(['options']);
/** What follows from the rest: the checkpoints are copies of it, the status is made of it. */
const derivedFields: ReadonlySet<string> = new Set(['_before', '_after', '_status', 'options']);
/** Written at the beginning of a leader's term and read on leaders alone. */
const leaderFields: ReadonlySet<string> = new Set(['heartbeatAtTick', 'termStartIndex', 'uncommittedBytes']);

export function stateOf(core: Raft): RaftState {
  const { _raft: state } = core as unknown as { readonly _raft?: RaftState };
  assert(state !== undefined, 'the core was loaded before its private fields were revealed');
  return state;
}

export function copyOf(core: Raft): Raft {
  return copy(core, new Map()) as Raft;
}

function copy(value: unknown, known: Map<object, object>): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || isEntry(value)) return value;
  const made = known.get(value);
  if (made !== undefined) return made;
  if (Array.isArray(value)) {
    const array: unknown[] = [];
    known.set(value, array);
    for (const item of value as readonly unknown[]) array.push(copy(item, known));
    return array;
  }
  if (value instanceof Map) {
    const map = new Map<unknown, unknown>();
    known.set(value, map);
    for (const [key, item] of value as ReadonlyMap<unknown, unknown>) map.set(key, copy(item, known));
    return map;
  }
  assert(!(value instanceof Set), 'the core holds no sets; teach this walk about them first');
  const object = Object.create(Object.getPrototypeOf(value) as object) as Record<string, unknown>;
  known.set(value, object);
  for (const name of Object.keys(value)) {
    const field = (value as Fields)[name];
    object[name] = sharedFields.has(name) ? field : copy(field, known);
  }
  return object;
}

/** See the head of this file. */
export function textOfCore(core: Raft): string {
  const state = stateOf(core);
  const { acknowledgedSequence } = state.durability;
  return new CoreText(state, acknowledgedSequence).text;
}

class CoreText {
  text = '';
  readonly #state: RaftState;
  readonly #acknowledged: number;
  readonly #known = new Set<object>();

  constructor(state: RaftState, acknowledged: number) {
    this.#state = state;
    this.#acknowledged = acknowledged;
    this.#value(state);
  }

  #value(value: unknown): void {
    if (typeof value !== 'object' || value === null) {
      assert(typeof value !== 'function', 'a function in the state of the core cannot be compared');
      this.text += `${String(value)},`;
    } else if (isEntry(value)) {
      this.text += `${textOfEntry(value)},`;
    } else if (Array.isArray(value)) {
      this.text += '[';
      for (const item of value as readonly unknown[]) this.#value(item);
      this.text += ']';
    } else if (value instanceof Map) {
      this.#map(value as ReadonlyMap<string, unknown>);
    } else {
      this.#object(value);
    }
  }

  /** Votes are counted by voter, peers are served in the order of the configuration: the order of a map says nothing. */
  #map(map: ReadonlyMap<string, unknown>): void {
    this.text += '<';
    for (const key of [...map.keys()].sort()) {
      this.text += `${key}=`;
      this.#value(map.get(key));
    }
    this.text += '>';
  }

  #object(object: object): void {
    // The log and the durability hang in two places; of plain values it does not matter whether they are one object or two.
    if (Object.getPrototypeOf(object) !== Object.prototype) {
      if (this.#known.has(object)) return;
      this.#known.add(object);
    }
    this.text += '{';
    for (const name of Object.keys(object)) {
      if (!derivedFields.has(name)) this.#field(name, (object as Fields)[name]);
    }
    this.text += '}';
  }

  #field(name: string, value: unknown): void {
    if (typeof value === 'number' && this.#isDead(name)) this.text += '-,';
    else if (typeof value === 'number' && name.endsWith('Tick')) this.text += `${this.#fromNow(value)},`;
    else if (name === 'sequence' || name === '_sequence' || name === '_acknowledged')
      this.text += `${Number(value) - this.#acknowledged},`;
    else this.#value(value);
  }

  #fromNow(tick: number): number {
    return Math.max(tick - this.#state.nowTick, -this.#state.options.electionTimeoutTicks);
  }

  /** Nobody reads it before it is written anew. */
  #isDead(name: string): boolean {
    const { isLeader, leader } = this.#state;
    if (leaderFields.has(name)) return !isLeader;
    if (name === 'campaignAtTick') return isLeader;
    return name === 'leaderHeardTick' && (isLeader || leader === null);
  }
}

export function textOfEntry(entry: Entry): string {
  return `${entry.index}.${entry.term}.${entry.kind}.${entry.data.join('.')}`;
}

function isEntry(value: object): value is Entry {
  return 'data' in value && value.data instanceof Uint8Array;
}

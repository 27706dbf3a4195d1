/**
 * Says whether what clients saw can be explained by operations that each took effect at one moment between invocation and
 * return (Herlihy & Wing 1990).
 *
 * Method: Wing & Gong's search with memory, in the lazy form of Lowe (2017, "Testing for linearizability"): the history is
 * walked from event to event with the set of all configurations that it allows (a state, and which of the operations under way
 * have taken effect). Only a return forces anything: the operation that returns must have taken effect by then, so whatever
 * could have come before it is tried. Three observations keep the set small:
 * - a read that fits the state may take effect at once: it changes nothing and has to come sometime;
 * - an operation whose outcome nobody knows need never take effect, so of two configurations that differ only in such
 *   operations, the one that has used fewer is as good as both;
 * - of such operations with the same input, the earliest may always stand for the others.
 */
import { explainedBy } from './linearizability-explanation.ts';

export interface Operation<Input, Output> {
  readonly input: Input;
  /** Null: not known. */
  readonly output: Output | null;
  readonly invoke: number;
  /** Infinity: nobody knows whether it took effect; it may at any time after its invocation, or never. */
  readonly return: number;
}

export interface Model<State, Input, Output> {
  readonly initial: State;
  /** What the state may be afterwards; none: it cannot have answered so. With output null every answer is possible. */
  step(state: State, input: Input, output: Output | null): readonly State[];
  /** Equal for equal states, for no others. */
  stateKey(state: State): string;
  /** With this output it changes no state whatever. With output null: it cannot change one. */
  isRead(input: Input, output: Output | null): boolean;
}

export type Verdict =
  | { readonly kind: 'linearizable'; readonly configurations: number }
  | { readonly kind: 'not-linearizable'; readonly key: string; readonly explanation: string }
  /** More configurations than allowed: it says nothing about the history. */
  | { readonly kind: 'undecided'; readonly key: string; readonly configurations: number };

export interface CheckOptions {
  /** Of one key. Default: 2,000,000. */
  readonly configurationsMax?: number;
}

const configurationsMaxDefault = 2_000_000;
/** Spent on making an explanation short. */
const explainingConfigurationsMax = 500_000;

/** Linearizability is local (Herlihy & Wing): the history of each key is judged by itself. Stops at the first that is wrong. */
export function checkByKey<State, Input, Output, Op extends Operation<Input, Output>>(
  model: Model<State, Input, Output>,
  operations: readonly Op[],
  options: CheckOptions & { readonly keyOf: (operation: Op) => string },
): Verdict {
  let configurations = 0;
  let undecided: Verdict | null = null;
  for (const [key, ofKey] of Map.groupBy(operations, options.keyOf)) {
    const verdict = checkHistory(model, ofKey, { ...options, key });
    if (verdict.kind === 'not-linearizable') return verdict;
    if (verdict.kind === 'undecided') undecided = verdict;
    configurations += verdict.configurations;
  }
  return undecided ?? { kind: 'linearizable', configurations };
}

export function checkHistory<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  { configurationsMax = configurationsMaxDefault, key = '' }: CheckOptions & { readonly key?: string } = {},
): Verdict {
  const result = search(model, operations, configurationsMax);
  if (result.kind === 'explained') return { kind: 'linearizable', configurations: result.configurations };
  if (result.kind === 'gave-up') return { kind: 'undecided', key, configurations: result.configurations };
  let left = explainingConfigurationsMax;
  const isWrong = (some: readonly Operation<Input, Output>[]): boolean => {
    const part = search(model, some, Math.min(left, configurationsMax));
    left -= part.configurations;
    return part.kind === 'stuck';
  };
  return { kind: 'not-linearizable', key, explanation: explainedBy(model, operations, { ...result, isWrong }) };
}

/** An operation with its place among those under way, as a bit of the sets below. */
interface UnderWay<Input, Output> {
  readonly operation: Operation<Input, Output>;
  readonly bit: bigint;
  /** Of the input, for operations without a return. */
  readonly text: string;
}

/** Invariant: `done` holds operations that are under way and will return, `used` those that never return. */
interface Configuration<State> {
  readonly state: State;
  readonly stateKey: string;
  readonly done: bigint;
  readonly used: bigint;
}

type SearchResult<State, Input, Output> =
  | { readonly kind: 'explained'; readonly configurations: number }
  | { readonly kind: 'gave-up'; readonly configurations: number }
  /** No configuration lets this operation return. `states` were possible before. */
  | {
      readonly kind: 'stuck';
      readonly configurations: number;
      readonly operation: Operation<Input, Output>;
      readonly states: readonly State[];
    };

/**
 * First with the operations of unknown outcome kept for when nothing else explains a return: an explanation found so is one. Only if
 * none is found so are they tried everywhere, which takes far longer.
 */
function search<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  configurationsMax: number,
): SearchResult<State, Input, Output> {
  const events = eventsOf(model, operations);
  if (configurationsMax <= 0) return { kind: 'gave-up', configurations: 0 };
  const thrifty = walk(new Walk(model, { configurationsMax, isThrifty: true }), events, configurationsMax);
  if (thrifty.kind === 'explained' || operations.every((each) => each.return !== Infinity)) return thrifty;
  return walk(new Walk(model, { configurationsMax, isThrifty: false }), events, configurationsMax);
}

function walk<State, Input, Output>(
  configurations: Walk<State, Input, Output>,
  events: readonly HistoryEvent<Input, Output>[],
  configurationsMax: number,
): SearchResult<State, Input, Output> {
  for (const { operation, isReturn } of events) {
    if (!isReturn) configurations.invoke(operation);
    else {
      const states = configurations.return(operation);
      if (states !== null) return { kind: 'stuck', configurations: configurations.seen, operation, states };
    }
    if (configurations.seen > configurationsMax) return { kind: 'gave-up', configurations: configurations.seen };
  }
  return { kind: 'explained', configurations: configurations.seen };
}

interface HistoryEvent<Input, Output> {
  readonly operation: Operation<Input, Output>;
  readonly isReturn: boolean;
  readonly at: number;
}

/** In the order of time; at the same instant invocations come first, so that what touches counts as concurrent. */
function eventsOf<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): readonly HistoryEvent<Input, Output>[] {
  const events: HistoryEvent<Input, Output>[] = [];
  for (const operation of operations) {
    const isEndless = operation.return === Infinity;
    // It may be left out, and nobody would notice.
    if (isEndless && model.isRead(operation.input, null)) continue;
    events.push({ operation, isReturn: false, at: operation.invoke });
    if (!isEndless) events.push({ operation, isReturn: true, at: operation.return });
  }
  return events.sort((a, b) => a.at - b.at || Number(a.isReturn) - Number(b.isReturn));
}

class Walk<State, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  readonly #options: { readonly configurationsMax: number; readonly isThrifty: boolean };
  readonly #returning = new Map<Operation<Input, Output>, UnderWay<Input, Output>>();
  readonly #endless: UnderWay<Input, Output>[] = [];
  /** By state and what is used, until the next operation without a return. */
  readonly #detours = new Map<string, readonly Configuration<State>[]>();
  readonly #freeBits: bigint[] = [];
  #bits = 0n;
  #allowed: readonly Configuration<State>[];
  /** How many configurations were looked at. */
  seen = 0;

  constructor(
    model: Model<State, Input, Output>,
    options: { readonly configurationsMax: number; readonly isThrifty: boolean },
  ) {
    this.#model = model;
    this.#options = options;
    this.#allowed = [{ state: model.initial, stateKey: model.stateKey(model.initial), done: 0n, used: 0n }];
  }

  invoke(operation: Operation<Input, Output>): void {
    if (operation.return === Infinity) {
      const text = JSON.stringify([operation.input, operation.output]);
      this.#endless.push({ operation, bit: 1n << BigInt(this.#endless.length), text });
      this.#detours.clear();
      return;
    }
    const bit = this.#freeBits.pop() ?? 1n << this.#bits++;
    this.#returning.set(operation, { operation, bit, text: '' });
  }

  /** Answers null, or the states that were possible when none of them lets the operation have taken effect. */
  return(operation: Operation<Input, Output>): readonly State[] | null {
    const returning = this.#returning.get(operation);
    if (returning === undefined) throw new Error('an operation returns before it was invoked');
    let reached = this.#options.isThrifty ? this.#reach(returning, { withEndless: false }) : [];
    if (reached.length === 0) reached = this.#reach(returning, { withEndless: true });
    this.#returning.delete(operation);
    this.#freeBits.push(returning.bit);
    if (reached.length === 0 && this.seen <= this.#options.configurationsMax)
      return [...new Map(this.#allowed.map(({ state, stateKey }) => [stateKey, state])).values()];
    this.#allowed = reached;
    return null;
  }

  /** All configurations in which the operation has taken effect, breadth first: those that used less come first. */
  #reach(
    returning: UnderWay<Input, Output>,
    options: { readonly withEndless: boolean },
  ): readonly Configuration<State>[] {
    const seen = new Frontier<State>();
    const reached = new Frontier<State>();
    const queue = this.#allowed.map((each) => this.#withReads(each)).filter((each) => seen.add(each));
    for (const configuration of queue) {
      this.seen += 1;
      if (this.seen > this.#options.configurationsMax) break;
      if ((configuration.done & returning.bit) !== 0n) {
        reached.add({ ...configuration, done: configuration.done & ~returning.bit });
        continue;
      }
      for (const next of this.#after(configuration, options)) {
        const whole = this.#withReads(next);
        if (seen.add(whole)) queue.push(whole);
      }
    }
    return reached.all();
  }

  /** What one more operation that will return may lead to, at once or with others before it that never return. */
  *#after(
    configuration: Configuration<State>,
    { withEndless }: { readonly withEndless: boolean },
  ): Iterable<Configuration<State>> {
    const detours = withEndless ? this.#detoursFrom(configuration) : [];
    for (const { operation, bit } of this.#returning.values()) {
      if ((configuration.done & bit) !== 0n) continue;
      const done = configuration.done | bit;
      const straight = this.#step(configuration, operation);
      for (const next of straight) yield { ...next, done };
      for (const detour of detours) {
        for (const next of this.#step(detour, operation)) {
          // Where the detour changes nothing, it is better not taken.
          if (straight.every(({ stateKey }) => stateKey !== next.stateKey)) yield { ...next, done };
        }
      }
    }
  }

  /** Where operations that never return may lead. Of `done` these know nothing. */
  #detoursFrom({ state, stateKey, used }: Configuration<State>): readonly Configuration<State>[] {
    const name = `${used} ${stateKey}`;
    const known = this.#detours.get(name);
    if (known !== undefined) return known;
    const seen = new Frontier<State>();
    const queue: Configuration<State>[] = [{ state, stateKey, done: 0n, used }];
    queue.forEach((each) => seen.add(each));
    for (const configuration of queue) {
      this.seen += 1;
      if (this.seen > this.#options.configurationsMax) break;
      const tried = new Set<string>();
      for (const { operation, bit, text } of this.#endless) {
        if ((configuration.used & bit) !== 0n || tried.has(text)) continue;
        tried.add(text);
        for (const next of this.#step(configuration, operation)) {
          const further = { ...next, used: configuration.used | bit };
          if (seen.add(further)) queue.push(further);
        }
      }
    }
    const detours = seen.all().filter((each) => each.used !== used);
    this.#detours.set(name, detours);
    return detours;
  }

  #step(from: Configuration<State>, { input, output }: Operation<Input, Output>): readonly Configuration<State>[] {
    const states = this.#model.step(from.state, input, output);
    return states.map((state) => ({ ...from, state, stateKey: this.#model.stateKey(state) }));
  }

  #withReads(configuration: Configuration<State>): Configuration<State> {
    let { done } = configuration;
    for (const { operation, bit } of this.#returning.values()) {
      const { input, output } = operation;
      if (
        (done & bit) === 0n &&
        this.#model.isRead(input, output) &&
        this.#model.step(configuration.state, input, output).length > 0
      )
        done |= bit;
    }
    return done === configuration.done ? configuration : { ...configuration, done };
  }
}

/** Configurations, less those that another of them makes superfluous. */
class Frontier<State> {
  readonly #groups = new Map<string, Configuration<State>[]>();

  /** False: one that is as good is known already. */
  add(configuration: Configuration<State>): boolean {
    const { stateKey, done, used } = configuration;
    const name = `${done} ${stateKey}`;
    const group = this.#groups.get(name);
    if (group === undefined) {
      this.#groups.set(name, [configuration]);
      return true;
    }
    if (group.some((each) => (each.used & used) === each.used)) return false;
    const kept = group.filter((each) => (each.used & used) !== used);
    kept.push(configuration);
    this.#groups.set(name, kept);
    return true;
  }

  all(): readonly Configuration<State>[] {
    return [...this.#groups.values()].flat();
  }
}

import type { Dice } from '#tests/simulation/dice.ts';

/** What goes wrong, with whom. How long it lasts is drawn beside it. */
export type Fault =
  | { readonly kind: 'kill'; readonly nodes: readonly string[] }
  | { readonly kind: 'kill-all' }
  | { readonly kind: 'pause'; readonly nodes: readonly string[] }
  | { readonly kind: 'unplug'; readonly nodes: readonly string[] }
  | { readonly kind: 'cut-link'; readonly from: string; readonly to: string }
  | { readonly kind: 'transfer'; readonly to: string }
  | { readonly kind: 'slow-disk'; readonly nodes: readonly string[]; readonly delayMs: number }
  | { readonly kind: 'hung-disk'; readonly node: string }
  | { readonly kind: 'full-disk'; readonly nodes: readonly string[] }
  | { readonly kind: 'net-one-way'; readonly from: string; readonly to: string }
  | { readonly kind: 'net-split'; readonly nodes: readonly string[] }
  | { readonly kind: 'net-down'; readonly nodes: readonly string[] }
  | { readonly kind: 'net-loss'; readonly nodes: readonly string[]; readonly percent: number };

export type FaultKind = Fault['kind'];

export const faultKinds: readonly FaultKind[] = [
  'kill',
  'kill-all',
  'pause',
  'unplug',
  'cut-link',
  'transfer',
  'slow-disk',
  'hung-disk',
  'full-disk',
  'net-one-way',
  'net-split',
  'net-down',
  'net-loss',
];

export interface DrawnFault {
  readonly fault: Fault;
  readonly lastsMs: number;
}

/** Each may outlast the pause between faults, so that two come together. */
const lastsMsMin = 300;
const lastsMsMax = 7_000;

/**
 * Every kind comes once, in a drawn order, before one comes again: a short round tries as many as it can. `leader` is who leads now; half of
 * the faults begin with it, since a fault elsewhere is mostly harmless.
 */
export class FaultPlan {
  readonly #dice: Dice;
  readonly #kinds: readonly FaultKind[];
  readonly #nodes: readonly string[];
  #deck: FaultKind[] = [];

  constructor(options: {
    readonly dice: Dice;
    readonly kinds: readonly FaultKind[];
    readonly nodes: readonly string[];
  }) {
    this.#dice = options.dice;
    this.#kinds = options.kinds;
    this.#nodes = options.nodes;
  }

  next(leader: string | null): DrawnFault {
    const dice = this.#dice;
    if (this.#deck.length === 0) this.#deck = dice.shuffled(this.#kinds);
    const kind = this.#deck.pop() ?? 'kill';
    const shuffled = dice.shuffled(this.#nodes);
    // Drawn whether or not it is used, so that the dice fall the same whoever leads.
    const atLeader = dice.chance(0.5) && leader !== null;
    const order = atLeader ? [leader, ...shuffled.filter((id) => id !== leader)] : shuffled;
    const count = dice.between(1, Math.floor((this.#nodes.length - 1) / 2));
    const amount = dice.random();
    return { fault: this.#fault(kind, order, { count, amount }), lastsMs: dice.between(lastsMsMin, lastsMsMax) };
  }

  #fault(
    kind: FaultKind,
    order: readonly string[],
    { count, amount }: { readonly count: number; readonly amount: number },
  ): Fault {
    const [first = '', second = ''] = order;
    const nodes = order.slice(0, count);
    switch (kind) {
      case 'kill-all':
        return { kind };
      case 'cut-link':
      case 'net-one-way':
        return { kind, from: first, to: second };
      case 'transfer':
        return { kind, to: second };
      case 'hung-disk':
        return { kind, node: first };
      case 'slow-disk':
        return { kind, nodes, delayMs: Math.round(20 + amount * 400) };
      case 'net-loss':
        return { kind, nodes, percent: Math.round(5 + amount * 40) };
      case 'kill':
      case 'pause':
      case 'unplug':
      case 'full-disk':
      case 'net-split':
      case 'net-down':
        return { kind, nodes };
    }
  }
}

export function describeFault(fault: Fault): string {
  const { kind, ...details } = fault;
  return [
    kind,
    ...Object.values(details).map((value) => (Array.isArray(value) ? value.join('+') : String(value))),
  ].join(' ');
}

/** Whose disks it keeps from writing. */
export function brokenDisks(fault: Fault): readonly string[] {
  if (fault.kind === 'hung-disk') return [fault.node];
  return fault.kind === 'full-disk' ? fault.nodes : [];
}

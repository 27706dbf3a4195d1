import { TestNetwork } from '#consensus/core/testing-network.ts';
import type { BenchRow } from './row.ts';

/** The product's timings, see server/config/setting.ts. */
const tickMs = 25;
const heartbeatTicks = 4;
const electionTimeoutTicks = 16;

const boundMs = 2000;
/** After that it must go on serving for so long. */
const keepsServingMs = 10_000;
const windowTicks = (boundMs + keepsServingMs) / tickMs;
const warmUpTicks = 2 * electionTimeoutTicks;
/** Two commits further apart than this are a gap. */
const gapTicksMax = heartbeatTicks;
const seeds = 10;

const names = ['n1', 'n2', 'n3'] as const;
const links = names.flatMap((from) => names.filter((to) => to !== from).map((to) => [from, to] as const));
const states = Array.from({ length: 2 ** links.length }, (_, cut) => cut);

interface Measured {
  /** From the change of the links until the last gap ended: from then on it served to the end of the window. */
  readonly untilServedMs: number;
  readonly told: string;
}

/**
 * Every state of the six directed links of three nodes, cut without a word to the nodes. In those where two nodes hear each other both
 * ways, how long until entries are committed without a gap. Messages and writes take no time beside a tick.
 */
export function run(): BenchRow[] {
  return [
    row('from healthy links, any leader', [...changesFromHealthy()]),
    row('from every state to every other', [...changesBetweenAll()]),
  ];
}

function* changesFromHealthy(): Iterable<Measured> {
  for (let seed = 1; seed <= seeds; seed++)
    for (const leader of names)
      for (const to of states) if (hasMutualMajority(to)) yield measure({ seed, leader, from: 0, to });
}

function* changesBetweenAll(): Iterable<Measured> {
  for (const from of states) {
    for (const to of states) {
      const leader = names[(from + to) % names.length] ?? names[0];
      if (from !== to && hasMutualMajority(to))
        yield measure({ seed: 1 + from * states.length + to, leader, from, to });
    }
  }
}

function row(name: string, all: readonly Measured[]): BenchRow {
  const worst = all.reduce((a, b) => (b.untilServedMs > a.untilServedMs ? b : a));
  const sorted = all.map(({ untilServedMs }) => untilServedMs).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return {
    name: `link states, ${name}: longest until served, and then for 10 s`,
    measured: worst.untilServedMs,
    unit: 'ms simulated',
    bound: boundMs,
    ok: worst.untilServedMs <= boundMs,
    note: `${all.length} changes, median ${median} ms; the longest: ${worst.told}`,
  };
}

function measure(change: {
  readonly seed: number;
  readonly leader: string;
  readonly from: number;
  readonly to: number;
}): Measured {
  const { seed, leader, from, to } = change;
  const network = new TestNetwork({ voters: names, seed, core: { electionTimeoutTicks, heartbeatTicks } });
  network.elect(leader);
  cut(network, from);
  // Of the state before: long enough for its own elections to begin, and for some of them to be under way at the change.
  for (let tick = 0; tick < warmUpTicks + (seed % electionTimeoutTicks); tick++) pass(network);
  network.heal();
  cut(network, to);
  let servedTick = 0;
  let settledTick = 0;
  for (let tick = 1; tick <= windowTicks; tick++) {
    if (!pass(network)) continue;
    if (tick - servedTick > gapTicksMax) settledTick = tick;
    servedTick = tick;
  }
  if (windowTicks - servedTick > gapTicksMax) settledTick = windowTicks;
  return { untilServedMs: settledTick * tickMs, told: `seed ${seed}, led by ${leader}, ${told(from)} → ${told(to)}` };
}

/** A tick in which every leader is given an entry. Whether one was committed by its leader meanwhile. */
function pass(network: TestNetwork): boolean {
  const before = committed(network);
  for (const { id, status } of network.nodes.values()) if (status.role === 'leader') network.propose(id, 'x');
  network.pass(1);
  return committed(network) > before;
}

function committed(network: TestNetwork): number {
  return Math.max(...[...network.nodes.values()].map(({ status }) => status.commitIndex));
}

function cut(network: TestNetwork, state: number): void {
  for (const [place, [from, to]] of links.entries()) if ((state >> place) % 2 === 1) network.cut(from, to);
}

function hasMutualMajority(state: number): boolean {
  const isUp = (from: string, to: string): boolean =>
    links.some((link, place) => link[0] === from && link[1] === to && (state >> place) % 2 === 0);
  return links.some(([a, b]) => isUp(a, b) && isUp(b, a));
}

function told(state: number): string {
  const gone = links.filter((_link, place) => (state >> place) % 2 === 1).map(([from, to]) => `${from}>${to}`);
  return gone.length === 0 ? 'all links' : `without ${gone.join(' ')}`;
}

import type { Dice } from './dice.ts';

/** Simulated microseconds between two ticks of a node with a true clock. */
export const tickUs = 1000;

/** What goes wrong in one seed, and how often. Drawn anew for each, so that some are calm in one way and wild in another. */
export interface Weather {
  readonly voters: number;
  readonly learners: number;
  /** Nodes are added, promoted and removed while all else goes on. */
  readonly isMembershipChanging: boolean;
  readonly electionTimeoutTicks: number;
  readonly heartbeatTicks: number;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  readonly inflightMessagesMax: number;
  readonly entriesBytesPerMessageMax: number;
  readonly segmentBytesMax: number;
  readonly lossProbability: number;
  readonly duplicationProbability: number;
  /** Each message takes from the least to the most, so a wide range also reorders. */
  readonly delayUs: readonly [number, number];
  readonly diskUs: readonly [number, number];
  /** A disk's work takes this many times longer now and then. */
  readonly slowDiskFactor: number;
  /** Relative speed of the nodes' clocks: from 1 / drift to drift. */
  readonly drift: number;
  readonly proposalEveryUs: number;
  readonly faultEveryUs: number;
  readonly restartTicksMax: number;
  /** How often a new leader crashes or is cut off within few ticks of its election. */
  readonly newLeaderFallsProbability: number;
  /** Relative frequency of each kind of fault; 0: never in this seed. */
  readonly faults: Readonly<Record<FaultKind, number>>;
}

export const faultKinds = [
  'crash',
  'crash-leader',
  'crash-in-append',
  'lose-power-everywhere',
  'stop-in-good-order',
  'pause',
  'partition',
  'isolate-leader',
  'cut-one-way',
  'heal-links',
  'sync-fails',
  'append-fails',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export function drawWeather(dice: Dice): Weather {
  const weather = drawAnyWeather(dice);
  return dice.chance(0.25) ? { ...weather, ...drawQuickSuccession(dice) } : weather;
}

/**
 * Leaders fall one after the other, each with a few entries that no other holds and with its peers' logs brought up to date
 * one entry at a time: what figure 8 of the Raft paper needs, and what else hides in changes of leadership.
 */
function drawQuickSuccession(dice: Dice): Partial<Weather> {
  const calm = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  return {
    voters: dice.pick([3, 5, 5]),
    electionTimeoutTicks: 5,
    entriesBytesPerMessageMax: 1,
    inflightMessagesMax: dice.between(1, 2),
    delayUs: [50, dice.between(300, 900)],
    diskUs: [10, 200],
    drift: 1.3,
    heartbeatTicks: 2,
    proposalEveryUs: dice.between(1, 4) * tickUs,
    faultEveryUs: dice.between(5, 20) * tickUs,
    restartTicksMax: dice.between(2, 12),
    newLeaderFallsProbability: 0.5 + dice.random() / 2,
    faults: {
      ...calm,
      'crash-leader': dice.random(),
      'isolate-leader': dice.random(),
      partition: dice.random(),
      'heal-links': 1,
    },
  };
}

function drawAnyWeather(dice: Dice): Weather {
  const electionTimeoutTicks = dice.pick([5, 8, 10]);
  return {
    voters: dice.pick([3, 3, 3, 3, 3, 5, 5, 5, 4, 2, 1]),
    learners: dice.chance(0.25) ? 1 : 0,
    isMembershipChanging: dice.chance(0.15),
    electionTimeoutTicks,
    heartbeatTicks: dice.between(1, 3),
    preVote: dice.chance(0.7),
    checkQuorum: dice.chance(0.7),
    inflightMessagesMax: dice.pick([1, 2, 4, 8]),
    entriesBytesPerMessageMax: dice.pick([1, 1, 150, 100_000]),
    segmentBytesMax: dice.pick([400, 2000, 100_000]),
    lossProbability: dice.chance(0.5) ? dice.random() * 0.2 : 0,
    duplicationProbability: dice.chance(0.5) ? dice.random() * 0.2 : 0,
    delayUs: dice.chance(0.5) ? [50, 300] : [50, dice.between(300, 6 * tickUs)],
    diskUs: dice.chance(0.6) ? [10, 200] : [10, dice.between(200, 4 * tickUs)],
    slowDiskFactor: dice.pick([1, 1, 10, 30]),
    drift: dice.pick([1, 1.05, 1.3]),
    proposalEveryUs: dice.between(300, 900),
    faultEveryUs: dice.between(2, 16) * tickUs,
    restartTicksMax: dice.pick([10, 40]),
    newLeaderFallsProbability: 0,
    faults: drawFaults(dice),
  };
}

function drawFaults(dice: Dice): Weather['faults'] {
  const faults = Object.fromEntries(faultKinds.map((kind) => [kind, dice.chance(0.6) ? dice.random() : 0]));
  // Whatever is torn should also heal now and then.
  return { ...(faults as Record<FaultKind, number>), 'heal-links': 0.3 + dice.random() };
}

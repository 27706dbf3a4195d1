import type { Dice } from '../dice.ts';
import { noFaults } from '../weather.ts';
import type { Weather } from '../weather.ts';

const tickUs = 25_000;

/**
 * The timings that a cluster is run with: a tick of 25 ms, a heartbeat each 100 ms, elections after 400 to 800 ms, a net of a
 * machine room, disks that sync in milliseconds; more than 20 commands and more than one fault a second.
 */
export function drawProductTimings(dice: Dice): Partial<Weather> {
  return {
    kind: 'product',
    tickUs,
    stormEvents: 10_000,
    voters: dice.pick([3, 3, 3, 5]),
    learners: 0,
    isMembershipChanging: false,
    electionTimeoutTicks: 16,
    heartbeatTicks: 4,
    preVote: true,
    checkQuorum: true,
    inflightMessagesMax: 8,
    entriesBytesPerMessageMax: 100_000,
    segmentBytesMax: 100_000,
    lossProbability: dice.chance(0.3) ? 0.02 * dice.random() : 0,
    duplicationProbability: 0,
    delayUs: [100, dice.pick([1000, 5000])],
    diskUs: [500, dice.pick([3000, 10_000])],
    slowDiskFactor: dice.pick([1, 10, 100]),
    drift: dice.pick([1, 1.001, 1.1]),
    proposalEveryUs: 34_000,
    calmProposalEveryUs: 34_000,
    compactProbability: 0.2,
    faultEveryUs: 620_000,
    restartTicksMax: 40,
    newLeaderFallsProbability: 0,
    faults: {
      ...noFaults(),
      crash: dice.random(),
      'crash-leader': dice.random(),
      'crash-in-append': dice.random(),
      'stop-in-good-order': dice.random() / 2,
      pause: dice.random(),
      partition: dice.random() / 2,
      'isolate-leader': dice.random() / 2,
      'cut-one-way': dice.random() / 2,
      'sync-fails': dice.random() / 4,
      'disk-hangs': dice.random() / 4,
      'disk-full': dice.random() / 4,
      'clock-jumps': dice.random() / 4,
      'clock-stands': dice.random() / 4,
      'heal-links': 1,
    },
  };
}

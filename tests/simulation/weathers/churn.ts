import type { Dice } from '../dice.ts';
import { noFaults } from '../weather.ts';
import type { Weather } from '../weather.ts';

const tickUs = 1000;

/**
 * Members come and go under leaders that fall: each new one changes members at once, before it has committed anything, and one
 * that is cut off removes several in a row; the net falls into halves and then into other halves. With an even number of voters
 * and strangers to join, two majorities that share nobody are one forgotten rule away (Ongaro, raft-dev, 10 July 2015).
 */
export function drawChurn(dice: Dice): Partial<Weather> {
  return {
    kind: 'churn',
    voters: dice.pick([2, 3, 4, 4, 4, 4, 5, 6]),
    learners: dice.chance(0.3) ? 1 : 0,
    isMembershipChanging: true,
    rashChangeProbability: dice.pick([0.4, 1, 1]),
    electionTimeoutTicks: 5,
    heartbeatTicks: dice.between(1, 2),
    entriesBytesPerMessageMax: dice.pick([1, 100_000]),
    lossProbability: dice.chance(0.3) ? 0.1 * dice.random() : 0,
    duplicationProbability: 0,
    delayUs: [50, dice.pick([300, 900])],
    diskUs: [10, 200],
    slowDiskFactor: 1,
    drift: 1.3,
    proposalEveryUs: dice.between(1, 4) * tickUs,
    compactProbability: dice.pick([0.04, 0.4]),
    faultEveryUs: dice.between(4, 14) * tickUs,
    restartTicksMax: dice.between(2, 12),
    newLeaderFallsProbability: 0.4 + 0.6 * dice.random(),
    faults: {
      ...noFaults(),
      halve: 1 + dice.random(),
      'crash-leader': dice.random() / 2,
      crash: dice.random() / 4,
      'isolate-leader': dice.random() / 2,
      'heal-links': dice.random() / 2,
    },
  };
}

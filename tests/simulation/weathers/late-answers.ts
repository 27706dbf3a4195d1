import type { Dice } from '../dice.ts';
import { noFaults } from '../weather.ts';
import type { Weather } from '../weather.ts';

const tickUs = 1000;
const electionTimeoutTicks = 5;

/**
 * Some answers take several election timeouts, and nodes are back within a tick or two: what was said to one life, term or campaign
 * arrives in the next. Leaders fall, candidates lose power with writes under way, and disks are slow. Mostly without pre-vote, which
 * would spare a shortened log the campaign.
 */
export function drawLateAnswers(dice: Dice): Partial<Weather> {
  return {
    kind: 'late',
    voters: dice.pick([3, 3, 3, 3, 5]),
    learners: 0,
    isMembershipChanging: false,
    electionTimeoutTicks,
    heartbeatTicks: dice.between(1, 2),
    preVote: dice.chance(0.2),
    checkQuorum: dice.chance(0.3),
    inflightMessagesMax: dice.pick([1, 4]),
    entriesBytesPerMessageMax: dice.pick([1, 150]),
    lossProbability: dice.chance(0.3) ? 0.1 * dice.random() : 0,
    duplicationProbability: 0,
    delayUs: [50, dice.pick([300, 900])],
    lateProbability: 0.3 * dice.random(),
    lateUs: 10 * electionTimeoutTicks * tickUs,
    isCutAtOnce: dice.chance(0.2),
    diskUs: [10, dice.pick([0.2, 1, 4]) * tickUs],
    slowDiskFactor: 1,
    drift: 1.3,
    proposalEveryUs: dice.between(1, 2) * tickUs,
    readProbability: 1,
    faultEveryUs: dice.between(10, 40) * tickUs,
    restartTicksMax: dice.between(1, 3),
    newLeaderFallsProbability: 0.3 * dice.random(),
    newCandidateFallsProbability: 0.5 * dice.random(),
    faults: {
      ...noFaults(),
      'crash-leader': dice.random() / 2,
      crash: dice.random() / 4,
      pause: dice.random() / 2,
      'isolate-leader': 1 + dice.random(),
      'heal-links': 0.5 + dice.random() / 2,
    },
  };
}

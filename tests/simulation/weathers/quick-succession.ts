import type { Dice } from '../dice.ts';
import { noFaults } from '../weather.ts';
import type { Weather } from '../weather.ts';

const tickUs = 1000;

/**
 * Leaders fall one after the other, each with a few entries that no other holds and with its peers' logs brought up to date
 * one entry at a time: what figure 8 of the Raft paper needs, and what else hides in changes of leadership.
 */
export function drawQuickSuccession(dice: Dice): Partial<Weather> {
  return {
    kind: 'succession',
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
      ...noFaults(),
      'crash-leader': dice.random(),
      'isolate-leader': dice.random(),
      partition: dice.random(),
      'heal-links': 1,
    },
  };
}

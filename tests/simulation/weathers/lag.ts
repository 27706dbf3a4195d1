import type { Dice } from '../dice.ts';
import { noFaults } from '../weather.ts';
import type { Weather } from '../weather.ts';

const tickUs = 1000;

/**
 * Logs that are given up soon, and followers that lag behind them: they are cut off, restart, and get snapshots, twice, late, and
 * after they have learnt more from somebody else.
 */
export function drawLag(dice: Dice): Partial<Weather> {
  return {
    kind: 'lag',
    voters: dice.pick([3, 3, 5]),
    isMembershipChanging: dice.chance(0.3),
    electionTimeoutTicks: 8,
    heartbeatTicks: 1,
    compactProbability: 0.5 + 0.4 * dice.random(),
    inflightMessagesMax: dice.pick([1, 4]),
    entriesBytesPerMessageMax: dice.pick([1, 150]),
    lossProbability: 0.1 * dice.random(),
    duplicationProbability: 0.1 + 0.3 * dice.random(),
    delayUs: [50, dice.between(1, 8) * tickUs],
    diskUs: [10, dice.pick([200, 3 * tickUs, 6 * tickUs])],
    restartTicksMax: dice.between(1, 6),
    faultEveryUs: dice.between(2, 8) * tickUs,
    faults: {
      ...noFaults(),
      crash: 0.5 + dice.random(),
      'crash-in-append': dice.random() / 2,
      'crash-leader': dice.random() / 2,
      partition: 0.5 + dice.random(),
      'cut-one-way': dice.random(),
      pause: dice.random(),
      'heal-links': 1 + dice.random(),
    },
  };
}

import type { Dice } from '#tests/simulation/dice.ts';
import { noClusterFaults } from '../cluster-weather.ts';
import type { ClusterWeather } from '../cluster-weather.ts';

/**
 * Event loops that take tens or hundreds of milliseconds to come to what is planned: what is committed is applied much later, and between
 * a question and its answer leaders change. Heartbeats go on.
 */
export function drawBusyLoops(dice: Dice): Partial<ClusterWeather> {
  return {
    kind: 'busy-loops',
    nodes: dice.pick([3, 3, 5]),
    clients: dice.between(4, 8),
    thinkMs: dice.pick([5, 20, 80]),
    readShare: dice.pick([0.3, 0.6]),
    hubShare: 0,
    people: dice.pick([3, 6, 20]),
    secondThoughtsShare: dice.pick([0, 0.5]),
    repeatShare: 0.2,
    statusShare: 0.4,
    delayUs: [50, 600],
    turnUsMax: dice.pick([30_000, 100_000, 400_000]),
    lookUs: dice.pick([0, 700]),
    cacheBytesMax: dice.pick([2_000, 20_000, 1_000_000]),
    clientsAheadMs: dice.pick([0, 59_000]),
    mutationDeadlineMs: dice.pick([600, 1_800]),
    readDeadlineMs: 3_000,
    faultEveryMs: dice.pick([300, 900]),
    pauseMsMax: 1_500,
    faults: {
      ...noClusterFaults(),
      'crash-leader': dice.random() / 2,
      crash: dice.random() / 2,
      'isolate-leader': dice.random(),
      'connection-stalls': dice.random(),
      'pause-leader': dice.random(),
      'database-goes-back': dice.random() / 2,
      'leader-sleeps-alone': dice.random(),
      transfer: dice.random(),
      'heal-links': 1,
    },
  };
}

import type { Dice } from '#tests/simulation/dice.ts';
import { noClusterFaults } from '../cluster-weather.ts';
import type { ClusterWeather } from '../cluster-weather.ts';

/**
 * Caches that hold little and are asked for much: values are brought in all the time, slowly, while what they are about changes, is taken
 * back, and the connections that they come over stall.
 */
export function drawSmallCaches(dice: Dice): Partial<ClusterWeather> {
  return {
    kind: 'small-caches',
    nodes: dice.pick([3, 3, 5, 1]),
    clients: dice.between(4, 8),
    thinkMs: dice.pick([5, 20, 80]),
    readShare: dice.pick([0.5, 0.7]),
    hubShare: 0,
    people: dice.pick([6, 20]),
    secondThoughtsShare: dice.pick([0, 0.5]),
    turnUsMax: dice.pick([1, 3_000, 20_000]),
    databaseUs: dice.pick([
      [1_000, 30_000],
      [5_000, 120_000],
    ] as const),
    cacheBytesMax: dice.pick([1_000, 2_000, 6_000]),
    readDeadlineMs: 3_000,
    faultEveryMs: dice.pick([300, 900]),
    faults: {
      ...noClusterFaults(),
      'connection-stalls': 1 + dice.random(),
      pause: dice.random() / 2,
      'cut-one-way': dice.random() / 2,
      crash: dice.random() / 4,
      transfer: dice.random() / 2,
      'heal-links': 1,
    },
  };
}

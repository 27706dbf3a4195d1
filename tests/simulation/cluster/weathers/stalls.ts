import type { Dice } from '#tests/simulation/dice.ts';
import { noClusterFaults } from '../cluster-weather.ts';
import type { ClusterWeather } from '../cluster-weather.ts';

/**
 * Single connections stand still again and again, so that what comes on one is ahead of what comes on another: a value is here before the
 * entries that made it, or the entries are here, and the value is from before them. Few people, of whom everybody asks all the time.
 */
export function drawStalls(dice: Dice): Partial<ClusterWeather> {
  return {
    kind: 'stalls',
    nodes: 3,
    clients: dice.between(6, 10),
    thinkMs: dice.pick([3, 6]),
    readShare: dice.pick([0.4, 0.6]),
    hubShare: 0,
    people: 3,
    secondThoughtsShare: 0.7,
    delayUs: [50, dice.pick([600, 20_000])],
    lossProbability: 0,
    turnUsMax: 1,
    lookUs: dice.pick([0, 0, 700]),
    diskUs: [50, 800],
    slowDiskFactor: 1,
    databaseUs: [100, dice.pick([1_500, 30_000, 30_000])],
    cacheBytesMax: dice.pick([1_000, 2_000, 4_000]),
    batchCommandsMax: dice.pick([1, 4]),
    idempotencyKeyHours: 24,
    mutationDeadlineMs: 1_800,
    readDeadlineMs: 3_000,
    faultEveryMs: dice.pick([60, 200]),
    faults: {
      ...noClusterFaults(),
      'connection-stalls': 1,
      transfer: dice.random() / 20,
      'heal-links': 0,
    },
  };
}

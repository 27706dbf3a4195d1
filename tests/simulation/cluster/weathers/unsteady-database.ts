import type { Dice } from '#tests/simulation/dice.ts';
import { noClusterFaults } from '../cluster-weather.ts';
import type { ClusterWeather } from '../cluster-weather.ts';

/** A database that goes away, goes back and hangs, for all or for the leader alone, while leaders fall and others take it over. */
export function drawUnsteadyDatabase(dice: Dice): Partial<ClusterWeather> {
  return {
    kind: 'unsteady-database',
    nodes: dice.pick([3, 3, 5, 1]),
    clients: dice.between(3, 6),
    thinkMs: dice.pick([20, 80, 200]),
    readShare: dice.pick([0.2, 0.5]),
    hubShare: dice.pick([0, 0.02]),
    people: dice.pick([3, 10]),
    repeatShare: 0.2,
    repeatableMax: dice.pick([6, 64]),
    statusShare: 0.4,
    delayUs: [50, 600],
    turnUsMax: dice.pick([1, 20_000, 100_000]),
    databaseUs: dice.pick([
      [100, 1_500],
      [500, 40_000],
      [10_000, 120_000],
    ] as const),
    databaseTimeoutMs: 300,
    lostAnswerProbability: dice.pick([0, 0.03, 0.1]),
    cacheBytesMax: dice.pick([2_000, 6_000, 20_000]),
    retainedEntries: dice.pick([4, 16, 64]),
    behindEntriesMax: dice.pick([16, 100]),
    idempotencyKeyHours: 24,
    clientsAheadMs: dice.pick([0, 59_000]),
    recentKeysMax: dice.pick([8, 64, 4_096]),
    faultEveryMs: dice.pick([300, 900]),
    pauseMsMax: 1_500,
    faults: {
      ...noClusterFaults(),
      'database-away': dice.random(),
      'database-hangs': dice.random() / 2,
      'database-hangs-for-leader': dice.random(),
      'database-goes-back': 0.5 + dice.random(),
      'crash-leader': dice.random(),
      'isolate-leader': dice.random() / 2,
      'pause-leader': 2 * dice.random(),
      'leader-sleeps-alone': dice.random(),
      transfer: dice.random(),
      'heal-links': 1,
    },
  };
}

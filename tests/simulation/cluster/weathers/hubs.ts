import { deletionStepEffectsMax, smallDeletionEdgesMax } from '#server/graph/limits.ts';
import type { Dice } from '#tests/simulation/dice.ts';
import { noClusterFaults } from '../cluster-weather.ts';
import type { ClusterWeather } from '../cluster-weather.ts';

/** Each with its inverse and a count. */
const stepEdgesMax = Math.floor(deletionStepEffectsMax / 3);

/** People with many edges are made and deleted again, which takes several commits, and more than one leader. */
export function drawHubs(dice: Dice): Partial<ClusterWeather> {
  return {
    kind: 'hubs',
    nodes: dice.pick([3, 3, 5]),
    clients: dice.between(2, 4),
    thinkMs: dice.pick([20, 80]),
    readShare: 0.1,
    hubShare: 0.02 + 0.04 * dice.random(),
    // One step after the mark, or two.
    hubEdges: dice.pick([smallDeletionEdgesMax + 30, stepEdgesMax + 50]),
    people: 3,
    repeatShare: 0.2,
    statusShare: 0.4,
    delayUs: [50, 600],
    lossProbability: 0,
    turnUsMax: dice.pick([1, 20_000]),
    databaseUs: dice.pick([
      [100, 1_500],
      [5_000, 60_000],
    ] as const),
    databaseTimeoutMs: 300,
    cacheBytesMax: dice.pick([2_000, 6_000, 1_000_000]),
    retainedEntries: dice.pick([1, 4, 32]),
    idempotencyKeyHours: 24,
    faultEveryMs: dice.pick([300, 900]),
    faults: {
      ...noClusterFaults(),
      'crash-leader': 0.5 + dice.random(),
      'pause-leader': dice.random() / 2,
      partition: dice.random(),
      'isolate-leader': dice.random(),
      transfer: dice.random(),
      'database-away': dice.random() / 2,
      'database-hangs-for-leader': dice.random() / 2,
      'heal-links': 1,
    },
  };
}

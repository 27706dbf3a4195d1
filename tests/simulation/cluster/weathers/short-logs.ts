import type { Dice } from '#tests/simulation/dice.ts';
import { noClusterFaults } from '../cluster-weather.ts';
import type { ClusterWeather } from '../cluster-weather.ts';

/**
 * Logs and memories that reach back a few entries, and a database that is hardly behind: whoever was away gets a snapshot, and soon
 * after it leads, since leaders fall one after the other.
 */
export function drawShortLogs(dice: Dice): Partial<ClusterWeather> {
  return {
    kind: 'short-logs',
    nodes: dice.pick([3, 3, 5]),
    clients: dice.between(3, 8),
    thinkMs: dice.pick([10, 60, 200]),
    readShare: dice.pick([0.1, 0.4]),
    hubShare: dice.pick([0, 0.01]),
    people: dice.pick([3, 10]),
    secondThoughtsShare: dice.pick([0, 0.5]),
    repeatShare: 0.3,
    statusShare: 0.3,
    delayUs: [50, 600],
    lossProbability: 0,
    turnUsMax: dice.pick([1, 3_000]),
    lookUs: dice.pick([0, 700]),
    databaseUs: [100, dice.pick([1_500, 10_000])],
    lostAnswerProbability: 0,
    cacheBytesMax: dice.pick([2_000, 6_000, 20_000]),
    retainedEntries: dice.pick([1, 2, 4, 16]),
    batchCommandsMax: dice.pick([1, 4]),
    segmentBytesMax: 2_000,
    idempotencyKeyHours: 24,
    // Else a run is too short for any key to be decided by its time.
    clientsAheadMs: dice.pick([0, 59_000, 59_000]),
    recentKeysMax: dice.pick([64, 4_096]),
    faultEveryMs: dice.pick([300, 900]),
    faults: {
      ...noClusterFaults(),
      crash: dice.random(),
      'crash-leader': dice.random(),
      'pause-leader': dice.random(),
      pause: dice.random(),
      'absent-one-leads': 1 + dice.random(),
      partition: 0.5 + dice.random(),
      'isolate-leader': dice.random(),
      'cut-one-way': dice.random() / 2,
      transfer: dice.random(),
      'calendar-jumps': dice.random() / 2,
      'heal-links': 1 + dice.random(),
    },
  };
}

import { smallDeletionEdgesMax } from '#server/graph/limits.ts';
import { noClusterFaults } from './cluster-weather.ts';
import type { ClusterWeather } from './cluster-weather.ts';

/**
 * Whole nodes with the timings and limits that they are run with: a net of a machine room, disks that sync in milliseconds, a
 * database in the same house; more than 20 commands and more than one fault a second. Faults are those after which there is service
 * again soon: under the others, clients that wait send too little to measure anything.
 */
export function productWeather(): Partial<ClusterWeather> {
  return {
    kind: 'product',
    nodes: 3,
    clients: 6,
    thinkMs: 30,
    readShare: 0.3,
    hubShare: 0.003,
    hubEdges: smallDeletionEdgesMax + 30,
    secondThoughtsShare: 0,
    repeatShare: 0.08,
    repeatableMax: 64,
    statusShare: 0,
    people: 20,
    delayUs: [100, 1_000],
    lossProbability: 0,
    turnUsMax: 1,
    lookUs: 0,
    diskUs: [500, 3_000],
    slowDiskFactor: 10,
    databaseUs: [300, 2_000],
    databaseTimeoutMs: 1_500,
    lostAnswerProbability: 0,
    cacheBytesMax: 1_000_000,
    retainedEntries: 400,
    behindEntriesMax: 2_000,
    batchCommandsMax: 64,
    segmentBytesMax: 50_000,
    idempotencyKeyHours: 24,
    recentKeysMax: 4_096,
    clientsAheadMs: 0,
    mutationDeadlineMs: 1_800,
    readDeadlineMs: 3_000,
    faultEveryMs: 500,
    pauseMsMax: 3_000,
    faults: {
      ...noClusterFaults(),
      crash: 1,
      'crash-leader': 0.3,
      'stop-in-good-order': 0.5,
      pause: 1,
      partition: 0.2,
      'isolate-leader': 0.2,
      'cut-one-way': 1,
      unplug: 0.2,
      transfer: 1,
      'calendar-jumps': 0.5,
      'database-away': 0.1,
      'database-hangs-for-leader': 0.1,
      'database-goes-back': 0.1,
      'heal-links': 2,
    },
  };
}

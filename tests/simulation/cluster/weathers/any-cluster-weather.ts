import { smallDeletionEdgesMax } from '#server/graph/limits.ts';
import type { Dice } from '#tests/simulation/dice.ts';
import { clusterFaultKinds, noClusterFaults } from '../cluster-weather.ts';
import type { ClusterFaultKind, ClusterWeather } from '../cluster-weather.ts';

/** Of those that are several at once there are weathers enough. */
const compound: ReadonlySet<ClusterFaultKind> = new Set(['absent-one-leads', 'leader-sleeps-alone']);
const kindsDrawn = clusterFaultKinds.filter((kind) => !compound.has(kind));

/** Everything drawn by itself: some seeds are calm in one way and wild in another. */
export function drawAnyClusterWeather(dice: Dice): ClusterWeather {
  const slowNet = dice.chance(0.3);
  const slowDatabase = dice.chance(0.4);
  const drawn = Object.fromEntries(kindsDrawn.map((kind) => [kind, dice.chance(0.6) ? dice.random() : 0]));
  return {
    kind: 'any',
    nodes: dice.pick([3, 3, 3, 5, 1]),
    tickMs: 25,
    electionTimeoutTicks: 14,
    heartbeatTicks: 4,
    stormSeconds: 20,
    clients: dice.between(2, 6),
    thinkMs: dice.pick([20, 80, 200]),
    readShare: dice.pick([0.3, 0.6]),
    hubShare: dice.pick([0.003, 0.003, 0.003, 0.03]),
    hubEdges: smallDeletionEdgesMax + 30,
    secondThoughtsShare: 0,
    repeatShare: 0.08,
    repeatableMax: 64,
    statusShare: 0,
    people: dice.pick([3, 6, 20]),
    delayUs: slowNet ? [100, 40_000] : [50, 600],
    lossProbability: dice.chance(0.3) ? 0.05 * dice.random() : 0,
    turnUsMax: dice.pick([1, 1, 3_000, 20_000]),
    lookUs: 0,
    diskUs: dice.chance(0.7) ? [50, 800] : [200, 20_000],
    slowDiskFactor: dice.pick([1, 10, 40]),
    databaseUs: slowDatabase ? [500, 120_000] : [100, 1_500],
    databaseTimeoutMs: dice.pick([300, 1_500]),
    lostAnswerProbability: dice.chance(0.5) ? 0.03 : 0,
    cacheBytesMax: dice.pick([6_000, 20_000, 1_000_000]),
    retainedEntries: dice.pick([4, 32, 400]),
    behindEntriesMax: dice.pick([16, 100, 2_000]),
    batchCommandsMax: dice.pick([1, 4, 64]),
    segmentBytesMax: dice.pick([2_000, 50_000]),
    idempotencyKeyHours: dice.pick([24, 24, 0.002]),
    recentKeysMax: dice.pick([8, 64, 4_096]),
    clientsAheadMs: dice.pick([0, 50_000, 59_000]),
    mutationDeadlineMs: dice.pick([600, 1_800]),
    readDeadlineMs: dice.pick([400, 3_000]),
    faultEveryMs: dice.pick([300, 900, 2_000]),
    pauseMsMax: 3_000,
    // Whatever is torn should also heal now and then.
    faults: { ...noClusterFaults(), ...(drawn as Partial<Record<ClusterFaultKind, number>>), 'heal-links': 0.8 },
  };
}

import type { Dice } from '../dice.ts';

export const clusterFaultKinds = [
  'crash',
  'crash-leader',
  'lose-power-everywhere',
  'stop-in-good-order',
  'pause',
  'pause-leader',
  'partition',
  'isolate-leader',
  'cut-one-way',
  'unplug',
  'heal-links',
  'transfer',
  'calendar-jumps',
  'database-away',
  'database-hangs',
  'database-hangs-for-leader',
  'database-goes-back',
  'connection-stalls',
] as const;
export type ClusterFaultKind = (typeof clusterFaultKinds)[number];

/** What one seed does to whole nodes. Times of the cluster itself are those of the product. */
export interface ClusterWeather {
  readonly nodes: number;
  readonly tickMs: number;
  readonly electionTimeoutTicks: number;
  readonly heartbeatTicks: number;
  readonly stormSeconds: number;
  readonly clients: number;
  /** A client pauses so long between two of its acts, on average. */
  readonly thinkMs: number;
  readonly readShare: number;
  /** Of all changes: people with more to delete than one commit takes. */
  readonly hubShare: number;
  /** People that clients know by name; few: they meet often. */
  readonly people: number;
  readonly delayUs: readonly [number, number];
  readonly lossProbability: number;
  /** A turn of a node's event loop takes up to so long: a busy process. */
  readonly turnUsMax: number;
  readonly diskUs: readonly [number, number];
  readonly slowDiskFactor: number;
  readonly databaseUs: readonly [number, number];
  readonly databaseTimeoutMs: number;
  readonly lostAnswerProbability: number;
  readonly cacheBytesMax: number;
  readonly retainedEntries: number;
  readonly behindEntriesMax: number;
  readonly batchCommandsMax: number;
  readonly segmentBytesMax: number;
  readonly idempotencyKeyHours: number;
  readonly recentKeysMax: number;
  /** How far the clocks of clients are ahead: up to a minute they may be. */
  readonly clientsAheadMs: number;
  readonly mutationDeadlineMs: number;
  readonly readDeadlineMs: number;
  readonly faultEveryMs: number;
  readonly faults: Readonly<Record<ClusterFaultKind, number>>;
}

export function drawClusterWeather(dice: Dice): ClusterWeather {
  const slowNet = dice.chance(0.3);
  const slowDatabase = dice.chance(0.4);
  const drawn = Object.fromEntries(clusterFaultKinds.map((kind) => [kind, dice.chance(0.6) ? dice.random() : 0]));
  return {
    nodes: dice.pick([3, 3, 3, 5, 1]),
    tickMs: 25,
    electionTimeoutTicks: 14,
    heartbeatTicks: 4,
    stormSeconds: 20,
    clients: dice.between(2, 6),
    thinkMs: dice.pick([20, 80, 200]),
    readShare: dice.pick([0.3, 0.6]),
    hubShare: dice.pick([0.003, 0.003, 0.003, 0.03]),
    people: dice.pick([3, 6, 20]),
    delayUs: slowNet ? [100, 40_000] : [50, 600],
    lossProbability: dice.chance(0.3) ? 0.05 * dice.random() : 0,
    turnUsMax: dice.pick([1, 1, 3_000, 20_000]),
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
    // Whatever is torn should also heal now and then.
    faults: { ...(drawn as Record<ClusterFaultKind, number>), 'heal-links': 0.8 },
  };
}

export function noClusterFaults(): Readonly<Record<ClusterFaultKind, number>> {
  return Object.fromEntries(clusterFaultKinds.map((kind) => [kind, 0])) as Record<ClusterFaultKind, number>;
}

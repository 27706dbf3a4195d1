export const clusterWeatherKinds = [
  'any',
  'short-logs',
  'unsteady-database',
  'small-caches',
  'hubs',
  'busy-loops',
  'second-thoughts',
  'stalls',
  'product',
] as const;
export type ClusterWeatherKind = (typeof clusterWeatherKinds)[number];

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
  'absent-one-leads',
  'leader-sleeps-alone',
] as const;
export type ClusterFaultKind = (typeof clusterFaultKinds)[number];

/** What one seed does to whole nodes. Times of the cluster itself are those of the product. */
export interface ClusterWeather {
  readonly kind: ClusterWeatherKind;
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
  /** What they have to delete. */
  readonly hubEdges: number;
  /** Of all changes of friendships: those that undo what was done to one of the last few. */
  readonly secondThoughtsShare: number;
  /** Of all that clients do: commands sent again long after their answer, as a queue between them and the nodes might. */
  readonly repeatShare: number;
  /** Of so many of the last ones. */
  readonly repeatableMax: number;
  /** Of commands that are sent again: those whose status is asked for first, or instead. */
  readonly statusShare: number;
  /** People that clients know by name; few: they meet often. */
  readonly people: number;
  readonly delayUs: readonly [number, number];
  readonly lossProbability: number;
  /** A turn of a node's event loop takes up to so long: a busy process. */
  readonly turnUsMax: number;
  /** A look at the clock takes so long: a process that minds how long it works then does so in small pieces. */
  readonly lookUs: number;
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
  /** A node that is paused goes on within this time. */
  readonly pauseMsMax: number;
  readonly faults: Readonly<Record<ClusterFaultKind, number>>;
}

export function noClusterFaults(): Readonly<Record<ClusterFaultKind, number>> {
  return Object.fromEntries(clusterFaultKinds.map((kind) => [kind, 0])) as Record<ClusterFaultKind, number>;
}

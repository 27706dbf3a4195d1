export const weatherKinds = ['any', 'succession', 'churn', 'lag', 'late', 'product'] as const;
export type WeatherKind = (typeof weatherKinds)[number];

/** What goes wrong in one seed, and how often. Drawn anew for each, so that some are calm in one way and wild in another. */
export interface Weather {
  readonly kind: WeatherKind;
  /** Simulated microseconds between two ticks of a node with a true clock. */
  readonly tickUs: number;
  /** The storm lasts so many events. */
  readonly stormEvents: number;
  readonly voters: number;
  readonly learners: number;
  /** Nodes are added, promoted and removed while all else goes on. */
  readonly isMembershipChanging: boolean;
  /** How often a new leader changes members at once, and one that is cut off removes several in a row. */
  readonly rashChangeProbability: number;
  readonly electionTimeoutTicks: number;
  readonly heartbeatTicks: number;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  readonly inflightMessagesMax: number;
  readonly entriesBytesPerMessageMax: number;
  readonly segmentBytesMax: number;
  readonly lossProbability: number;
  readonly duplicationProbability: number;
  /** Each message takes from the least to the most, so a wide range also reorders. */
  readonly delayUs: readonly [number, number];
  /** How often a message takes up to `lateUs` more: it may reach a later life of its receiver, or another role. */
  readonly lateProbability: number;
  readonly lateUs: number;
  /** A cut stops what is under way too; else that is stuck for up to `lateUs`, and arrives. */
  readonly isCutAtOnce: boolean;
  readonly diskUs: readonly [number, number];
  /** A disk's work takes this many times longer now and then. */
  readonly slowDiskFactor: number;
  /** Relative speed of the nodes' clocks: from 1 / drift to drift. */
  readonly drift: number;
  readonly proposalEveryUs: number;
  /** Once all is mended, clients are at least as busy as this. */
  readonly calmProposalEveryUs: number;
  /** How often a client that acts also reads, from any node. */
  readonly readProbability: number;
  /** How often a node gives up the beginning of its log when a client looks its way. */
  readonly compactProbability: number;
  readonly faultEveryUs: number;
  readonly restartTicksMax: number;
  /** How often a new leader crashes or is cut off within few ticks of its election. */
  readonly newLeaderFallsProbability: number;
  /** How often a new candidate loses power soon. */
  readonly newCandidateFallsProbability: number;
  /** Relative frequency of each kind of fault; 0: never in this seed. */
  readonly faults: Readonly<Record<FaultKind, number>>;
}

export const faultKinds = [
  'crash',
  'crash-leader',
  'crash-in-append',
  'lose-power-everywhere',
  'stop-in-good-order',
  'pause',
  'partition',
  'isolate-leader',
  'cut-one-way',
  'heal-links',
  'sync-fails',
  'append-fails',
  'disk-hangs',
  'disk-full',
  'bit-flips',
  'disk-wiped',
  'clock-jumps',
  'clock-stands',
  'halve',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export function noFaults(): Record<FaultKind, number> {
  return Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>;
}

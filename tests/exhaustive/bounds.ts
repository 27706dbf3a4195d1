/** How far an exploration goes. What is not bounded here is bounded by these: see README. */
export interface Bounds {
  /** Distinct states; the exploration ends with the step that would make one more. */
  readonly states: number;
  /** Actions after the scene. */
  readonly depth: number;
  /** The highest term that anybody may reach. */
  readonly terms: number;
  /** Entries of clients. */
  readonly entries: number;
  readonly crashes: number;
  readonly duplicates: number;
  readonly losses: number;
  /**
   * A message stays under way when it arrives, so each may arrive any number of times, at any time, or never. More than any number
   * of duplicates and losses, and yet fewer states, since it no longer matters what has arrived.
   */
  readonly anyNetwork: boolean;
  /** Ticks of leaders: each is a round of heartbeats, or the leader steps down. */
  readonly leaderTicks: number;
  /** Where it begins, see `scenes.ts`. */
  readonly scene: string;
  /** Pre-vote and check-quorum off: the algorithm of the paper alone. */
  readonly plain: boolean;
}

export const defaultBounds: Bounds = {
  states: 10_000_000,
  depth: Infinity,
  terms: 3,
  entries: 2,
  crashes: 1,
  duplicates: 1,
  losses: 1,
  anyNetwork: false,
  leaderTicks: 2,
  scene: 'empty',
  plain: false,
};

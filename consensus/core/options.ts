import { assert } from './assert.ts';
import type { Entry, HardState, LogPlace, NodeId, SnapshotMark } from './types.ts';

export interface RaftOptions {
  readonly id: NodeId;
  /** What the disk held at the start. */
  readonly hardState: HardState;
  readonly mark: SnapshotMark;
  readonly entries: readonly Entry[];
  /** The log lost entries, and ended at most here before: no votes until it is repaired. Default null: it is whole. */
  readonly lost?: LogPlace | null;
  /** A follower that hears nothing for n ticks and its turn, less than as much again, campaigns (`election-timer.ts`). */
  readonly electionTimeoutTicks: number;
  readonly heartbeatTicks: number;
  /** Dice: a number in [0, 1). */
  readonly random: () => number;
  /** Appends under way to one peer. */
  readonly inflightMessagesMax: number;
  readonly inflightBytesMax: number;
  /** One append carries at least one entry, and no further one beyond this. */
  readonly entriesBytesPerMessageMax: number;
  /** A leader takes no more proposals while its uncommitted entries, or those that its own disk writes, are as large as this. */
  readonly uncommittedBytesMax: number;
  /** Ask before campaigning, without raising the term (thesis 9.6). Default true. */
  readonly preVote?: boolean;
  /** A leader that hears no majority steps down, and who hears a leader refuses votes (thesis 6.2, 4.2.3). Default true. */
  readonly checkQuorum?: boolean;
}

export function assertOptions(options: RaftOptions): void {
  const { electionTimeoutTicks, heartbeatTicks } = options;
  assert(heartbeatTicks >= 1, 'heartbeatTicks must be at least 1');
  assert(electionTimeoutTicks > heartbeatTicks, 'electionTimeoutTicks must be greater than heartbeatTicks');
  assert(options.inflightMessagesMax >= 1, 'inflightMessagesMax must be at least 1');
  assert(options.inflightBytesMax >= 1, 'inflightBytesMax must be at least 1');
  assert(options.entriesBytesPerMessageMax >= 1, 'entriesBytesPerMessageMax must be at least 1');
  assert(options.uncommittedBytesMax >= 1, 'uncommittedBytesMax must be at least 1');
}

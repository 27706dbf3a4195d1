import type { LogIndex, TimeMs } from '#server/graph/identifiers.ts';
import type { RecentKeys } from './recent-keys.ts';

/** How far the clocks of a client's machine and of the leader may be apart for a UUIDv7 to be decided by its time. */
export const clockSkewMsMax = 60_000;

const uuidV7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** The time that a UUIDv7 carries (RFC 9562, 5.7); null for any other key. */
export function uuidV7TimeMs(key: string): TimeMs | null {
  const match = uuidV7.exec(key);
  if (match === null) return null;
  const [, high = '', low = ''] = match;
  return Number.parseInt(high + low, 16);
}

/** What this node remembers of the log. */
export interface LogMemory {
  /** Every entry after this one is in memory. */
  readonly horizon: LogIndex;
  /** The time of the oldest dated entry in memory; null: there is none. */
  readonly oldestTime: TimeMs | null;
  /** Keys without what became of them, over more of the log than `horizon` tells of. */
  readonly recentKeys: Pick<RecentKeys, 'oldestTime' | 'mayHold'>;
  /** What an entry would be dated now. */
  readonly now: TimeMs;
  /** Keys recorded before this time are forgotten, or may be. */
  readonly forgottenBefore: TimeMs;
}

/**
 * How it is decided whether a key that is not in memory is new.
 *
 * A UUIDv7 stamped t: whatever entry holds it is dated t less the skew at the earliest, since a leader refuses keys from the
 * future. So if that is after the oldest entry in memory, the key would be in memory too, and as well for the recent keys; and if it
 * is before what has been forgotten, nobody can know any more. Any other key may be of any age: only the table knows.
 */
export function judgeUnknownKey(key: string, memory: LogMemory): 'new' | 'ask-table' | 'expired' | 'from-future' {
  const stamped = uuidV7TimeMs(key);
  if (stamped !== null) {
    if (stamped > memory.now + clockSkewMsMax) return 'from-future';
    const recordedAt = stamped - clockSkewMsMax;
    if (recordedAt < memory.forgottenBefore) return 'expired';
    if (memory.oldestTime !== null && recordedAt > memory.oldestTime) return 'new';
    const { recentKeys } = memory;
    if (recentKeys.oldestTime !== null && recordedAt > recentKeys.oldestTime && !recentKeys.mayHold(key)) return 'new';
  }
  // The whole log, from its first entry, is in memory.
  return memory.horizon === 0 ? 'new' : 'ask-table';
}

import type { LogPlace } from './types.ts';

/** Whether a log that ends at `place` is at least as up to date as one that ends at `other` (Raft paper 5.4.1). */
export function isAtLeast(place: LogPlace, other: LogPlace): boolean {
  return place.term > other.term || (place.term === other.term && place.index >= other.index);
}

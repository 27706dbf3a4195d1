import type { RaftState } from './raft-state.ts';
import { successors } from './successors.ts';
import type { NodeId } from './types.ts';

/**
 * A disk that hangs while all else goes on: heartbeats are answered, so check-quorum sees nothing, and yet neither the node's writes nor
 * the vote that it would give become durable. A leader that has waited for an election timeout hands over, if the others have
 * committed without its disk: then theirs work, and they can elect without its vote. That needs nothing of its own disk. Where all
 * disks hang, nobody would be better off, and nothing changes.
 */

/** Writes are under way, and none was acknowledged for so many election timeouts. */
function isDiskHung(raft: RaftState, timeouts: number): boolean {
  return !raft.durability.isIdle && raft.nowTick - raft.diskHeardTick > timeouts * raft.options.electionTimeoutTicks;
}

/** A campaign on it would disturb and not be won. Later than the other limit: any node may be about to campaign for the first time. */
export function mayCampaignOnDisk(raft: RaftState): boolean {
  return !isDiskHung(raft, 2);
}

/** Whom a leader should hand over to for the sake of its disk; null: it may stay. Asked at each tick. */
export function successorForDisk(raft: RaftState): NodeId | null {
  if (raft.transfer !== null || raft.commitIndex <= raft.durability.durableIndex || !isDiskHung(raft, 1)) return null;
  const others = successors(raft).filter((peer) => peer.matchIndex >= raft.commitIndex);
  // The one that did not take over last time is asked again when there is no other.
  const successor = others.find(({ id }) => id !== raft.askedToSucceed) ?? others[0];
  if (successor !== undefined) raft.askedToSucceed = successor.id;
  return successor?.id ?? null;
}

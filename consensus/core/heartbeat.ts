import { lesser } from './log-index.ts';
import type { RaftState } from './raft-state.ts';

/** Keeps followers from campaigning, and carries the commit index and the newest numbered read. */
export function broadcastHeartbeat(raft: RaftState): void {
  raft.heartbeatAtTick = raft.nowTick + raft.options.heartbeatTicks;
  for (const peer of raft.progress.values()) {
    // Never beyond what this peer is known to hold: a heartbeat proves nothing about its log.
    const commit = lesser(raft.commitIndex, peer.matchIndex);
    const readNumber = raft.reads.newestNumber;
    raft.sendNow.push({ kind: 'heartbeat-request', from: raft.id, to: peer.id, term: raft.term, commit, readNumber });
  }
}

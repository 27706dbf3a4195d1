import { impossible } from './assert.ts';
import { entryBytes } from './log.ts';
import { lesser, plus } from './log-index.ts';
import type { RaftState } from './raft-state.ts';
import { numberEarlyReads } from './reads.ts';
import type { LogIndex } from './types.ts';

/**
 * Commits what a majority of the voters has on disk, if it is of the leader's own term; what came before is then committed with
 * it. Entries of older terms are never committed by counting: they may still be overwritten (Raft paper 5.4.2, figure 8).
 */
export function commitByCounting(raft: RaftState): void {
  // The leader's own disk counts as any other, and only up to where it has answered.
  const replicated = raft.quorumReached(raft.durability.durableIndex, (peer) => peer.matchIndex) as LogIndex;
  if (replicated > raft.commitIndex && raft.log.termAt(replicated) === raft.term) {
    const wasOwnTermCommitted = raft.isOwnTermCommitted;
    releaseUncommitted(raft, replicated);
    raft.commitIndex = replicated;
    raft.isReplicationDue = true;
    if (!wasOwnTermCommitted) numberEarlyReads(raft);
  }
}

/** What a message of the leader has shown to be committed; `provedIndex` is how far the logs are known to be equal. */
export function commitAsTold(raft: RaftState, told: LogIndex, provedIndex: LogIndex): void {
  const commit = lesser(told, provedIndex);
  if (commit > raft.log.lastIndex)
    impossible(`commit ${commit} beyond the last entry ${raft.log.lastIndex}: this log lost entries`);
  if (commit > raft.commitIndex) raft.commitIndex = commit;
}

function releaseUncommitted(raft: RaftState, upTo: LogIndex): void {
  for (let index = plus(raft.commitIndex, 1); index <= upTo; index = plus(index, 1)) {
    const entry = raft.log.at(index) ?? impossible(`uncommitted entry ${index} is not held`);
    raft.uncommittedBytes -= entryBytes(entry);
  }
}

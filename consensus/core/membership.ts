import { isSingleServerChange, isVoter, parseConfiguration } from './configuration.ts';
import type { RaftState } from './raft-state.ts';
import type { Configuration, ProposalRefusal } from './types.ts';

/** One server at a time; a configuration counts from the moment it is appended (thesis 4.1). */

/** Why this configuration may not be proposed now; null if it may. Asked of a leader only. */
export function configurationRefusal(raft: RaftState, data: Uint8Array): ProposalRefusal | null {
  const proposed: Configuration | null = parseConfiguration(data);
  if (proposed === null || !isSingleServerChange(raft.configuration, proposed)) return 'configuration-invalid';
  // Two majorities of two uncommitted changes need not meet.
  const isOnePending = raft.log.configurationIndex > raft.commitIndex;
  // A change of an earlier term may be pending that this leader never saw (the bug of 2015 in single-server changes).
  if (isOnePending || !raft.isOwnTermCommitted) return 'configuration-pending';
  return null;
}

/** After every append, truncation or reset that touched one. */
export function configurationChanged(raft: RaftState): void {
  if (!raft.isLeader) {
    if (raft.role === 'follower' || raft.role === 'learner') raft.settleRole();
    return;
  }
  const { voters, learners } = raft.configuration;
  for (const id of [...voters, ...learners]) {
    const peer = raft.progress.get(id);
    // One that left and comes back may have an empty disk: what it acknowledged before counts no more.
    const isNew = peer === undefined || peer.leftAtIndex !== null;
    if (isNew && id !== raft.id) raft.progress.set(id, raft.newProgress(id));
  }
  for (const peer of raft.progress.values()) {
    const isMember = voters.includes(peer.id) || learners.includes(peer.id);
    if (!isMember && peer.leftAtIndex === null) peer.leftAtIndex = raft.log.configurationIndex;
  }
  if (raft.transfer !== null && !isVoter(raft.configuration, raft.transfer.to)) raft.transfer = null;
}

/**
 * A removed server would campaign for ever if nobody told it (thesis 4.2.3 only makes that harmless). So it is sent the entries
 * up to its removal and the commit of that, as long as it answers; it counts for nothing meanwhile.
 */
export function forgetThoseWhoLeft(raft: RaftState): void {
  for (const peer of raft.progress.values()) {
    if (peer.leftAtIndex !== null && (peer.knowsItLeft || !raft.isActive(peer))) raft.progress.delete(peer.id);
  }
}

import { greater } from './log-index.ts';
import { isAtLeast } from './log-place.ts';
import type { RaftState } from './raft-state.ts';
import type { LogIndex, LogPlace, Message } from './types.ts';

/**
 * A log that lost entries it had acknowledged: its disk damaged them, or its folder was restored from an older copy
 * (Protocol-Aware Recovery, FAST '18). Others count on such entries, so the node neither votes nor campaigns before it has them
 * again; it follows, acknowledges and is counted meanwhile, since term and vote are known.
 *
 * It is whole again once its log, proved equal to a leader's up to some place, is there at least as up to date as the lost one was
 * at its end: the comparison of votes (Raft paper 5.4.1). With an equal term both places are of one leader, so the log contains the
 * lost one (log matching). With a later term, the leader of that term had everything that was ever committed with this node's
 * help, since it was elected by a majority of which each had it or did not vote.
 *
 * A leader that still counts a former acknowledgement of this node commits what fewer disks hold, and yet nothing that can be
 * overwritten: without this node's vote only those elect who hold it.
 */

type Reminder = Extract<Message, { readonly kind: 'reminder' }>;

/** The log ended at least at this place, and does not now. Durable before anything else is said. */
export function noteLoss(raft: RaftState, lost: LogPlace): void {
  if (raft.lost !== null && isAtLeast(raft.lost, lost)) return;
  raft.lost = lost;
  raft.write.repairChanged();
}

/** A leader's message has proved the log equal up to `index`, or it is committed up to there. */
export function endRepair(raft: RaftState, provedIndex: LogIndex): void {
  if (raft.lost === null) return;
  const index = greater(provedIndex, raft.commitIndex);
  const term = raft.log.termAt(index);
  if (term === null || !isAtLeast({ index, term }, raft.lost)) return;
  raft.lost = null;
  raft.write.repairChanged();
}

/**
 * The leader of this term holds an acknowledgement for what this node refuses. Late refusals make for needless reminders; what
 * counts is whether the entry is here.
 */
export function remember(raft: RaftState, { index, entryTerm }: Reminder): void {
  if (index <= raft.commitIndex || raft.log.termAt(index) === entryTerm) return;
  // An entry of the leader's own term, so that everything that was acknowledged to earlier leaders comes with it.
  noteLoss(raft, { index, term: raft.term });
}

/** The heartbeat names a commit that this node acknowledged in this term, and its log ends before it. */
export function noteForgottenCommit(raft: RaftState, commit: LogIndex): void {
  noteLoss(raft, { index: commit, term: raft.term });
}

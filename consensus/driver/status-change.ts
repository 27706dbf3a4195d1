import type { Configuration, NodeId, RaftStatus } from '../core/types.ts';

/** Whether nothing changed that `onStatus` tells of. Asked after every turn, so it compares and does not copy. */
export function isSameStatus(a: RaftStatus, b: RaftStatus): boolean {
  return (
    a.commitIndex === b.commitIndex &&
    a.role === b.role &&
    a.term === b.term &&
    a.leader === b.leader &&
    a.votedFor === b.votedFor &&
    a.ownTermCommitted === b.ownTermCommitted &&
    a.hasQuorum === b.hasQuorum &&
    a.transferringTo === b.transferringTo &&
    a.firstIndex === b.firstIndex &&
    a.lost === b.lost &&
    isSameConfiguration(a.configuration, b.configuration)
  );
}

function isSameConfiguration(a: Configuration, b: Configuration): boolean {
  if (a === b) return true;
  return isSameList(a.voters, b.voters) && isSameList(a.learners, b.learners) && a.addresses === b.addresses;
}

function isSameList(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a === b || (a.length === b.length && a.every((id, at) => id === b[at]));
}

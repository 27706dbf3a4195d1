import type { Entry, Proposal, RaftStatus } from '#consensus/core/types.ts';
import type { LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';

export const self = 'n1' as NodeId;

/** The consensus as one node sees it, with a log that commits when a test says so. */
export class RaftDouble {
  status_: RaftStatus = {
    id: self,
    role: 'leader',
    term: 3 as Term,
    votedFor: self,
    leader: self,
    firstIndex: 1 as LogIndex,
    lastIndex: 0 as LogIndex,
    commitIndex: 0 as LogIndex,
    ticksSinceLeader: 0,
    ownTermCommitted: true,
    hasQuorum: true,
    transferringTo: null,
    configuration: { voters: [self], learners: [] },
    progress: [],
  };
  readonly log: Entry[] = [];

  status(): RaftStatus {
    return this.status_;
  }

  propose({ kind, data }: Proposal): { index: LogIndex; term: Term } | { refused: 'not-leader' } {
    if (this.status_.role !== 'leader') return { refused: 'not-leader' };
    const index = (this.status_.lastIndex + 1) as LogIndex;
    this.log.push({ index, term: this.status_.term, kind, data });
    this.status_ = { ...this.status_, lastIndex: index };
    return { index, term: this.status_.term };
  }

  entries(from: LogIndex, count: number): readonly Entry[] {
    return this.log.slice(from - this.status_.firstIndex, from - this.status_.firstIndex + count);
  }
}

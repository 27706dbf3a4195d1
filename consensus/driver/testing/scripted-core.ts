import type {
  Entry,
  LogIndex,
  Message,
  NodeId,
  Outbox,
  Persist,
  Proposal,
  RaftCore,
  RaftStatus,
  Term,
} from '#consensus/core/types.ts';

/** A core that does what a test tells it: each call is written down, each outbox is what was laid in for it. */
export class ScriptedCore implements RaftCore {
  readonly calls: string[] = [];
  readonly outboxes: Partial<Outbox>[] = [];
  current: RaftStatus = followerStatus;

  step(message: Message): void {
    this.calls.push(`step ${message.kind}`);
  }

  tick(): void {
    this.calls.push('tick');
  }

  propose(proposal: Proposal): { readonly index: LogIndex; readonly term: Term } {
    this.calls.push(`propose ${proposal.kind}`);
    return { index: 7 as LogIndex, term: 1 as Term };
  }

  readIndex(request: number): void {
    this.calls.push(`readIndex ${request}`);
  }

  transferLeadership(to: NodeId): boolean {
    this.calls.push(`transferLeadership ${to}`);
    const mayTransfer = this.current.role === 'leader' && to !== this.current.id;
    if (mayTransfer) this.current = { ...this.current, transferringTo: to };
    return mayTransfer;
  }

  peerClosed(id: NodeId): void {
    this.calls.push(`peerClosed ${id}`);
  }

  compact(upTo: LogIndex): void {
    this.calls.push(`compact ${upTo}`);
  }

  persisted(sequence: number): void {
    this.calls.push(`persisted ${sequence}`);
  }

  takeOutbox(): Outbox {
    return {
      persist: null,
      sendNow: [],
      sendAfterPersist: [],
      restart: null,
      apply: [],
      readsReady: [],
      ...this.outboxes.shift(),
    };
  }

  status(): RaftStatus {
    return this.current;
  }

  entries(): readonly Entry[] {
    return [];
  }
}

export const followerStatus: RaftStatus = {
  id: 'n1' as NodeId,
  role: 'follower',
  term: 1 as Term,
  votedFor: null,
  leader: null,
  firstIndex: 1 as LogIndex,
  lastIndex: 0 as LogIndex,
  commitIndex: 0 as LogIndex,
  ticksSinceLeader: 0,
  ownTermCommitted: false,
  hasQuorum: false,
  transferringTo: null,
  configuration: { voters: ['n1', 'n2', 'n3'] as NodeId[], learners: [] },
  progress: [],
};

export function persist(sequence: number): Persist {
  return { sequence, hardState: null, reset: null, truncateFrom: null, entries: [], compactTo: null };
}

export function message(kind: 'timeout-now' | 'vote-response' | 'pre-vote-response'): Message {
  const envelope = { from: 'n1' as NodeId, to: 'n2' as NodeId, term: 1 as Term };
  return kind === 'timeout-now' ? { ...envelope, kind } : { ...envelope, kind, granted: true };
}

export function entry(index: number): Entry {
  return { index: index as LogIndex, term: 1 as Term, kind: 'command', data: new Uint8Array(0) };
}

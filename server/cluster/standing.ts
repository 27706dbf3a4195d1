import type { LogPlace, RaftStatus } from '#consensus/core/types.ts';
import type { LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import type { Clock } from './clock.ts';
import type { NodeRole } from './node-service.ts';

export const nodeRoleOf: Readonly<Record<RaftStatus['role'], NodeRole>> = {
  follower: 'FOLLOWER',
  'pre-candidate': 'PRE_CANDIDATE',
  candidate: 'CANDIDATE',
  leader: 'LEADER',
  learner: 'LEARNER',
};

/** What changes hands at an election, as this node knows it. */
export interface Standing {
  readonly role: RaftStatus['role'];
  readonly term: Term;
  readonly leader: NodeId | null;
  readonly hasQuorum: boolean;
  readonly ownTermCommitted: boolean;
  readonly commitIndex: LogIndex;
  /** Up to where its log lacks what it acknowledged; absent: it is whole. */
  readonly lost?: LogPlace;
}

type Listener = (now: Standing, before: Standing) => void;

/** Keeps the last Raft status, and tells of changes of role, term and leader. */
export class StandingWatch {
  readonly #clock: Clock;
  readonly #listeners: Listener[] = [];
  readonly #waiting = new Set<() => void>();
  #now: Standing;
  #everLed: boolean;

  constructor(clock: Clock, status: RaftStatus) {
    this.#clock = clock;
    this.#now = status;
    this.#everLed = status.leader !== null;
  }

  get now(): Standing {
    return this.#now;
  }

  /** Whether this node has known a leader since its start. */
  get hasKnownLeader(): boolean {
    return this.#everLed;
  }

  /** For the parts of this node, in the order of registration; they must not throw. */
  onChange(listener: Listener): void {
    this.#listeners.push(listener);
  }

  update(status: RaftStatus): void {
    const before = this.#now;
    this.#now = status;
    if (status.leader !== null) this.#everLed = true;
    for (const listener of this.#listeners) listener(status, before);
    if (status.leader === before.leader && status.term === before.term && status.role === before.role) return;
    for (const wake of this.#waiting) wake();
  }

  /** Resolves at the next change of role, term or leader, at the latest after `delayMs`. */
  changedWithin(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        callOff();
        resolve();
      };
      const callOff = this.#clock.after(delayMs, wake);
      this.#waiting.add(wake);
    });
  }
}

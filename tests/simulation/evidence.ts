import type { Entry, Term } from '#consensus/core/types.ts';
import type { Witness } from './witness.ts';

export interface CommittedEntry {
  readonly entry: Entry;
  /** The term of the node that first took it for committed. */
  readonly inTerm: Term;
}

/** An entry that its proposer's node has told the client of. */
export interface Acknowledged {
  readonly entry: Entry;
  readonly by: Witness;
}

/** One event's worth of facts about one node, and all that was seen before it. */
export interface Hearing {
  readonly witness: Witness;
  readonly everyone: readonly Witness[];
  readonly evidence: Evidence;
  /** What this node newly takes for committed, in order. */
  readonly claims: readonly Entry[];
  /** What it newly told clients to be done. */
  readonly acknowledged: readonly Acknowledged[];
}

/** Knows one safety property and nothing else. Hears of every event and throws Violation. */
export interface Judge {
  readonly property: string;
  hear(hearing: Hearing): void;
}

export class Violation extends Error {
  readonly property: string;

  constructor(property: string, what: string) {
    super(`${property}: ${what}`);
    this.property = property;
    this.name = 'Violation';
  }
}

const none: readonly never[] = [];

/** What has been seen over the whole run. */
export class Evidence {
  readonly #committed: CommittedEntry[] = [];
  readonly acknowledged: Acknowledged[] = [];
  /** The highest index that a client was told of. */
  acknowledgedIndex = 0;
  #newlyAcknowledged: Acknowledged[] = [];

  /** The highest index that anybody took for committed. */
  get committedIndex(): number {
    return this.#committed.length;
  }

  committedAt(index: number): CommittedEntry | undefined {
    return this.#committed[index - 1];
  }

  acknowledge(acknowledged: Acknowledged): void {
    this.#newlyAcknowledged.push(acknowledged);
  }

  /** Before the judges hear of an event. */
  hearingOf(witness: Witness, everyone: readonly Witness[]): Hearing {
    const acknowledged = this.#newlyAcknowledged;
    if (acknowledged.length > 0) this.#newlyAcknowledged = [];
    const claims = this.#claimsOf(witness);
    for (const entry of claims) {
      if (entry.index === this.#committed.length + 1)
        this.#committed.push({ entry, inTerm: witness.status?.term ?? entry.term });
    }
    return { witness, everyone, evidence: this, claims, acknowledged };
  }

  /** After the judges heard of it. */
  close(hearing: Hearing): void {
    for (const acknowledged of hearing.acknowledged) {
      this.acknowledged.push(acknowledged);
      this.acknowledgedIndex = Math.max(this.acknowledgedIndex, acknowledged.entry.index);
    }
  }

  #claimsOf(witness: Witness): readonly Entry[] {
    const { status, before, log, turn } = witness;
    if (status === null) return none;
    const from = turn.recovered === null && before !== null ? before.commitIndex : 0;
    if (status.commitIndex <= from) return none;
    const claims: Entry[] = [];
    for (let index = Math.max(from, log.mark.index) + 1; index <= status.commitIndex; index++) {
      const entry = log.at(index);
      if (entry === undefined)
        throw new Violation('commit index', `${witness.id} commits ${index}, which it does not hold`);
      claims.push(entry);
    }
    return claims;
  }
}

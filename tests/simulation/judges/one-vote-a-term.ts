import { Violation } from '../evidence.ts';
import type { Hearing, Judge } from '../evidence.ts';

/**
 * A node gives one vote a term (Raft paper 5.2). What it gave to another, or leads with, holds over all its lives; that it asked
 * for votes holds in that life only, since it may ask before its own vote is on disk, and leads only after.
 */
export class OneVoteATerm implements Judge {
  readonly property = 'one vote a term';
  readonly #votes = new Map<string, string>();
  readonly #candidacies = new Map<string, string>();

  hear({ witness }: Hearing): void {
    const { id, life, status, before, turn } = witness;
    for (const message of turn.sent) {
      const ballot = `${id} in term ${message.term}`;
      if (message.kind === 'vote-request') {
        this.#judge(ballot, life, id);
        this.#candidacies.set(`${ballot} life ${life}`, id);
      } else if (message.kind === 'vote-response' && message.granted) {
        this.#judge(ballot, life, message.to);
        this.#votes.set(ballot, message.to);
      }
    }
    if (status?.role !== 'leader' || (before?.role === 'leader' && before.term === status.term)) return;
    const ballot = `${id} in term ${status.term}`;
    this.#judge(ballot, life, id);
    this.#votes.set(ballot, id);
  }

  #judge(ballot: string, life: number, candidate: string): void {
    const other = this.#votes.get(ballot) ?? this.#candidacies.get(`${ballot} life ${life}`);
    if (other !== undefined && other !== candidate)
      throw new Violation(this.property, `${ballot} voted for ${other} and for ${candidate}`);
  }
}

import type { Message } from '#consensus/core/types.ts';
import { Violation } from '../evidence.ts';
import type { Hearing, Judge } from '../evidence.ts';

/** A node gives one vote a term, its own candidacy counted, over all its lives (Raft paper 5.2). */
export class OneVoteATerm implements Judge {
  readonly property = 'one vote a term';
  readonly #votes = new Map<string, string>();

  hear({ witness }: Hearing): void {
    for (const message of witness.turn.sent) {
      const candidate = candidateOf(message);
      if (candidate === null) continue;
      const ballot = `${message.from} in term ${message.term}`;
      const other = this.#votes.get(ballot);
      if (other !== undefined && other !== candidate)
        throw new Violation(this.property, `${ballot} voted for ${other} and for ${candidate}`);
      this.#votes.set(ballot, candidate);
    }
  }
}

function candidateOf(message: Message): string | null {
  if (message.kind === 'vote-request') return message.from;
  return message.kind === 'vote-response' && message.granted ? message.to : null;
}

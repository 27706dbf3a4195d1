import type { Message } from '#consensus/core/types.ts';
import { Violation } from '../evidence.ts';
import type { Hearing, Judge } from '../evidence.ts';

/** Term and commit index never fall in a life, and no later life is in an older term than an earlier one promised anything in. */
export class OnlyForward implements Judge {
  readonly property = 'only forward';
  readonly #spokenTerms = new Map<string, number>();

  hear({ witness }: Hearing): void {
    const { id, status, before, turn } = witness;
    const spokenBefore = this.#spokenTerms.get(id) ?? 0;
    let spoken = spokenBefore;
    if (status !== null) {
      if (status.term < spoken)
        throw new Violation(this.property, `${id} is in term ${status.term} and spoke in term ${spoken}`);
      if (turn.recovered === null && before !== null) {
        if (status.term < before.term)
          throw new Violation(this.property, `${id} went from term ${before.term} to ${status.term}`);
        if (status.commitIndex < before.commitIndex)
          throw new Violation(
            this.property,
            `${id} took its commit index from ${before.commitIndex} back to ${status.commitIndex}`,
          );
      }
    }
    for (const message of turn.sent) if (isPromise(message)) spoken = Math.max(spoken, message.term);
    if (spoken > spokenBefore) this.#spokenTerms.set(id, spoken);
  }
}

/**
 * A pre-vote speaks of a term that may never be; a question promises nothing, so it need not wait for the disk. A request for votes is
 * one too: whoever asks leads only once its term is durable.
 */
function isPromise(message: Message): boolean {
  switch (message.kind) {
    case 'pre-vote-request':
    case 'vote-request':
    case 'read-index-request':
      return false;
    case 'pre-vote-response':
      return !message.granted;
    default:
      return true;
  }
}

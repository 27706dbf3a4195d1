import type { Message } from '#consensus/core/types.ts';
import { Violation } from '../evidence.ts';
import type { Hearing, Judge } from '../evidence.ts';
import type { Witness } from '../witness.ts';

/**
 * What others will count on is on the disk of the node that says so when it leaves: a vote, the log that votes are asked for with, and
 * how much of it an answer to entries or to a snapshot names (Raft paper, figure 2). A promise of an older term than the disk knows
 * binds nobody any more, nor does a request for votes of one that has followed since, and cut its log.
 */
export class PromisesAreOnDisk implements Judge {
  readonly property = 'a promise is on disk';

  hear({ witness }: Hearing): void {
    for (const message of witness.turn.sent) {
      const missing = missingOnDisk(message, witness);
      if (missing !== null)
        throw new Violation(this.property, `${witness.id} sends ${message.kind} to ${message.to}, and ${missing}`);
    }
  }
}

function missingOnDisk(message: Message, { durable, status }: Witness): string | null {
  const { term, votedFor } = durable.hardState;
  if (message.term < term) return null;
  switch (message.kind) {
    case 'vote-response':
      if (!message.granted || (message.term === term && votedFor === message.to)) return null;
      return `its disk knows of a vote for ${votedFor} in term ${term}, not in ${message.term}`;
    case 'vote-request':
      if (status?.role !== 'candidate' || status.term !== message.term) return null;
      return missingUpTo(message.lastIndex, durable.lastIndex);
    case 'append-response':
      return message.success ? missingUpTo(message.index, durable.lastIndex) : null;
    case 'snapshot-response':
      return missingUpTo(message.index, durable.lastIndex);
    default:
      return null;
  }
}

function missingUpTo(index: number, lastIndex: number): string | null {
  return index <= lastIndex ? null : `its disk has the log up to ${lastIndex}, not to ${index}`;
}

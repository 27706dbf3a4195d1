import { Violation } from '../evidence.ts';
import type { Hearing, Judge } from '../evidence.ts';

/**
 * While a leader hands over it appends nothing (thesis 3.10): the one that is told to campaign has all of its log, and what came after
 * would be overwritten, with clients left in doubt.
 */
export class HandOverTakesNothing implements Judge {
  readonly property = 'a hand-over takes nothing';

  hear({ witness }: Hearing): void {
    const { before, id, status } = witness;
    if (before === null || status?.role !== 'leader' || status.term !== before.term) return;
    const { lastIndex, term, transferringTo } = status;
    if (transferringTo === null || before.transferringTo !== transferringTo || lastIndex === before.lastIndex) return;
    throw new Violation(
      this.property,
      `${id} hands term ${term} over to ${transferringTo} and appends up to ${lastIndex}, after ${before.lastIndex}`,
    );
  }
}

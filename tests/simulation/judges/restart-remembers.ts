import { isAtLeast } from '#consensus/core/log-place.ts';
import type { RecoveredLog } from '#consensus/storage/log-storage.ts';
import { Violation } from '../evidence.ts';
import type { Hearing, Judge } from '../evidence.ts';
import { ShadowLog } from '../shadow-log.ts';

/**
 * A node starts with all that its log acknowledged, and of the rest with a beginning of what was written, part by part. If its disk has
 * damaged some of it, it starts with its term and vote, and with all entries or the knowledge of how far they reached.
 */
export class RestartRemembers implements Judge {
  readonly property = 'a restart remembers';

  hear({ witness }: Hearing): void {
    const { recovered } = witness.turn;
    if (recovered === null) return;
    const possible = new ShadowLog({
      hardState: witness.durable.hardState,
      mark: witness.durable.mark,
      entries: witness.durable.entries,
    });
    const isFound = (): boolean =>
      recovered.damages === undefined ? possible.equals(recovered) : isRemembered(possible, recovered);
    if (isFound()) return;
    for (const write of witness.unacknowledged) {
      for (const part of ShadowLog.partsOf(write)) {
        possible.apply(part);
        if (isFound()) return;
      }
    }
    const { durable } = witness;
    throw new Violation(
      this.property,
      `${witness.id} acknowledged term ${durable.hardState.term}, vote ${durable.hardState.votedFor}, entries after ` +
        `${durable.mark.index} to ${durable.lastIndex}; it starts with term ${recovered.hardState.term}, vote ` +
        `${recovered.hardState.votedFor}, entries after ${recovered.mark.index} to ${recovered.mark.index + recovered.entries.length}`,
    );
  }
}

function isRemembered({ hardState, entries, mark }: ShadowLog, recovered: RecoveredLog): boolean {
  const { term, votedFor } = recovered.hardState;
  if (term !== hardState.term || votedFor !== hardState.votedFor) return false;
  const end = entries.at(-1) ?? mark;
  const found = recovered.entries.at(-1) ?? recovered.mark;
  if (found.index === end.index && found.term === end.term) return true;
  return recovered.lost !== undefined && isAtLeast(recovered.lost, end);
}

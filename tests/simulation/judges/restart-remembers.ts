import { Violation } from '../evidence.ts';
import type { Hearing, Judge } from '../evidence.ts';
import { ShadowLog } from '../shadow-log.ts';

/** A node starts with all that its log acknowledged, and of the rest with a beginning of what was written, part by part. */
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
    if (possible.equals(recovered)) return;
    for (const write of witness.unacknowledged) {
      for (const part of ShadowLog.partsOf(write)) {
        possible.apply(part);
        if (possible.equals(recovered)) return;
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

import { Violation } from '#tests/simulation/evidence.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { AppliedEntry, CommandRecord } from '#server/graph/log-payload.ts';
import type { ClusterHearing, ClusterJudge } from './cluster-hearing.ts';

interface Recorded {
  readonly index: LogIndex;
  readonly time: number;
  readonly record: CommandRecord;
}

/**
 * An idempotency key stands for one command, whose effect is in the log once, whoever sends how many copies. Only a large deletion comes
 * more than once: `pending` again and again, then `done`. A key that the log has forgotten may be anybody's.
 */
export class ExactlyOnce implements ClusterJudge {
  readonly property = 'exactly once';
  readonly #recorded = new Map<string, Recorded>();

  hear({ committed }: ClusterHearing): void {
    for (const entry of committed) this.#hearEntry(entry);
  }

  #hearEntry({ index, payload }: AppliedEntry): void {
    if (payload === null) return;
    if (payload.kind === 'expiry') {
      for (const [key, { time }] of this.#recorded) if (time < payload.before) this.#recorded.delete(key);
      return;
    }
    for (const record of payload.records) {
      const before = this.#recorded.get(record.key);
      this.#recorded.set(record.key, { index, time: payload.time, record });
      if (before === undefined) continue;
      if (before.record.hash !== record.hash)
        throw this.#violation(record, `stands for two commands, at ${before.index} and ${index}`);
      if (before.record.outcome.kind !== 'pending')
        throw this.#violation(record, `takes effect at ${before.index} and again at ${index}`);
    }
  }

  #violation({ key }: CommandRecord, what: string): Violation {
    return new Violation(this.property, `the key ${key} ${what}`);
  }
}

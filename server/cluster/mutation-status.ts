import type { GraphCache } from '#server/cache/graph-cache.ts';
import type { LogIndex, TimeMs } from '#server/graph/identifiers.ts';
import type { RecordedMutation } from '#server/graph/log-payload.ts';
import type { AppliedProgress } from './applied-progress.ts';
import type { Clock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { behind } from './fills.ts';
import type { StatusAnswer } from './forward-protocol.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { KeyMemory } from './key-memory.ts';
import type { MutationStatusAnswer } from './node-service.ts';
import type { StandingWatch } from './standing.ts';
import type { StoreReads } from './store-reads.ts';

export interface MutationStatusOptions {
  readonly cache: GraphCache;
  readonly keys: KeyMemory;
  readonly storeReads: StoreReads;
  readonly standing: StandingWatch;
  readonly progress: AppliedProgress;
  readonly clock: Clock;
  readonly readIndex: () => Promise<LogIndex>;
  /** What an entry would be dated. */
  readonly now: () => TimeMs;
}

/** The leader's answer to what became of a mutation: linearizable, and `UNKNOWN` for all that may still happen. */
export class MutationStatus {
  readonly #options: MutationStatusOptions;

  constructor(options: MutationStatusOptions) {
    this.#options = options;
  }

  async answer(key: string, waitMs: number): Promise<StatusAnswer> {
    const { clock, progress, readIndex, standing } = this.#options;
    if (standing.now.role !== 'leader') return { kind: 'moved', appended: false };
    const deadline = clock.monotonicMs() + waitMs;
    const error = (): Error => new GraphError('NO_LEADER', 'the leader could not confirm that it leads');
    const index = await withDeadline(readIndex(), { clock, deadline, error }).catch(() => null);
    if (index === null) throw error();
    await progress.whenApplied(index, deadline);
    return { kind: 'status', answer: await withDeadline(this.#lookUp(key), { clock, deadline, error }) };
  }

  async #lookUp(key: string): Promise<MutationStatusAnswer> {
    const { cache, keys, now, storeReads } = this.#options;
    const recorded = keys.recorded(key);
    if (recorded !== null) return answerOf(recorded);
    switch (keys.judge(key, now())) {
      case 'expired':
        return { status: 'EXPIRED', recorded: null };
      case 'new':
      case 'from-future':
        return unknown;
      case 'ask-table': {
        const { label, mutations } = await storeReads.read({ keys: [], queries: [], mutations: [key] });
        if (label < cache.tail.horizon) throw behind();
        // What was committed while the table was asked is in memory.
        const found = keys.recorded(key) ?? mutations[0] ?? null;
        return found === null || keys.isForgotten(found) ? unknown : answerOf(found);
      }
    }
  }
}

const unknown: MutationStatusAnswer = { status: 'UNKNOWN', recorded: null };

function answerOf(recorded: RecordedMutation): MutationStatusAnswer {
  switch (recorded.outcome.kind) {
    case 'done':
      return { status: 'COMMITTED', recorded };
    case 'refused':
      return { status: 'REFUSED', recorded };
    case 'pending':
      return unknown;
  }
}

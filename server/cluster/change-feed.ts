import type { GraphCache } from '#server/cache/graph-cache.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { AppliedEntry } from '#server/graph/log-payload.ts';
import type { ChangeEvent } from './node-service.ts';
import { Sleepers } from './sleepers.ts';

export interface ChangesOptions {
  /** Inclusive; null: from now on. */
  readonly fromCommit: LogIndex | null;
  readonly signal: AbortSignal;
}

/** Entries that are looked at in one go for one consumer, before others get their turn. */
const entriesPerTurnMax = 256;

/**
 * Applied commits as streams, read from the log's tail in memory: a consumer is a place in the log and nothing more, so slow ones cost no
 * memory; one that falls too far behind is ended.
 */
export class ChangeFeed {
  readonly #cache: GraphCache;
  readonly #behindMax: number;
  readonly #consumers = new Sleepers();
  /** Grows when the node jumped by a snapshot: no stream goes on over the gap. */
  #jumps = 0;
  #stopped = false;

  constructor(options: { readonly cache: GraphCache; readonly changeBufferEntriesMax: number }) {
    this.#cache = options.cache;
    this.#behindMax = options.changeBufferEntriesMax;
  }

  onApplied(): void {
    this.#consumers.wakeAll();
  }

  onRestart(): void {
    this.#jumps += 1;
    this.onApplied();
  }

  stop(): void {
    this.#stopped = true;
    this.onApplied();
  }

  async *changes({ fromCommit, signal }: ChangesOptions): AsyncGenerator<ChangeEvent> {
    const { tail } = this.#cache;
    const jumps = this.#jumps;
    /** Everything up to here was given or was not asked for. */
    let seen = fromCommit === null ? this.#cache.appliedIndex : ((fromCommit - 1) as LogIndex);
    // A consumer that catches up from far back is not slow: it is measured once it has been up to date.
    let wasUpToDate = fromCommit === null;
    while (!signal.aborted && !this.#stopped) {
      const applied = this.#cache.appliedIndex;
      const isTooSlow = wasUpToDate && applied - seen > this.#behindMax;
      if (this.#jumps !== jumps || seen < tail.horizon || isTooSlow) {
        yield { kind: 'gone', index: (seen + 1) as LogIndex };
        return;
      }
      if (applied <= seen) {
        wasUpToDate = true;
        await this.#consumers.sleep(signal);
        continue;
      }
      for (const entry of this.#after(seen)) {
        seen = entry.index;
        const event = eventOf(entry);
        if (event !== null) yield event;
        // The consumer took its time over the event.
        if (signal.aborted || this.#jumps !== jumps) break;
      }
    }
  }

  /** A copy: the tail moves on while a consumer looks at what it was given. */
  #after(seen: LogIndex): readonly AppliedEntry[] {
    const { tail } = this.#cache;
    const entries: AppliedEntry[] = [];
    for (let entry = tail.at((seen + 1) as LogIndex); entry !== undefined;) {
      entries.push(entry);
      if (entries.length === entriesPerTurnMax) break;
      entry = tail.at((entry.index + 1) as LogIndex);
    }
    return entries;
  }
}

/** Null for an entry that changed nothing in the graph. */
function eventOf({ index, term, payload }: AppliedEntry): ChangeEvent | null {
  if (payload?.kind !== 'mutations') return null;
  const effects = payload.records.flatMap((record) => record.effects);
  if (effects.length === 0) return null;
  const { leader, time } = payload;
  return { kind: 'commit', commit: { index, term, leader, replayed: false, time }, effects };
}

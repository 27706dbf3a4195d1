import type { GraphCache } from '#server/cache/graph-cache.ts';
import type { TimeMs } from '#server/graph/identifiers.ts';
import type { AppliedEntry, RecordedMutation } from '#server/graph/log-payload.ts';
import { judgeUnknownKey } from './idempotency-key.ts';
import { RecentKeys } from './recent-keys.ts';

/** What this node's memory of the log says about idempotency keys. What became of them is known as far back as cached values are. */
export class KeyMemory {
  readonly #cache: GraphCache;
  readonly #keyMs: number;
  readonly #recent: RecentKeys;
  /** Of the last expiry in the log: keys recorded before this time are forgotten, though the tail may still hold them. */
  #expiredBefore: TimeMs = 0;

  constructor(options: {
    readonly cache: GraphCache;
    readonly idempotencyKeyMs: number;
    readonly recentKeysMax: number;
  }) {
    this.#cache = options.cache;
    this.#keyMs = options.idempotencyKeyMs;
    this.#recent = new RecentKeys(options.recentKeysMax);
  }

  get expiredBefore(): TimeMs {
    return this.#expiredBefore;
  }

  onApplied({ payload }: AppliedEntry): void {
    if (payload?.kind === 'expiry') this.#expiredBefore = Math.max(this.#expiredBefore, payload.before);
    if (payload?.kind === 'mutations') for (const { key } of payload.records) this.#recent.add(key, payload.time);
  }

  /** The entries that come next do not follow those that were applied. */
  onRestart(): void {
    this.#recent.clear();
  }

  /** What memory holds of the key; null: nothing, which says nothing about what is older than memory. */
  recorded(key: string): RecordedMutation | null {
    const recorded = this.#cache.tail.outcome(key) ?? null;
    return recorded === null || this.isForgotten(recorded) ? null : recorded;
  }

  isForgotten(recorded: RecordedMutation): boolean {
    return recorded.time < this.#expiredBefore;
  }

  /** See judgeUnknownKey. `now`: what an entry would be dated. */
  judge(key: string, now: TimeMs): ReturnType<typeof judgeUnknownKey> {
    return judgeUnknownKey(key, {
      horizon: this.#cache.tail.horizon,
      oldestTime: this.#cache.tail.oldestTime,
      recentKeys: this.#recent,
      now,
      forgottenBefore: Math.max(this.#expiredBefore, now - this.#keyMs),
    });
  }
}

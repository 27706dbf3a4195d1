import type { GraphCache } from '#server/cache/graph-cache.ts';
import type { CacheKey } from '#server/graph/cache-key.ts';
import type { Declarations } from '#server/graph/declarations.ts';
import { KeysMissing } from '#server/graph/evaluate-port.ts';
import type { EntityId, LogIndex, NodeId, TimeMs } from '#server/graph/identifiers.ts';
import { deletionStep } from '#server/graph/large-deletion.ts';
import type { AppliedEntry, CommandRecord, Outcome } from '#server/graph/log-payload.ts';
import type { Clock } from './clock.ts';
import type { Fills } from './fills.ts';
import { HeldValues } from './held-values.ts';
import type { KeyMemory } from './key-memory.ts';
import type { OwnEntries } from './leader-queue.ts';
import { encodePayload } from './payload-codec.ts';
import type { StandingWatch } from './standing.ts';
import type { StoreReads } from './store-reads.ts';

export interface LargeDeletionsOptions {
  readonly self: NodeId;
  readonly cache: GraphCache;
  readonly declarations: Declarations;
  readonly fills: Fills;
  readonly storeReads: StoreReads;
  readonly keys: KeyMemory;
  readonly standing: StandingWatch;
  readonly clock: Clock;
  /** The next step can be taken. */
  readonly schedule: () => void;
}

interface Deletion {
  readonly id: EntityId;
  readonly key: string;
  /** Of the command that began it; null: not known yet. */
  hash: string | null;
  held: HeldValues;
  isFetching: boolean;
}

const retryMs = 500;
const fetchMsMax = 10_000;
/** Entities that the database knows as marked, asked for at a takeover; more are found once these are gone. */
const resumedMax = 1_000;

/**
 * Deletions that take more than one commit. Every node knows from the log which entities are marked; the leader goes on with them, one
 * step an entry, and a new leader asks the database for those that were marked before its memory begins.
 */
export class LargeDeletions implements OwnEntries {
  readonly #options: LargeDeletionsOptions;
  /** Marked, in the order of their marks. */
  readonly #deletions = new Map<EntityId, Deletion>();
  #isResumed = false;
  #callOff: () => void = () => undefined;

  constructor(options: LargeDeletionsOptions) {
    this.#options = options;
    options.standing.onChange(({ role, ownTermCommitted }) => {
      if (role !== 'leader') this.#isResumed = false;
      else if (ownTermCommitted && !this.#isResumed) {
        this.#isResumed = true;
        this.#resume();
      }
    });
  }

  onApplied({ payload }: AppliedEntry): void {
    if (payload?.kind !== 'mutations') return;
    for (const record of payload.records) {
      for (const effect of record.effects) {
        if (effect.kind === 'entity-removed') this.#deletions.delete(effect.id);
        if (effect.kind === 'entity-put' && effect.entity.deletingKey !== null)
          this.#begin(effect.entity.id, effect.entity.deletingKey);
      }
    }
  }

  onRestart(): void {
    this.#deletions.clear();
  }

  stop(): void {
    this.#callOff();
  }

  next(entry: { readonly index: LogIndex; readonly time: TimeMs }): Uint8Array | null {
    for (const deletion of this.#deletions.values()) {
      if (deletion.isFetching) continue;
      const record = this.#step(deletion, entry);
      if (record === null) continue;
      const { cache, self } = this.#options;
      // What this step needed is of no use to the next.
      deletion.held = new HeldValues(cache);
      return encodePayload({ kind: 'mutations', time: entry.time, leader: self, records: [record] }, entry.index);
    }
    return null;
  }

  #begin(id: EntityId, key: string): void {
    if (this.#deletions.has(id)) return;
    const held = new HeldValues(this.#options.cache);
    this.#deletions.set(id, { id, key, hash: null, held, isFetching: false });
  }

  #step(deletion: Deletion, entry: { readonly index: LogIndex; readonly time: TimeMs }): CommandRecord | null {
    const { declarations, keys } = this.#options;
    const { id, key, held } = deletion;
    deletion.hash ??= keys.recorded(key)?.hash ?? null;
    const { hash } = deletion;
    try {
      const entity = held.entity(id);
      if (entity === undefined) throw new KeysMissing([{ kind: 'entity', id }]);
      if (entity === null || entity.deletingKey !== key) {
        this.#deletions.delete(id);
        return null;
      }
      if (hash === null) throw new KeysMissing([]);
      const { effects, finished } = deletionStep({
        view: held,
        id,
        declarations,
        index: entry.index,
        now: entry.time,
      });
      const outcome: Outcome = finished
        ? { kind: 'done', results: [{ id: null, changed: true }] }
        : { kind: 'pending' };
      return { key, hash, outcome, effects };
    } catch (error) {
      if (!(error instanceof KeysMissing)) throw error;
      this.#fetch(deletion, error.keys);
      return null;
    }
  }

  #fetch(deletion: Deletion, missing: readonly CacheKey[]): void {
    const { clock, schedule } = this.#options;
    deletion.isFetching = true;
    this.#fetchOnce(deletion, missing).then(
      () => {
        deletion.isFetching = false;
        schedule();
      },
      // Without the database it has to wait; the mark stays, and whoever leads goes on with it.
      () => {
        clock.after(retryMs, () => {
          deletion.isFetching = false;
          schedule();
        });
      },
    );
  }

  async #fetchOnce(deletion: Deletion, missing: readonly CacheKey[]): Promise<void> {
    const { cache, clock, fills, storeReads } = this.#options;
    const options = {
      min: cache.tail.horizon,
      deadline: clock.monotonicMs() + fetchMsMax,
      cost: { leaderFetches: 0, databaseFetches: 0 },
    };
    await fills.load(deletion.held, missing, options);
    if (deletion.hash !== null) return;
    const { mutations } = await storeReads.read({ keys: [], queries: [], mutations: [deletion.key] });
    // A key that has been forgotten since leaves no hash behind; then no retry can come either.
    deletion.hash = mutations[0]?.hash ?? '';
  }

  /** Memory that reaches back to the first entry knows every mark. */
  #resume(): void {
    const { cache, clock, schedule, standing, storeReads } = this.#options;
    schedule();
    if (cache.tail.horizon === 0) return;
    storeReads.read({ keys: [], queries: [{ kind: 'deleting', length: resumedMax }], mutations: [] }).then(
      ({ results: [found] }) => this.#resumeFrom(found?.kind === 'ids' ? found.ids : []),
      () => {
        this.#callOff = clock.after(retryMs, () => {
          if (this.#isResumed && standing.now.role === 'leader') this.#resume();
        });
      },
    );
  }

  #resumeFrom(ids: readonly EntityId[]): void {
    const { cache, clock, fills, schedule } = this.#options;
    const unknown = ids.filter((id) => !this.#deletions.has(id));
    if (unknown.length === 0) return;
    const held = new HeldValues(cache);
    const keys = unknown.map((id) => ({ kind: 'entity', id }) as const);
    const deadline = clock.monotonicMs() + fetchMsMax;
    const cost = { leaderFetches: 0, databaseFetches: 0 };
    fills.load(held, keys, { min: cache.tail.horizon, deadline, cost }).then(
      () => {
        for (const id of unknown) {
          const entity = held.entity(id);
          if (entity !== undefined && entity !== null && entity.deletingKey !== null)
            this.#begin(id, entity.deletingKey);
        }
        schedule();
      },
      () => {
        this.#callOff = clock.after(retryMs, () => {
          if (this.#isResumed) this.#resume();
        });
      },
    );
  }
}

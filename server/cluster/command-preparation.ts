import type { GraphCache } from '#server/cache/graph-cache.ts';
import type { Declarations } from '#server/graph/declarations.ts';
import { GraphError } from '#server/graph/errors.ts';
import { keysOfCommand } from '#server/graph/keys-of-command.ts';
import type { TimeMs } from '#server/graph/identifiers.ts';
import type { RecordedMutation } from '#server/graph/log-payload.ts';
import type { Clock } from './clock.ts';
import type { CommandFlight } from './command-flight.ts';
import { behind } from './fills.ts';
import type { Fills } from './fills.ts';
import type { KeyMemory } from './key-memory.ts';
import type { StoreReads } from './store-reads.ts';

export interface CommandPreparationOptions {
  readonly cache: GraphCache;
  readonly declarations: Declarations;
  readonly keys: KeyMemory;
  readonly fills: Fills;
  readonly storeReads: StoreReads;
  readonly clock: Clock;
  readonly now: () => TimeMs;
  /** The flight is still wanted, in the same tenure. */
  readonly isCurrent: (flight: CommandFlight) => boolean;
}

/** Deleting an entity takes four: its type, its counts, its edges, the counts at their other ends. */
const roundsMax = 12;
/** The longest that one look at the database may keep a command; its own deadline is shorter. */
const fetchMsMax = 10_000;

/** Gets together what evaluating a command will look at, and decides whether its idempotency key is new. */
export class CommandPreparation {
  readonly #options: CommandPreparationOptions;

  constructor(options: CommandPreparationOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the command can be evaluated, or to what was recorded under its key; `gone`: nobody wants it any more. Rejects with
   * IDEMPOTENCY… and DATABASE… errors: then it is not in the log and does not get there. Each round begins with a look at everything,
   * since anything may have happened while the last one waited.
   */
  async prepare(flight: CommandFlight): Promise<'ready' | 'gone' | RecordedMutation> {
    const { cache, declarations, fills, clock, isCurrent } = this.#options;
    for (;;) {
      if (!isCurrent(flight) || flight.isAbandoned) return 'gone';
      const verdict = this.keyVerdict(flight);
      if (verdict !== 'new' && verdict !== 'ask-table') return verdict;
      const missing = [
        ...keysOfCommand(flight.request.command, declarations, flight.held),
        ...flight.wanted.filter((key) => flight.held.valueOf(key) === undefined),
      ];
      if (verdict === 'new' && missing.length === 0) return 'ready';
      flight.rounds += 1;
      if (flight.rounds > roundsMax)
        throw new GraphError('BUSY', 'what this command is about changes faster than it can be looked at');
      const options = {
        min: cache.tail.horizon,
        deadline: clock.monotonicMs() + fetchMsMax,
        cost: { leaderFetches: 0, databaseFetches: 0 },
      };
      await Promise.all([
        verdict === 'ask-table' ? this.#askTable(flight) : null,
        fills.load(flight.held, missing, options),
      ]);
    }
  }

  /**
   * Whether the key is new, as far as memory and what the table said can tell in this very turn. Throws KEY_EXPIRED, or BAD_INPUT for a
   * key from the future.
   */
  keyVerdict(flight: CommandFlight): 'new' | 'ask-table' | RecordedMutation {
    const { keys, cache, now } = this.#options;
    const key = flight.request.idempotencyKey;
    const recorded = keys.recorded(key);
    if (recorded !== null) return recorded;
    // The table's answer covers everything up to its label; memory covers what comes after, as long as it reaches back to there.
    if (flight.table !== null && flight.table.label >= cache.tail.horizon) return flight.table.recorded ?? 'new';
    const verdict = keys.judge(key, now());
    switch (verdict) {
      case 'new':
      case 'ask-table':
        return verdict;
      case 'expired':
        throw new GraphError(
          'KEY_EXPIRED',
          'the idempotency key is so old that nobody knows any more whether it was used',
        );
      case 'from-future':
        throw new GraphError(
          'BAD_INPUT',
          'the idempotency key is a UUIDv7 from the future: check the clock it was made by',
        );
    }
  }

  async #askTable(flight: CommandFlight): Promise<void> {
    const { storeReads, cache, keys } = this.#options;
    const key = flight.request.idempotencyKey;
    const { label, mutations } = await storeReads.read({ keys: [], queries: [], mutations: [key] });
    if (label < cache.tail.horizon) throw behind();
    const recorded = mutations[0] ?? null;
    flight.table = { label, recorded: recorded === null || keys.isForgotten(recorded) ? null : recorded };
  }
}

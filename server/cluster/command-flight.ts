import type { CacheKey } from '#server/graph/cache-key.ts';
import type { CommandRequest } from '#server/graph/command.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { RecordedMutation } from '#server/graph/log-payload.ts';
import type { Clock } from './clock.ts';
import type { CommandAnswer } from './forward-protocol.ts';
import type { HeldValues } from './held-values.ts';

/**
 * `preparing`: what it needs is being fetched. `ready`: waits for a batch. `appended`: in an entry that is not committed yet. `deleting`: its
 * first commit is applied, and the deletion goes on until its last.
 */
export type FlightState = 'preparing' | 'ready' | 'appended' | 'deleting';

interface Waiter {
  readonly answer: (answer: CommandAnswer) => void;
  readonly callOff: () => void;
  /** It came while the command was under way already. */
  readonly joined: boolean;
}

/** Copies of one command that wait for the same answer; more than this are refused. */
export const copiesMax = 64;

/** One command at the leader, from its arrival to its answer, and everyone who waits for it. */
export class CommandFlight {
  readonly request: CommandRequest;
  readonly held: HeldValues;
  readonly arrivedAt: number;
  state: FlightState = 'preparing';
  /** How often more had to be fetched for it. */
  rounds = 0;
  /** What a batch found missing, beyond what the command itself tells. */
  wanted: readonly CacheKey[] = [];
  /** Its entry was made here; else it was found in the log. */
  isOwn = false;
  /** What the table said of its key, and when; null: not asked. */
  table: { readonly label: LogIndex; readonly recorded: RecordedMutation | null } | null = null;
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  #everJoined = false;

  constructor(options: { readonly request: CommandRequest; readonly held: HeldValues; readonly clock: Clock }) {
    this.request = options.request;
    this.held = options.held;
    this.#clock = options.clock;
    this.arrivedAt = options.clock.monotonicMs();
  }

  /** Nobody waits for it any more; if it is not in the log yet, it need not get there. */
  get isAbandoned(): boolean {
    return this.#waiters.size === 0;
  }

  get copies(): number {
    return this.#waiters.size;
  }

  /**
   * Answers when the flight is settled, or after `waitMs`: then `late` says what, unless the command is (or, for another copy, may still
   * get) in the log.
   */
  wait(waitMs: number, late: () => CommandAnswer): Promise<CommandAnswer> {
    return new Promise((resolve) => {
      const callOff = this.#clock.after(waitMs, () => {
        this.#waiters.delete(waiter);
        const mayHappen = this.state === 'appended' || this.state === 'deleting' || !this.isAbandoned;
        resolve(mayHappen ? { kind: 'unknown' } : late());
      });
      const waiter = { answer: resolve, callOff, joined: this.#everJoined };
      this.#everJoined = true;
      this.#waiters.add(waiter);
    });
  }

  settle(answer: CommandAnswer): void {
    for (const waiter of this.#waiters) {
      waiter.callOff();
      const isCommitted = answer.kind === 'done' || answer.kind === 'refused';
      waiter.answer(
        isCommitted && waiter.joined ? { ...answer, commit: { ...answer.commit, replayed: true } } : answer,
      );
    }
    this.#waiters.clear();
  }
}

/**
 * Where commands become entries. A command first gets together what evaluating it will look at, many commands at once, each waiting
 * as long as it must. Then a batch of those that are ready is evaluated and appended in one go, without a wait anywhere between the
 * first look and the append: so the log before the entry is exactly the state that it was evaluated on. One entry is in flight at a
 * time; the next batch is evaluated when it is committed and applied here.
 */
import type { RaftNode } from '#consensus/driver/raft-node.ts';
import type { RaftStatus } from '#consensus/core/types.ts';
import type { GraphCache } from '#server/cache/graph-cache.ts';
import type { CommandRequest } from '#server/graph/command.ts';
import type { Declarations } from '#server/graph/declarations.ts';
import { GraphError, assert } from '#server/graph/errors.ts';
import type { ErrorCode } from '#server/graph/errors.ts';
import type { LogIndex, NodeId, Term, TimeMs } from '#server/graph/identifiers.ts';
import type { AppliedEntry, CommandRecord, RecordedMutation } from '#server/graph/log-payload.ts';
import { validateCommand } from '#server/graph/validate.ts';
import { Batch } from './batch.ts';
import type { Clock } from './clock.ts';
import { CommandFlight, copiesMax } from './command-flight.ts';
import { CommandPreparation } from './command-preparation.ts';
import type { CommandAnswer } from './forward-protocol.ts';
import type { Fills } from './fills.ts';
import { HeldValues } from './held-values.ts';
import type { KeyMemory } from './key-memory.ts';
import type { LogRetention } from './log-retention.ts';
import type { Standing, StandingWatch } from './standing.ts';
import type { StoreReads } from './store-reads.ts';

/** What the leader itself puts into the log: steps of deletions, the expiry of keys. */
export interface OwnEntries {
  /** Data of the next entry, or null when there is nothing to do (now). Must not wait. */
  next(entry: { readonly index: LogIndex; readonly time: TimeMs }): Uint8Array | null;
}

export interface LeaderQueueOptions {
  readonly self: NodeId;
  readonly raft: Pick<RaftNode, 'status' | 'propose'>;
  readonly cache: GraphCache;
  readonly declarations: Declarations;
  readonly standing: StandingWatch;
  readonly keys: KeyMemory;
  readonly retention: LogRetention;
  readonly fills: Fills;
  readonly storeReads: StoreReads;
  readonly clock: Clock;
  readonly logTime: () => TimeMs;
  readonly limits: {
    readonly batchCommandsMax: number;
    readonly batchBytesMax: number;
    readonly queueCommandsMax: number;
  };
  readonly ownEntries: readonly OwnEntries[];
  /** Of each entry of commands: its append to its commit, and for each command from its arrival. */
  readonly onCommitted: (entry: {
    readonly bytes: number;
    readonly ms: number;
    readonly latenciesMs: readonly number[];
  }) => void;
  readonly ended: (reason: Error) => void;
}

interface InFlight {
  readonly index: LogIndex;
  readonly term: Term;
  readonly flights: readonly CommandFlight[];
  readonly bytes: number;
  readonly appendedAt: number;
}

export class LeaderQueue {
  readonly #options: LeaderQueueOptions;
  readonly #preparation: CommandPreparation;
  /** The term in which this node leads; null: it does not. */
  #tenure: Term | null = null;
  /** Every command under way, by its idempotency key. Bounded by `queueCommandsMax`. */
  readonly #flights = new Map<string, CommandFlight>();
  #ready: CommandFlight[] = [];
  #inFlight: InFlight | null = null;
  #scheduled = false;
  /** Own entries and batches take turns. */
  #ownTurn = false;

  constructor(options: LeaderQueueOptions) {
    this.#options = options;
    this.#preparation = new CommandPreparation({
      ...options,
      isCurrent: (flight) => this.#tenure !== null && this.#flights.get(flight.request.idempotencyKey) === flight,
      now: () => this.now(),
    });
    options.standing.onChange((now) => this.#onStanding(now));
  }

  get size(): number {
    return this.#flights.size;
  }

  /** What an entry would be dated now. */
  now(): TimeMs {
    const { clock, logTime } = this.#options;
    return Math.max(Math.floor(clock.nowMs()), logTime());
  }

  isUnderWay(key: string): boolean {
    return this.#flights.has(key);
  }

  /** Never rejects. `waitMs`: how long the caller will wait for the answer. */
  async submit(request: CommandRequest, waitMs: number): Promise<CommandAnswer> {
    if (this.#tenure === null) return { kind: 'moved', appended: false };
    try {
      validateCommand(request.command, this.#options.declarations);
      const known = this.#flights.get(request.idempotencyKey);
      const flight = known ?? this.#begin(request);
      if (flight.request.hash !== request.hash) return mismatch();
      if (flight.copies >= copiesMax)
        throw new GraphError('OVERLOADED', `${copiesMax} copies of this command wait already`);
      const answer = flight.wait(waitMs, () => this.#late(flight));
      // Not before somebody waits for it: a flight that nobody waits for is dropped.
      if (known === undefined) this.#prepare(flight);
      return await answer;
    } catch (error) {
      return rejection(error, this.#options.ended);
    }
  }

  /** An entry of this node's own may be due. */
  schedule(): void {
    if (this.#scheduled || this.#tenure === null) return;
    this.#scheduled = true;
    this.#options.clock.soon(() => {
      this.#scheduled = false;
      try {
        this.#appendNext();
      } catch (error) {
        this.#options.ended(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  /** Called in the macrotask that applied the entry. */
  onApplied(entry: AppliedEntry): void {
    const inFlight = this.#inFlight;
    if (inFlight !== null && inFlight.index === entry.index) {
      this.#inFlight = null;
      if (entry.term === inFlight.term) this.#settleCommitted(inFlight, entry);
      // Another entry stands where this one would have been, so it never will.
      else for (const flight of inFlight.flights) this.#settle(flight, { kind: 'moved', appended: false });
    }
    if (entry.payload?.kind === 'mutations') this.#settleDeletions(entry.payload.records);
    this.schedule();
  }

  stop(): void {
    this.#endTenure();
  }

  #begin(request: CommandRequest): CommandFlight {
    const { limits, cache, clock } = this.#options;
    if (this.#flights.size >= limits.queueCommandsMax)
      throw new GraphError('OVERLOADED', `${this.#flights.size} commands wait at the leader`);
    const flight = new CommandFlight({ request, held: new HeldValues(cache), clock });
    this.#flights.set(request.idempotencyKey, flight);
    return flight;
  }

  #prepare(flight: CommandFlight): void {
    flight.state = 'preparing';
    this.#preparation.prepare(flight).then(
      (prepared) => {
        if (prepared === 'gone') return;
        if (prepared === 'ready') {
          flight.state = 'ready';
          // What came back from a batch goes first, where no other command of the batch can be in its way.
          if (flight.wanted.length > 0) this.#ready.unshift(flight);
          else this.#ready.push(flight);
          this.schedule();
        } else this.#settleRecorded(flight, prepared);
      },
      (error: unknown) => this.#settle(flight, rejection(error, this.#options.ended)),
    );
  }

  /** Everything from here to `propose` is one turn: nothing may wait in it. */
  #appendNext(): void {
    const { raft, cache, retention, self } = this.#options;
    const status = raft.status();
    if (!this.#mayAppend(status)) return;
    const head = { index: (status.lastIndex + 1) as LogIndex, time: this.now(), leader: self };
    assert(status.lastIndex === cache.appliedIndex, 'a leader evaluates on the end of its log');
    if (retention.isFull) {
      for (const flight of this.#ready.splice(0)) this.#settle(flight, rejection(databaseBehind(retention)));
      return;
    }
    const own = this.#ownTurn || this.#ready.length === 0 ? this.#nextOwn(head) : null;
    this.#ownTurn = own === null;
    if (own !== null) return this.#propose(own, []);
    const { batch, flights } = this.#evaluate(head);
    if (batch.size > 0) this.#propose(batch.encode(), flights);
    if (this.#inFlight === null && this.#ready.length > 0) this.schedule();
  }

  #mayAppend(status: RaftStatus): boolean {
    const { cache } = this.#options;
    return (
      // One entry in flight at a time,
      this.#inFlight === null &&
      // in the term that this queue knows of, once an entry of it is committed,
      status.role === 'leader' &&
      status.term === this.#tenure &&
      status.ownTermCommitted &&
      // not while it hands over: what waits goes to the next leader at once, or on here if nobody takes over,
      status.transferringTo === null &&
      // and with the whole log applied, whoever wrote its end.
      status.lastIndex === cache.appliedIndex
    );
  }

  #nextOwn(head: { readonly index: LogIndex; readonly time: TimeMs }): Uint8Array | null {
    for (const entries of this.#options.ownEntries) {
      const data = entries.next(head);
      if (data !== null) return data;
    }
    return null;
  }

  #evaluate(head: { readonly index: LogIndex; readonly time: TimeMs; readonly leader: NodeId }): {
    readonly batch: Batch;
    readonly flights: readonly CommandFlight[];
  } {
    const { declarations, limits } = this.#options;
    const batch = new Batch({
      ...head,
      declarations,
      commandsMax: limits.batchCommandsMax,
      bytesMax: limits.batchBytesMax,
    });
    const flights: CommandFlight[] = [];
    let taken = 0;
    for (const flight of this.#ready) {
      const added = this.#evaluateOne(flight, batch);
      if (added === 'full') break;
      taken += 1;
      if (added === 'added') flights.push(flight);
    }
    this.#ready.splice(0, taken);
    return { batch, flights };
  }

  /** `settled`: it is none of this batch's business, now or for good. */
  #evaluateOne(flight: CommandFlight, batch: Batch): 'added' | 'full' | 'settled' {
    if (flight.isAbandoned) {
      this.#forget(flight);
      return 'settled';
    }
    // Looked at again in the turn of the append: much may have been committed since it was prepared.
    const verdict = this.#verdictOf(flight);
    if (verdict === null) return 'settled';
    if (verdict === 'ask-table') this.#prepare(flight);
    else if (verdict !== 'new') this.#settleRecorded(flight, verdict);
    if (verdict !== 'new') return 'settled';
    const added = batch.add(flight.request, flight.held);
    if (added.kind !== 'missing') return added.kind;
    flight.wanted = added.keys;
    this.#prepare(flight);
    return 'settled';
  }

  #verdictOf(flight: CommandFlight): ReturnType<CommandPreparation['keyVerdict']> | null {
    try {
      return this.#preparation.keyVerdict(flight);
    } catch (error) {
      this.#settle(flight, rejection(error, this.#options.ended));
      return null;
    }
  }

  #propose(data: Uint8Array, flights: readonly CommandFlight[]): void {
    const proposed = this.#options.raft.propose({ kind: 'command', data });
    if ('refused' in proposed) {
      const answer: CommandAnswer =
        proposed.refused === 'tail-full'
          ? { kind: 'rejected', code: 'OVERLOADED', message: 'the log waits for a majority and takes no more' }
          : { kind: 'moved', appended: false };
      for (const flight of flights) this.#settle(flight, answer);
      return;
    }
    for (const flight of flights) {
      flight.state = 'appended';
      flight.isOwn = true;
    }
    const { index, term } = proposed;
    const appendedAt = this.#options.clock.monotonicMs();
    this.#inFlight = { index, term: term as Term, flights, bytes: data.length, appendedAt };
  }

  #settleCommitted({ flights, bytes, appendedAt }: InFlight, { index, term, payload }: AppliedEntry): void {
    if (flights.length === 0) return;
    assert(payload?.kind === 'mutations', `entry ${index} was appended as mutations and applied as something else`);
    const { clock, onCommitted } = this.#options;
    const { leader, time, records } = payload;
    const now = clock.monotonicMs();
    onCommitted({ bytes, ms: now - appendedAt, latenciesMs: flights.map((flight) => now - flight.arrivedAt) });
    flights.forEach((flight, place) => {
      const record = records[place];
      assert(record?.key === flight.request.idempotencyKey, `entry ${index} holds another command at place ${place}`);
      const commit = { index, term, leader, time, replayed: false };
      const { outcome } = record;
      if (outcome.kind === 'done') this.#settle(flight, { kind: 'done', commit, results: outcome.results });
      else if (outcome.kind === 'refused') this.#settle(flight, { ...outcome, commit });
      else flight.state = 'deleting';
    });
  }

  #settleRecorded(flight: CommandFlight, recorded: RecordedMutation): void {
    const { outcome, hash, index, term, leader, time } = recorded;
    const commit = { index, term, leader, time, replayed: !flight.isOwn };
    if (hash !== flight.request.hash) this.#settle(flight, mismatch());
    else if (outcome.kind === 'done') this.#settle(flight, { kind: 'done', commit, results: outcome.results });
    else if (outcome.kind === 'refused') this.#settle(flight, { ...outcome, commit });
    else flight.state = 'deleting';
  }

  /** The last commit of a deletion answers everyone who waits for it. */
  #settleDeletions(records: readonly CommandRecord[]): void {
    for (const { key } of records) {
      const flight = this.#flights.get(key);
      const recorded = flight?.state === 'deleting' ? this.#options.keys.recorded(key) : null;
      if (flight !== undefined && recorded !== null) this.#settleRecorded(flight, recorded);
    }
  }

  #settle(flight: CommandFlight, answer: CommandAnswer): void {
    this.#forget(flight);
    flight.settle(answer);
  }

  #forget(flight: CommandFlight): void {
    const key = flight.request.idempotencyKey;
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }

  #late(flight: CommandFlight): CommandAnswer {
    this.#forget(flight);
    const code: ErrorCode = this.#options.standing.now.hasQuorum ? 'DEADLINE_EXCEEDED' : 'NO_QUORUM';
    return {
      kind: 'rejected',
      code,
      message: `the command was not appended in time (it was ${flight.state}), and now never will be`,
    };
  }

  #onStanding({ role, term, ownTermCommitted }: Standing): void {
    const tenure = role === 'leader' ? term : null;
    if (tenure !== this.#tenure) {
      this.#endTenure();
      this.#tenure = tenure;
    }
    if (ownTermCommitted) this.schedule();
  }

  /** What is in the log may still be committed, by whoever leads next; what is not is gone. */
  #endTenure(): void {
    this.#tenure = null;
    this.#inFlight = null;
    this.#ready = [];
    const flights = [...this.#flights.values()];
    this.#flights.clear();
    for (const flight of flights) {
      const appended = flight.state === 'appended' || flight.state === 'deleting';
      flight.settle({ kind: 'moved', appended });
    }
  }
}

function mismatch(): CommandAnswer {
  return {
    kind: 'rejected',
    code: 'IDEMPOTENCY_MISMATCH',
    message: 'this idempotency key was used for another command before',
  };
}

function databaseBehind({ behindEntries }: LogRetention): GraphError {
  return new GraphError(
    'DATABASE_BEHIND',
    `the database lacks ${behindEntries} commits, and no more are taken until it has caught up`,
  );
}

/** Expected errors keep their code; an unexpected one is a bug, and ends the node. */
function rejection(error: unknown, ended?: (reason: Error) => void): CommandAnswer {
  if (error instanceof GraphError) return { kind: 'rejected', code: error.code, message: error.message };
  ended?.(error instanceof Error ? error : new Error(String(error)));
  return { kind: 'moved', appended: false };
}

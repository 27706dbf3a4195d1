import { assert } from '../core/assert.ts';
import type {
  Entry,
  LogIndex,
  Message,
  NodeId,
  Outbox,
  Persist,
  Proposal,
  RaftCore,
  RaftStatus,
  Term,
} from '../core/types.ts';
import type { ProposalRefusal } from '../core/types.ts';
import type { LogStorage } from '../storage/log-storage.ts';
import { TransferFailed } from './failures.ts';
import { PendingTransfer } from './pending-transfer.ts';
import type { RaftNode, RaftNodeEvents } from './raft-node.ts';
import { isSameStatus } from './status-change.ts';
import { WaitingReads } from './waiting-reads.ts';

export interface RaftDriverOptions {
  readonly core: RaftCore;
  readonly storage: LogStorage;
  /** May lose the message; must not throw. */
  readonly send: (message: Message) => void;
  readonly events: RaftNodeEvents;
  readonly tickMs: number;
}

/** A hand-over that nobody confirms or refuses is given up after this: several election timeouts. */
const transferTicksMax = 160;

/**
 * Carries out what the core decides. Each call of the core leaves an outbox; outboxes are carried out one after the other, in
 * the order in which they came about, also when an event handler or the disk calls back in the middle of one.
 */
export class RaftDriver implements RaftNode {
  readonly #core: RaftCore;
  readonly #storage: LogStorage;
  readonly #send: (message: Message) => void;
  readonly #events: RaftNodeEvents;
  readonly #tickMs: number;
  readonly #reads: WaitingReads;
  readonly #transfers = new Set<PendingTransfer>();
  /** Not yet carried out. Bounded: the loop ends only when it is empty, and a turn adds a few at most. */
  readonly #outboxes: Outbox[] = [];
  #turning = false;
  /** The last persist handed to the log, and the last one that is durable. Invariant: durable <= handed. */
  #handedSequence = 0;
  #durableSequence = 0;
  /** Disk before reply: messages by the sequence they wait for, in order. Bounded by the appends under way. */
  #held: { readonly sequence: number; readonly messages: readonly Message[] }[] = [];
  #reported: RaftStatus;
  #nowTick = 0;
  #timer: ReturnType<typeof setInterval> | null = null;
  #stopped = false;

  constructor(options: RaftDriverOptions) {
    this.#core = options.core;
    this.#storage = options.storage;
    this.#send = options.send;
    this.#events = options.events;
    this.#tickMs = options.tickMs;
    this.#reads = new WaitingReads((request) => this.#turn(() => this.#core.readIndex(request)));
    this.#reported = options.core.status();
  }

  /** From now on time passes by itself. */
  start(): void {
    assert(this.#timer === null && !this.#stopped, 'a driver is started once');
    this.#timer = setInterval(() => this.tick(), this.#tickMs);
  }

  /** One unit of time has passed. */
  tick(): void {
    if (this.#stopped) return;
    this.#nowTick += 1;
    this.#turn(() => this.#core.tick());
    this.#reads.tick(this.#nowTick);
    for (const transfer of this.#transfers) if (transfer.tick(this.#nowTick)) this.#transfers.delete(transfer);
  }

  /** A message from another node; see `checkMessage` for what came over a wire. */
  deliver(message: Message): void {
    if (!this.#stopped) this.#turn(() => this.#core.step(message));
  }

  peerClosed(id: NodeId): void {
    if (!this.#stopped) this.#turn(() => this.#core.peerClosed(id));
  }

  status(): RaftStatus {
    return this.#core.status();
  }

  propose(
    proposal: Proposal,
  ): { readonly index: LogIndex; readonly term: Term } | { readonly refused: ProposalRefusal } {
    if (this.#stopped) return { refused: 'not-leader' };
    return this.#turn(() => this.#core.propose(proposal));
  }

  readIndex(options: { readonly timeoutMs: number }): Promise<LogIndex> {
    const timeoutTicks = this.#stopped ? 0 : Math.ceil(options.timeoutMs / this.#tickMs);
    const answer = this.#reads.add({ nowTick: this.#nowTick, timeoutTicks });
    if (this.#stopped) this.#reads.stop();
    return answer;
  }

  transferLeadership(to: NodeId): Promise<void> {
    if (this.#stopped) return Promise.reject(new TransferFailed('the node stops'));
    return new Promise((resolve, reject) => {
      // Before the status of this turn is looked at: a second transfer fails the first one there.
      if (!this.#core.transferLeadership(to))
        return reject(new TransferFailed(`this node does not lead, or ${to} is no other voter`));
      this.#transfers.add(new PendingTransfer({ to, deadlineTick: this.#nowTick + transferTicksMax, resolve, reject }));
      this.#turn(() => undefined);
    });
  }

  compact(upTo: LogIndex): void {
    if (!this.#stopped) this.#turn(() => this.#core.compact(upTo));
  }

  entries(from: LogIndex, count: number): readonly Entry[] {
    return this.#core.entries(from, count);
  }

  /** What was handed to the log is still written; nothing is sent or handed up any more. */
  stop(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#stopped = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#held = [];
    this.#reads.stop();
    for (const transfer of this.#transfers) transfer.fail('the node stops');
    this.#transfers.clear();
    return new Promise((resolve) => this.#storage.close(resolve));
  }

  /** Lets the core take one step and carries out what came of it, unless a turn further up the stack will. */
  #turn<Result>(step: () => Result): Result {
    const result = step();
    this.#outboxes.push(this.#core.takeOutbox());
    if (this.#turning) return result;
    this.#turning = true;
    try {
      for (
        let outbox = this.#outboxes.shift();
        outbox !== undefined && !this.#stopped;
        outbox = this.#outboxes.shift()
      ) {
        this.#carryOut(outbox);
        if (this.#outboxes.length === 0) this.#reportStatus();
      }
    } finally {
      this.#turning = false;
    }
    return result;
  }

  #carryOut(outbox: Outbox): void {
    if (outbox.persist !== null) this.#persist(outbox.persist);
    for (const message of outbox.sendNow) this.#send(message);
    if (outbox.sendAfterPersist.length > 0) this.#sendWhenDurable(outbox.sendAfterPersist);
    if (outbox.restart !== null) this.#events.onRestart(outbox.restart);
    if (outbox.apply.length > 0) this.#events.onCommitted(outbox.apply);
    for (const ready of outbox.readsReady) this.#reads.answer(ready, this.#nowTick);
  }

  #persist(write: Persist): void {
    assert(write.sequence > this.#handedSequence, 'the core numbers its persists upwards');
    this.#handedSequence = write.sequence;
    this.#storage.persist(write, () => this.#onDurable(write.sequence));
  }

  #onDurable(sequence: number): void {
    if (this.#stopped) return;
    assert(sequence > this.#durableSequence, 'the log answers in the order of the calls');
    this.#durableSequence = sequence;
    while (this.#held[0] !== undefined && this.#held[0].sequence <= sequence) {
      for (const message of this.#held.shift()?.messages ?? []) this.#send(message);
    }
    this.#turn(() => this.#core.persisted(sequence));
  }

  /** Also what was persisted in earlier turns counts: the reply may rest on a write that is still under way. */
  #sendWhenDurable(messages: readonly Message[]): void {
    if (this.#durableSequence === this.#handedSequence) for (const message of messages) this.#send(message);
    else this.#held.push({ sequence: this.#handedSequence, messages });
  }

  #reportStatus(): void {
    const status = this.#core.status();
    if (isSameStatus(status, this.#reported)) return;
    this.#reported = status;
    for (const transfer of this.#transfers) if (transfer.onStatus(status)) this.#transfers.delete(transfer);
    this.#events.onStatus(status);
  }
}

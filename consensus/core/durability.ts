import { impossible } from './assert.ts';
import { beforeFirst, greater, lesser, plus } from './log-index.ts';
import type { LogIndex } from './types.ts';

interface Submitted {
  readonly sequence: number;
  /** Once this write is durable, the present log is durable up to here. */
  lastIndex: LogIndex;
  readonly hasHardState: boolean;
  /** Of its entries. */
  readonly bytes: number;
}

/**
 * Which part of the log in memory the disk is known to hold, with several writes under way.
 *
 * An acknowledgement names a write, not an index: after a truncation the same index, even of the same term seen from afar, may
 * stand for another entry (append-ABA). So a truncation also lowers what the writes before it will prove.
 */
export class Durability {
  // Invariant: every entry of the present log up to here is on disk as it is in memory.
  #durableIndex: LogIndex;
  #sequence = 0;
  #acknowledged = 0;
  #submitted: Submitted[] = [];
  #hardStatesUnderWay = 0;
  // Invariant: the sum over what was submitted and not acknowledged.
  #bytesUnderWay = 0;

  constructor(durableIndex: LogIndex) {
    this.#durableIndex = durableIndex;
  }

  get durableIndex(): LogIndex {
    return this.#durableIndex;
  }

  get isHardStateSettled(): boolean {
    return this.#hardStatesUnderWay === 0;
  }

  /** Entries that the disk was handed and has not answered for. */
  get bytesUnderWay(): number {
    return this.#bytesUnderWay;
  }

  /** No write is under way. */
  get isIdle(): boolean {
    return this.#submitted.length === 0;
  }

  get acknowledgedSequence(): number {
    return this.#acknowledged;
  }

  /** Numbers a write after which the disk holds the log up to `lastIndex`. */
  submit(write: Omit<Submitted, 'sequence'>): number {
    this.#sequence++;
    this.#bytesUnderWay += write.bytes;
    if (write.hasHardState) this.#hardStatesUnderWay++;
    this.#submitted.push({ sequence: this.#sequence, ...write });
    return this.#sequence;
  }

  acknowledge(sequence: number): void {
    if (sequence > this.#sequence) impossible(`write ${sequence} acknowledged, ${this.#sequence} was the last`);
    if (sequence <= this.#acknowledged) return;
    this.#acknowledged = sequence;
    let done = 0;
    for (const write of this.#submitted) {
      if (write.sequence > sequence) break;
      this.#durableIndex = greater(this.#durableIndex, write.lastIndex);
      if (write.hasHardState) this.#hardStatesUnderWay--;
      this.#bytesUnderWay -= write.bytes;
      done++;
    }
    this.#submitted.splice(0, done);
  }

  truncateFrom(index: LogIndex): void {
    const kept = plus(index, -1);
    this.#durableIndex = lesser(this.#durableIndex, kept);
    for (const write of this.#submitted) write.lastIndex = lesser(write.lastIndex, kept);
  }

  /** The whole log was replaced: nothing of it is durable before the write that says so. */
  reset(): void {
    this.truncateFrom(plus(beforeFirst, 1));
  }
}

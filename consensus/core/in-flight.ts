import type { LogIndex } from './types.ts';

interface Sent {
  readonly previousIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly bytes: number;
}

/**
 * Appends on their way to one peer, not answered yet: a window bounded by messages and by bytes.
 *
 * It opens with one message and doubles with each answer that brings news (slow start). Else every refusal that a lost or
 * overtaken message causes would have the whole window sent again, and with it the next refusals.
 */
export class InFlight {
  readonly #messagesMax: number;
  readonly #bytesMax: number;
  #messagesNow = 1;
  #sent: Sent[] = [];
  #bytes = 0;

  constructor(options: { readonly messagesMax: number; readonly bytesMax: number }) {
    this.#messagesMax = options.messagesMax;
    this.#bytesMax = options.bytesMax;
  }

  get isEmpty(): boolean {
    return this.#sent.length === 0;
  }

  /** A message is sent while one byte is free, so the window may be exceeded by one message: one too big must pass too. */
  get isFull(): boolean {
    return this.#sent.length >= this.#messagesNow || this.#bytes >= this.#bytesMax;
  }

  /** Whether a message under way follows this entry. */
  follows(previousIndex: LogIndex): boolean {
    return this.#sent.some((message) => message.previousIndex === previousIndex);
  }

  add(message: Sent): void {
    this.#sent.push(message);
    this.#bytes += message.bytes;
  }

  /** The peer has everything up to `index`, which it had not said before. */
  releaseUpTo(index: LogIndex): void {
    this.#messagesNow = Math.min(this.#messagesNow * 2, this.#messagesMax);
    let released = 0;
    for (const message of this.#sent) {
      if (message.lastIndex > index) break;
      this.#bytes -= message.bytes;
      released++;
    }
    if (released > 0) this.#sent.splice(0, released);
  }

  clear(): void {
    this.#messagesNow = 1;
    this.#sent = [];
    this.#bytes = 0;
  }
}

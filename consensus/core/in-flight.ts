import type { LogIndex } from './types.ts';

interface Sent {
  readonly lastIndex: LogIndex;
  readonly bytes: number;
}

/** Appends on their way to one peer, not answered yet: a window bounded by messages and by bytes. */
export class InFlight {
  readonly #messagesMax: number;
  readonly #bytesMax: number;
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
    return this.#sent.length >= this.#messagesMax || this.#bytes >= this.#bytesMax;
  }

  add(lastIndex: LogIndex, bytes: number): void {
    this.#sent.push({ lastIndex, bytes });
    this.#bytes += bytes;
  }

  /** The peer has everything up to `index`. */
  releaseUpTo(index: LogIndex): void {
    let released = 0;
    for (const message of this.#sent) {
      if (message.lastIndex > index) break;
      this.#bytes -= message.bytes;
      released++;
    }
    if (released > 0) this.#sent.splice(0, released);
  }

  clear(): void {
    this.#sent = [];
    this.#bytes = 0;
  }
}

import type { Socket } from 'node:net';
import type { Payload } from './links.ts';
import type { FrameHead } from './frame.ts';
import { encodeFrame } from './payload-codec.ts';

/** Frames of one turn are gathered here, so that a thousand small messages are one write to the kernel. */
const slabBytes = 64 * 1024;

/** `queued`: it leaves in order. `full`: the buffer for this peer is. `too-large`: no peer would take it. */
export type WriteOutcome = 'queued' | 'full' | 'too-large';

/** Calls `flush` of every writer that wrote something, once a turn of the event loop. */
export class FlushQueue {
  #writers: FrameWriter[] = [];
  #scheduled = false;

  add(writer: FrameWriter): void {
    this.#writers.push(writer);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.flush());
  }

  flush(): void {
    this.#scheduled = false;
    const writers = this.#writers;
    this.#writers = [];
    for (const writer of writers) writer.flush();
  }
}

/** The sending half of one connection: encodes, gathers, and refuses what would make the peer's queue grow without end. */
export class FrameWriter {
  readonly #socket: Socket;
  readonly #queue: FlushQueue;
  readonly #frameBytesMax: number;
  readonly #sendBufferBytesMax: number;
  /** Owned by this writer alone, so what a slow peer holds back is what `#sendBufferBytesMax` counts. */
  #slab: Buffer = Buffer.alloc(0);
  #begin = 0;
  #end = 0;
  #inQueue = false;

  constructor(options: {
    readonly socket: Socket;
    readonly queue: FlushQueue;
    readonly frameBytesMax: number;
    readonly sendBufferBytesMax: number;
  }) {
    this.#socket = options.socket;
    this.#queue = options.queue;
    this.#frameBytesMax = options.frameBytesMax;
    this.#sendBufferBytesMax = options.sendBufferBytesMax;
  }

  write(head: FrameHead, payload: Payload): WriteOutcome {
    if (this.#waitingBytes() >= this.#sendBufferBytesMax) return 'full';
    const frame = encodeFrame(head, payload);
    if (frame.length > this.#frameBytesMax) return 'too-large';
    this.#append(frame);
    return 'queued';
  }

  /** A frame that is bytes already; may be used again by the caller. */
  writeFrame(frame: Buffer): WriteOutcome {
    if (this.#waitingBytes() >= this.#sendBufferBytesMax) return 'full';
    this.#append(frame);
    return 'queued';
  }

  flush(): void {
    this.#inQueue = false;
    if (this.#begin === this.#end) return;
    const batch = this.#slab.subarray(this.#begin, this.#end);
    this.#begin = this.#end;
    if (this.#socket.writable) this.#socket.write(batch);
  }

  #waitingBytes(): number {
    return this.#socket.writableLength + this.#end - this.#begin;
  }

  #append(frame: Buffer): void {
    if (this.#end + frame.length > this.#slab.length) {
      this.flush();
      this.#slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, frame.length));
      this.#begin = 0;
      this.#end = 0;
    }
    frame.copy(this.#slab, this.#end);
    this.#end += frame.length;
    if (this.#inQueue) return;
    this.#inQueue = true;
    this.#queue.add(this);
  }
}

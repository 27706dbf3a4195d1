import type { Channel } from './links.ts';
import { channels } from './links.ts';

/**
 * A frame on the wire, all numbers big-endian:
 *
 *     0  u32  length of all that follows
 *     4  u8   version of the protocol
 *     5  u8   kind
 *     6  u8   channel, an index into `channels`; 0 where the kind has none
 *     7  u48  correlation: the number of a request, or of a ping; 0 where the kind has none
 *    13  …    body
 *
 * Kinds up to `failure` carry a msgpackr value, `ping` and `pong` nothing, and those of the handshake JSON: the bytes of a
 * peer that has proven nothing meet no parser but JSON.parse.
 */
const frameVersion = 1;
export const frameHeaderBytes = 13;

const lengthBytes = 4;
const shortestLength = frameHeaderBytes - lengthBytes;

/** The wire holds an index into this list: append only. */
export const frameKinds = [
  'message',
  'request',
  'response',
  'failure',
  'ping',
  'pong',
  'founded',
  'hello',
  'challenge',
  'proof',
  'welcome',
  'refusal',
] as const;
export type FrameKind = (typeof frameKinds)[number];

const kindNumbers: ReadonlyMap<FrameKind, number> = new Map(frameKinds.map((kind, number) => [kind, number]));
const channelNumbers: ReadonlyMap<Channel, number> = new Map(channels.map((channel, number) => [channel, number]));

/** One frame as it was read: the body is `bytes` from `start` to `end`, valid only until the handler returns. */
export interface Frame {
  readonly kind: FrameKind;
  readonly channel: Channel;
  readonly correlation: number;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

export interface FrameHead {
  readonly kind: FrameKind;
  readonly channel: Channel;
  readonly correlation: number;
}

/** The peer broke the protocol, or speaks another version of it. The connection cannot go on: its frames have no edges. */
export class FrameError extends Error {
  readonly code: 'FRAME_MALFORMED' | 'FRAME_TOO_LARGE' | 'WRONG_VERSION';

  constructor(code: FrameError['code'], message: string) {
    super(message);
    this.name = 'FrameError';
    this.code = code;
  }
}

/** Fills in the header of a frame whose body already follows it; `frame` is exactly header and body. */
export function writeFrameHead(frame: Buffer, head: FrameHead): void {
  frame.writeUInt32BE(frame.length - lengthBytes, 0);
  frame[4] = frameVersion;
  frame[5] = kindNumbers.get(head.kind) ?? 0;
  frame[6] = channelNumbers.get(head.channel) ?? 0;
  frame.writeUIntBE(head.correlation, 7, 6);
}

/** A whole frame around a body that is already bytes. */
export function frameOf(head: FrameHead, body: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(frameHeaderBytes + body.length);
  frame.set(body, frameHeaderBytes);
  writeFrameHead(frame, head);
  return frame;
}

/**
 * Cuts a stream of chunks into frames. A frame that lies in one chunk is handed on in place; one that spans chunks is
 * gathered in a buffer of exactly its size, so a large frame is copied once.
 */
export class FrameReader {
  /** The longest frame taken from here on. Changes once, when the peer has proven itself. */
  frameBytesMax: number;
  readonly #onFrame: (frame: Frame) => void;
  /** The frame that began in an earlier chunk; its first `#heldBytes` bytes are there. */
  #held: Buffer | null = null;
  #heldBytes = 0;
  #stopped = false;

  constructor(options: { readonly frameBytesMax: number; readonly onFrame: (frame: Frame) => void }) {
    this.frameBytesMax = options.frameBytesMax;
    this.#onFrame = options.onFrame;
  }

  /** Nothing is handed on after this, not even what the present chunk still holds. */
  stop(): void {
    this.#stopped = true;
    this.#held = null;
  }

  /** Throws FrameError when the bytes cannot be frames of this protocol. */
  push(chunk: Buffer): void {
    let offset = this.#held === null ? 0 : this.#fillHeld(chunk);
    while (!this.#stopped && chunk.length - offset >= lengthBytes) {
      const end = offset + lengthBytes + this.#checkedLength(chunk, offset);
      if (end > chunk.length) break;
      this.#hand(chunk, offset, end);
      offset = end;
    }
    if (!this.#stopped && offset < chunk.length) this.#hold(chunk, offset);
  }

  /** Gives the held frame what it lacks; returns how much of the chunk that took. */
  #fillHeld(chunk: Buffer): number {
    let offset = 0;
    while (this.#held !== null && offset < chunk.length) {
      const held = this.#held;
      const taken = Math.min(held.length - this.#heldBytes, chunk.length - offset);
      chunk.copy(held, this.#heldBytes, offset, offset + taken);
      this.#heldBytes += taken;
      offset += taken;
      if (this.#heldBytes < held.length) break;
      if (held.length === lengthBytes) this.#growHeld(held);
      else {
        this.#held = null;
        this.#hand(held, 0, held.length);
        break;
      }
    }
    return offset;
  }

  #hold(chunk: Buffer, offset: number): void {
    const known = chunk.length - offset >= lengthBytes;
    const size = known ? lengthBytes + this.#checkedLength(chunk, offset) : lengthBytes;
    // Not from the pool: a large frame would pin what shares its slab.
    this.#held = Buffer.allocUnsafeSlow(size);
    this.#heldBytes = chunk.copy(this.#held, 0, offset);
  }

  /** The length has arrived: makes room for the whole frame. */
  #growHeld(head: Buffer): void {
    const whole = Buffer.allocUnsafeSlow(lengthBytes + this.#checkedLength(head, 0));
    head.copy(whole);
    this.#held = whole;
  }

  #checkedLength(bytes: Buffer, offset: number): number {
    const length = bytes.readUInt32BE(offset);
    if (length < shortestLength) {
      throw new FrameError('FRAME_MALFORMED', `a frame has at least ${shortestLength} bytes, this one says ${length}`);
    }
    if (length + lengthBytes > this.frameBytesMax) {
      throw new FrameError('FRAME_TOO_LARGE', `a frame of ${length} bytes, at most ${this.frameBytesMax} are taken`);
    }
    return length;
  }

  #hand(bytes: Buffer, start: number, end: number): void {
    const version = bytes[start + 4];
    if (version !== frameVersion) {
      throw new FrameError('WRONG_VERSION', `this node speaks version ${frameVersion}, the peer version ${version}`);
    }
    const kind = frameKinds[bytes[start + 5] ?? -1];
    const channel = channels[bytes[start + 6] ?? -1];
    if (kind === undefined || channel === undefined) {
      throw new FrameError('FRAME_MALFORMED', `no frame has kind ${bytes[start + 5]} and channel ${bytes[start + 6]}`);
    }
    const correlation = bytes.readUIntBE(start + 7, 6);
    this.#onFrame({ kind, channel, correlation, bytes, start: start + frameHeaderBytes, end });
  }
}

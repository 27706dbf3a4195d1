import { Packr, RESERVE_START_SPACE, RESET_BUFFER_MODE } from 'msgpackr';
import type { Payload } from './links.ts';
import type { Frame, FrameHead } from './frame.ts';
import { frameHeaderBytes, writeFrameHead } from './frame.ts';

/**
 * Plain msgpack, without msgpackr's records. Where structures are kept over frames, a frame that is dropped after it was
 * encoded makes all later ones unreadable, and properties named by users fill the table. Records within one frame gain too
 * little: small messages decode slower (1.4 µs against 0.5 for an append response), a fill of 20 entities encodes slower and
 * decodes faster (23 + 13 µs against 18 + 27), in half the bytes.
 *
 * `copyBuffers`: a decoded Uint8Array owns its memory. Log entries are kept for hours; as a slice each would keep the 64 KiB
 * chunk alive that it arrived in.
 */
const packr = new Packr({ useRecords: false, variableMapSize: true, copyBuffers: true, useToJSON: false });

/** msgpackr keeps the largest buffer it ever needed; above this it is given back. */
const scratchBytesMax = 1024 * 1024;

/** The frame lies in a scratch buffer that the next call overwrites: copy it at once. Throws on what msgpack cannot say. */
export function encodeFrame(head: FrameHead, payload: Payload): Buffer {
  const frame = packr.pack(payload, (RESERVE_START_SPACE | RESET_BUFFER_MODE) + frameHeaderBytes);
  if (frame.length > scratchBytesMax) packr.useBuffer(Buffer.allocUnsafeSlow(8_192));
  writeFrameHead(frame, head);
  return frame;
}

/** Throws on bytes that are no msgpack value, or more than one. */
export function decodePayload(frame: Frame): Payload {
  return packr.unpack(frame.bytes, { start: frame.start, end: frame.end });
}

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Frame, FrameHead } from './frame.ts';
import { FrameError, FrameReader, frameHeaderBytes, frameKinds, frameOf } from './frame.ts';
import { channels } from './links.ts';
import { decodePayload, encodeFrame } from './payload-codec.ts';

interface ReadFrame extends FrameHead {
  readonly body: string;
}

const head = { kind: 'message', channel: 'raft', correlation: 0 } as const;

function copyOf(frame: Frame): ReadFrame {
  const { kind, channel, correlation } = frame;
  return { kind, channel, correlation, body: frame.bytes.toString('hex', frame.start, frame.end) };
}

function readAll(chunks: readonly Buffer[], frameBytesMax = 1_000_000): ReadFrame[] {
  const frames: ReadFrame[] = [];
  const reader = new FrameReader({ frameBytesMax, onFrame: (frame) => frames.push(copyOf(frame)) });
  for (const chunk of chunks) reader.push(chunk);
  return frames;
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof FrameError) return error.code;
    throw error;
  }
  return 'none';
}

describe('frames', () => {
  it('come out as they went in, however the stream is cut into chunks', () => {
    const frame = fc.record({
      kind: fc.constantFrom(...frameKinds),
      channel: fc.constantFrom(...channels),
      correlation: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      body: fc.uint8Array({ maxLength: 300 }),
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 97 })), (sent, cuts) => {
        const stream = Buffer.concat(sent.map(({ body, ...rest }) => frameOf(rest, body)));
        const chunks: Buffer[] = [];
        let offset = 0;
        for (const cut of cuts) {
          chunks.push(stream.subarray(offset, offset + cut));
          offset += cut;
        }
        chunks.push(stream.subarray(offset));
        const expected = sent.map(({ body, ...rest }) => ({ ...rest, body: Buffer.from(body).toString('hex') }));
        expect(readAll(chunks)).toEqual(expected);
      }),
    );
  });

  it('may be exactly as long as the bound and no byte longer', () => {
    const longest = frameOf(head, Buffer.alloc(50));
    expect(readAll([longest], 50 + frameHeaderBytes)).toHaveLength(1);
    expect(codeOf(() => readAll([longest], 49 + frameHeaderBytes))).toBe('FRAME_TOO_LARGE');
    const tooLongInPieces = [longest.subarray(0, 2), longest.subarray(2)];
    expect(codeOf(() => readAll(tooLongInPieces, 49 + frameHeaderBytes))).toBe('FRAME_TOO_LARGE');
  });

  it('are refused when they are shorter than a header, of an unknown kind or channel, or of another version', () => {
    const changed = (offset: number, value: number): Buffer => {
      const frame = frameOf(head, Buffer.alloc(5));
      frame[offset] = value;
      return frame;
    };
    expect(codeOf(() => readAll([changed(3, 3)]))).toBe('FRAME_MALFORMED');
    expect(codeOf(() => readAll([changed(4, 2)]))).toBe('WRONG_VERSION');
    expect(codeOf(() => readAll([changed(5, frameKinds.length)]))).toBe('FRAME_MALFORMED');
    expect(codeOf(() => readAll([changed(6, channels.length)]))).toBe('FRAME_MALFORMED');
  });

  it('are no longer handed on once the reader is stopped, not even from the same chunk', () => {
    const frames: ReadFrame[] = [];
    const reader = new FrameReader({
      frameBytesMax: 1_000,
      onFrame: (frame) => {
        frames.push(copyOf(frame));
        reader.stop();
      },
    });
    reader.push(Buffer.concat([frameOf(head, Buffer.alloc(1)), frameOf(head, Buffer.alloc(2))]));
    reader.push(frameOf(head, Buffer.alloc(3)));
    expect(frames).toHaveLength(1);
  });
});

describe('payloads', () => {
  const roundTrip = (payload: unknown): unknown => {
    let decoded: unknown;
    const onFrame = (frame: Frame): void => {
      decoded = decodePayload(frame);
    };
    // Copied as a writer copies it, and put in the middle of a chunk as a socket delivers it.
    const chunk = Buffer.concat(['before', payload, 'after'].map((each) => Buffer.from(encodeFrame(head, each))));
    let count = 0;
    const reader = new FrameReader({
      frameBytesMax: 64_000_000,
      onFrame: (f) => (++count === 2 ? onFrame(f) : undefined),
    });
    reader.push(chunk);
    return decoded;
  };

  it('carry what the interface names, unchanged', () => {
    const payload = {
      text: 'Grüße, 世界 👋',
      numbers: [0, -1, 1.5, 2 ** 31, 2 ** 32, 2 ** 41, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
      nothing: null,
      flags: [true, false],
      nested: { list: [{ index: 1 }, { index: 2 }] },
    };
    expect(roundTrip(payload)).toEqual(payload);
  });

  it('own the memory of the bytes in them', () => {
    const decoded = roundTrip({ data: new Uint8Array([1, 2, 3]) }) as { data: Uint8Array };
    expect([...decoded.data]).toEqual([1, 2, 3]);
    expect(decoded.data.buffer.byteLength).toBe(3);
  });

  it('may be large, and a small one after it is right', () => {
    const large = { data: new Uint8Array(3_000_000).fill(7) };
    const decoded = roundTrip(large) as { data: Uint8Array };
    expect(decoded.data.length).toBe(3_000_000);
    expect(decoded.data.every((byte) => byte === 7)).toBe(true);
    expect(roundTrip({ small: 1 })).toEqual({ small: 1 });
  });
});

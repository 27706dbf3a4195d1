/**
 * What the log does when the disk damages what was durable. The goal: nothing is lost silently, and term and vote never go back; a log
 * that lost entries says up to where, and says so again after each restart until it is repaired. Method: every byte in turn, then random
 * lives with random flips.
 */
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAtLeast } from '../core/log-place.ts';
import type { LogIndex, LogPlace, NodeId, Persist, Term } from '../core/types.ts';
import { crc32c } from './crc32c.ts';
import { openFileLog } from './file-log.ts';
import { LogDamaged, LogFormatUnknown } from './log-damaged.ts';
import type { LogStorage, RecoveredLog } from './log-storage.ts';
import { newSegment, segmentHeaderLength, segmentName } from './segment.ts';
import { emptyLog, naiveApply } from './testing/naive-log.ts';
import type { NaiveState } from './testing/naive-log.ts';
import { SteppedDisk } from './testing/stepped-disk.ts';
import { drawn, entries, entry, mark, write, writeSketch } from './testing/writes.ts';

const first = segmentName(1);
const hardState = { term: 2 as Term, votedFor: 'n1' as NodeId };
const writes: readonly Persist[] = [
  write(1, { hardState, entries: entries(1, 3) }),
  write(2, { truncateFrom: 3 as LogIndex, entries: [3, 4, 5].map((index) => entry(index, 'second', 2)) }),
  write(3, { entries: [entry(6, 'third', 2)] }),
];
const whole = writes.reduce(naiveApply, emptyLog);

describe('damage to what was durable', () => {
  test('at any byte keeps what came before it, and says durably up to where the rest is to be repaired', () => {
    const length = written().disk.readNow(first).length;
    for (let at = 0; at < length - standingLength; at++) {
      const { disk } = written();
      disk.flip(first, at, 1 << (at % 8));
      const { recovered } = open(disk);
      expect(recovered.damages, `byte ${at}`).toMatchObject([{ file: first }]);
      expect(recovered.damages?.[0]?.offset).toBeLessThanOrEqual(at);
      expectNoSilentLoss(recovered, whole);
      expect(disk.listNow()).toContain(`${first}.damaged`);
      expect(open(disk).recovered, 'a second start finds the same').toEqual({ ...recovered, damages: undefined });
    }
  });

  test('that cuts the file short is noticed by the last record alone', () => {
    const { disk, storage } = written();
    expect(storage).toBeDefined();
    open(disk);
    for (let cut = 0; cut < disk.readNow(first).length - standingLength; cut += 7) {
      const { disk: shortened } = written();
      open(shortened);
      shortened.cut(first, cut);
      const { recovered } = open(shortened);
      expectNoSilentLoss(recovered, whole);
      expect(recovered.damages).toBeDefined();
    }
  });

  test('of an older segment, or the lack of one, is noticed', () => {
    const threeSegments = (): SteppedDisk => {
      const { disk } = written();
      open(disk);
      open(disk);
      return disk;
    };
    for (const name of [first, segmentName(2)]) {
      const missing = threeSegments();
      missing.remove(name, () => undefined);
      missing.settle();
      const { recovered } = open(missing);
      expectNoSilentLoss(recovered, whole);
      expect(recovered.damages, name).toBeDefined();
    }
  });

  test('to the head of a segment does not bring back what that segment had replaced', () => {
    const disk = new SteppedDisk();
    const { storage } = open(disk);
    for (const next of writes) {
      storage.persist(next, () => undefined);
      disk.settle();
    }
    disk.endProcess();
    // The last write is vouched for by nothing, so the next start writes it again.
    open(disk);
    disk.flip(segmentName(2), 3, 1);
    const { recovered } = open(disk);
    expect(recovered.damages).toMatchObject([{ file: segmentName(2), offset: 0 }]);
    expectNoSilentLoss(recovered, whole);
  });

  test('that nothing needs any more loses nothing', () => {
    const { disk, storage } = written(false);
    storage.persist(write(4, { compactTo: { ...mark(6), term: 2 as Term } }), () => undefined);
    storage.persist(write(5, { entries: [entry(7, 'later', 2)] }), () => undefined);
    closed(disk, storage);
    disk.flip(first, placeOf(disk, 'entry 2'), 1);
    const { recovered } = open(disk);
    expect(recovered.damages).toHaveLength(1);
    expect(recovered.lost).toBeUndefined();
    expect(recovered).toMatchObject({ hardState, mark: { index: 6 }, entries: [{ index: 7 }] });
  });

  test('to term and vote stops the node: no other node knows them', () => {
    const { disk } = written();
    const { length } = disk.readNow(first);
    for (let at = segmentHeaderLength; at < length; at += 30) disk.flip(first, at, 0x80);
    expect(() => open(disk)).toThrow(LogDamaged);
    expect(disk.listNow()).toEqual([first]);
  });

  test('is not seen in a log of a newer version: that one is refused by its number', () => {
    const { disk } = written();
    disk.installNow(first, newerSegment());
    expect(() => open(disk)).toThrow(LogFormatUnknown);
  });
});

describe('a repair', () => {
  const lost = { index: 6 as LogIndex, term: 2 as Term };

  test('that is due outlasts crashes, new segments, further damage and a torn tail, until it is done', () => {
    const { disk } = written();
    disk.flip(first, placeOf(disk, 'entry 2'), 1);
    const { storage, recovered } = open(disk, 300);
    expect(recovered.lost).toEqual(lost);
    const last = recovered.entries.at(-1)?.index ?? 0;
    for (const [at, index] of [last + 1, last + 2].entries())
      storage.persist(write(at + 1, { entries: [entry(index, 'x'.repeat(200), 2)] }), () => undefined);
    disk.settle();
    disk.endProcess();
    expect(open(disk).recovered.lost).toEqual(lost);
    const again = disk.listNow().find((name) => name.endsWith('.segment')) ?? '';
    disk.flip(again, segmentHeaderLength + 20, 1);
    const { storage: next, recovered: found } = open(disk);
    expect(found.lost).toEqual(lost);
    next.persist(write(1, { lost: null }), () => undefined);
    disk.settle();
    disk.losePower();
    expect(open(disk).recovered.lost).toBeUndefined();
  });

  test('that the leader told of is remembered', () => {
    const { disk, storage } = written(false);
    storage.persist(write(4, { lost: { index: 50 as LogIndex, term: 3 as Term } }), () => undefined);
    disk.settle();
    disk.losePower();
    expect(open(disk).recovered.lost).toEqual({ index: 50, term: 3 });
  });

  test('is begun again when the process ends between the new segment and the renaming of the damaged one', () => {
    const { disk } = written();
    disk.flip(first, placeOf(disk, 'entry 2'), 1);
    const copy = disk.readNow(first);
    const { recovered } = open(disk);
    disk.installNow(first, copy);
    expect(open(disk).recovered).toEqual({ ...recovered, damages: undefined });
    expect(disk.listNow()).not.toContain(first);
  });
});

test('whatever was written, one flipped bit anywhere before the last mark is mended or told, and never costs a vote', () => {
  const random = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
  const lives = fc.array(fc.array(writeSketch, { maxLength: 8 }), { minLength: 1, maxLength: 4 });
  const sizes = fc.constantFrom(150, 600, 100_000);
  const check = (
    sketches: typeof lives extends fc.Arbitrary<infer T> ? T : never,
    size: number,
    dice: Iterator<number>,
  ): void => {
    const disk = new SteppedDisk();
    let state = emptyLog;
    let sequence = 0;
    for (const life of sketches) {
      const { storage } = open(disk, size);
      for (const sketch of life) {
        const next = drawn(sketch, state, ++sequence);
        state = naiveApply(state, next);
        storage.persist(next, () => undefined);
      }
      closed(disk, storage);
    }
    const names = disk.listNow().toSorted();
    const name = names[Math.floor((dice.next().value ?? 0) * names.length)] ?? '';
    const isNewest = name === names.at(-1);
    const length = disk.readNow(name).length - (isNewest ? standingLength : 0);
    disk.flip(name, Math.floor((dice.next().value ?? 0) * length), 1 << Math.floor((dice.next().value ?? 0) * 8));
    const { recovered } = open(disk, size);
    expectNoSilentLoss(recovered, state);
    expect(open(disk, size).recovered).toEqual({ ...recovered, damages: undefined });
  };
  fc.assert(
    fc.property(lives, sizes, random, (sketches, size, dice) => check(sketches, size, dice)),
    { numRuns: 600 },
  );
});

/** The record that ends a log that was closed in good order; nothing vouches for it. */
const standingLength = 40 + 6 + 'n1'.length;

/** Either all is there, or the log knows how far it reached; in both cases term and vote are there. */
function expectNoSilentLoss(recovered: RecoveredLog, state: NaiveState): void {
  expect(recovered.hardState).toEqual(state.hardState);
  const end: LogPlace = state.entries.at(-1) ?? state.mark;
  if (recovered.lost === undefined) {
    expect(recovered.entries.at(-1)?.index ?? recovered.mark.index).toBe(end.index);
    // A compaction may be forgotten: then more is held than is needed.
    expect(recovered.mark.index).toBeLessThanOrEqual(state.mark.index);
    expect(recovered.entries.filter(({ index }) => index > state.mark.index)).toEqual(state.entries);
    return;
  }
  expect(isAtLeast(recovered.lost, end), `${JSON.stringify(recovered.lost)} for ${end.index} of ${end.term}`).toBe(
    true,
  );
  expect(isAtLeast(recovered.entries.at(-1) ?? recovered.mark, recovered.lost)).toBe(false);
}

function placeOf(disk: SteppedDisk, text: string): number {
  const at = Buffer.from(disk.readNow(first)).indexOf(text);
  expect(at).toBeGreaterThan(0);
  return at;
}

/** One segment with three writes; closed in good order, unless told otherwise. */
function written(isClosed = true): { readonly disk: SteppedDisk; readonly storage: LogStorage } {
  const disk = new SteppedDisk();
  const { storage } = open(disk);
  for (const next of writes) {
    storage.persist(next, () => undefined);
    disk.settle();
  }
  if (isClosed) closed(disk, storage);
  return { disk, storage };
}

function closed(disk: SteppedDisk, storage: LogStorage): void {
  storage.close(() => undefined);
  disk.settle();
}

function open(
  disk: SteppedDisk,
  segmentBytesMax = 10_000,
): { readonly recovered: RecoveredLog; readonly storage: LogStorage } {
  return openFileLog({
    disk,
    segmentBytesMax,
    onFailure: (error) => {
      throw error;
    },
  });
}

/** A sound head of a later format version, whose checksum covers the version. */
function newerSegment(): Uint8Array {
  const promised = { index: 0 as LogIndex, term: 0 as Term };
  const options = { number: 1, base: 0, hardState, mark: mark(0), promised, lost: null, isBeginning: false, tail: [] };
  const { content } = newSegment(options);
  content.writeUInt16BE(3, 8);
  content.writeUInt32BE(crc32c(content, 16, segmentHeaderLength, crc32c(content, 0, 12)), 12);
  return content;
}

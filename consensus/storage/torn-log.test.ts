/**
 * What the log does when the disk loses, tears or refuses. The goal: what was acknowledged is there after a restart. Method: every byte
 * in turn, then random crashes. What was durable and is damaged later is in `damaged-log.test.ts`.
 */
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { LogIndex, NodeId, Persist, Term } from '../core/types.ts';
import { openFileLog } from './file-log.ts';
import type { LogStorage, RecoveredLog } from './log-storage.ts';
import { segmentName } from './segment.ts';
import { emptyLog, naiveApply, naiveSteps } from './testing/naive-log.ts';
import type { NaiveState } from './testing/naive-log.ts';
import { SteppedDisk } from './testing/stepped-disk.ts';
import { drawn, entries, write, writeSketch } from './testing/writes.ts';

const first = segmentName(1);
const hardState = { term: 2 as Term, votedFor: 'n1' as NodeId };
const firstWrite = write(1, { hardState, entries: entries(1, 3) });
const secondWrite = write(2, { truncateFrom: 3 as LogIndex, entries: entries(3, 5, 'second') });

describe('a torn tail', () => {
  test('cut at any byte, is dropped down to a state that the log was in, and nothing before it', () => {
    const { durable, length } = twoWrites();
    for (let cut = durable; cut <= length; cut++) {
      const { disk } = twoWrites();
      disk.cut(first, cut);
      const { recovered } = open(disk);
      expect(statesAfter(naiveApply(emptyLog, firstWrite), [secondWrite])).toContainEqual(stateOf(recovered));
      expect(open(disk).recovered, 'a second start finds the same').toEqual({ ...recovered, tornBytes: 0 });
    }
  });

  test('with a flipped bit at any byte, is dropped down to a state that the log was in', () => {
    const { durable, length } = twoWrites();
    for (let at = durable; at < length; at++) {
      const { disk } = twoWrites();
      disk.flip(first, at, 1 << (at % 8));
      const { recovered } = open(disk);
      expect(statesAfter(naiveApply(emptyLog, firstWrite), [secondWrite])).toContainEqual(stateOf(recovered));
      expect(recovered.tornBytes).toBeGreaterThan(0);
    }
  });

  test('never comes back when later writes follow it', () => {
    const { disk, length } = twoWrites();
    disk.cut(first, length - 1);
    const { storage, recovered } = open(disk);
    expect(recovered.entries).toHaveLength(4);
    storage.persist(write(3, { entries: entries(5, 5, 'third') }), () => undefined);
    disk.settle();
    expect(open(disk).recovered.entries.at(-1)).toEqual(entries(5, 5, 'third')[0]);
  });
});

describe('a disk that fails', () => {
  test.each(['append', 'sync'] as const)(
    'at %s is never tried again: the owner is told once and nobody is answered',
    (work) => {
      const disk = new SteppedDisk();
      const onFailure = vi.fn<(error: Error) => void>();
      const { storage } = openFileLog({ disk, onFailure, segmentBytesMax: 10_000 });
      const done = vi.fn<() => void>();
      disk.failNext(work, new Error('EIO'));
      storage.persist(firstWrite, done);
      storage.persist(secondWrite, done);
      disk.settle();
      storage.persist(write(3, { entries: entries(6, 6) }), done);
      disk.settle();
      expect(onFailure.mock.calls).toEqual([[new Error('EIO')]]);
      expect(done).not.toHaveBeenCalled();
      const onClosed = vi.fn<() => void>();
      storage.close(onClosed);
      disk.settle();
      expect(onClosed).toHaveBeenCalledOnce();
    },
  );

  test('while a new segment is made ends the log as well', () => {
    const disk = new SteppedDisk();
    const onFailure = vi.fn<(error: Error) => void>();
    const { storage } = openFileLog({ disk, onFailure, segmentBytesMax: 1 });
    disk.failNext('install', new Error('ENOSPC'));
    storage.persist(firstWrite, () => expect.unreachable());
    disk.settle();
    expect(onFailure.mock.calls).toEqual([[new Error('ENOSPC')]]);
  });

  test('to sync leaves pages that look clean: the next start writes them again elsewhere, and then power may fail', () => {
    const disk = new SteppedDisk(() => 0.3);
    const { storage } = openFileLog({ disk, onFailure: () => undefined, segmentBytesMax: 10_000 });
    disk.failNext('sync', new Error('EIO'));
    storage.persist(firstWrite, () => expect.unreachable());
    disk.settle();
    disk.endProcess();
    const { recovered } = open(disk);
    expect(recovered.entries).toEqual(entries(1, 3));
    disk.losePower();
    expect(stateOf(open(disk).recovered)).toEqual(stateOf(recovered));
  });
});

test('while one write is under way all others collect, and one write and one sync serve them in order', () => {
  const disk = new SteppedDisk();
  const append = vi.spyOn(disk, 'append');
  const sync = vi.spyOn(disk, 'sync');
  const { storage } = open(disk);
  const answered: number[] = [];
  for (let index = 1; index <= 100; index++)
    storage.persist(write(index, { entries: entries(index, index) }), () => answered.push(index));
  disk.settle();
  expect(answered).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
  expect(append).toHaveBeenCalledTimes(2);
  expect(sync).toHaveBeenCalledTimes(2);
});

test('nobody is answered between the write and the sync', () => {
  const disk = new SteppedDisk();
  const { storage } = open(disk);
  const done = vi.fn<() => void>();
  storage.persist(firstWrite, done);
  disk.step();
  expect(disk.isUnderWay('sync')).toBe(true);
  expect(done).not.toHaveBeenCalled();
  disk.step();
  expect(done).toHaveBeenCalledOnce();
});

test('whatever crashes come at whatever moment, all that was acknowledged is there and the rest is a prefix of what was written', () => {
  const life = fc.record({
    sketches: fc.array(writeSketch, { maxLength: 12 }),
    steps: fc.nat(30),
    power: fc.boolean(),
    syncFails: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(life, { minLength: 1, maxLength: 6 }),
      fc.constantFrom(150, 600, 100_000),
      fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      (lives, segmentBytesMax, dice) => {
        const disk = new SteppedDisk(() => dice.next().value ?? 0);
        let possible: readonly NaiveState[] = [emptyLog];
        let sequence = 0;
        for (const { sketches, steps, power, syncFails } of lives) {
          const { recovered, storage } = openFileLog({ disk, segmentBytesMax, onFailure: () => undefined });
          expect(possible).toContainEqual(stateOf(recovered));
          let acknowledged = stateOf(recovered);
          let written = acknowledged;
          const pending: Persist[] = [];
          if (syncFails) disk.failNext('sync', new Error('EIO'));
          for (const sketch of sketches) {
            const next = drawn(sketch, written, ++sequence);
            written = naiveApply(written, next);
            pending.push(next);
            storage.persist(next, () => {
              expect(pending.shift()).toBe(next);
              acknowledged = naiveApply(acknowledged, next);
            });
            if (sequence % 3 === 0) disk.step();
          }
          for (let step = 0; step < steps; step++) disk.step();
          possible = statesAfter(acknowledged, pending);
          if (power) disk.losePower();
          else disk.endProcess();
        }
        expect(possible).toContainEqual(stateOf(open(disk).recovered));
      },
    ),
    { numRuns: 400 },
  );
});

/** One segment with two writes, each synced; the second one's records say that the first was durable. */
function twoWrites(): {
  readonly disk: SteppedDisk;
  readonly storage: LogStorage;
  readonly durable: number;
  readonly length: number;
} {
  const disk = new SteppedDisk();
  const { storage } = open(disk);
  storage.persist(firstWrite, () => undefined);
  disk.settle();
  const durable = disk.readNow(first).length;
  storage.persist(secondWrite, () => undefined);
  disk.settle();
  return { disk, storage, durable, length: disk.readNow(first).length };
}

function statesAfter(before: NaiveState, writes: readonly Persist[]): readonly NaiveState[] {
  const states: NaiveState[] = [before];
  for (const next of writes) states.push(...naiveSteps(states.at(-1) ?? before, next));
  return states;
}

function stateOf(recovered: RecoveredLog): NaiveState {
  return { hardState: recovered.hardState, mark: recovered.mark, entries: recovered.entries };
}

function open(disk: SteppedDisk): { readonly recovered: RecoveredLog; readonly storage: LogStorage } {
  return openFileLog({
    disk,
    segmentBytesMax: 10_000,
    onFailure: (error) => {
      throw error;
    },
  });
}

/** One suite over every disk: what the log promises as long as nothing breaks. What breaks is in `torn-log.test.ts`. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { LogIndex, NodeId, Persist, Term } from '../core/types.ts';
import type { Disk } from './disk.ts';
import { openFileLog } from './file-log.ts';
import type { LogStorage, RecoveredLog } from './log-storage.ts';
import { NodeDisk } from './node-disk.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { emptyLog, naiveApply } from './testing/naive-log.ts';
import type { NaiveState } from './testing/naive-log.ts';
import { drawn, entries, mark, write, writeSketch } from './testing/writes.ts';
import { DropUnsyncedDisk } from './unsafe-disk.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true });
});

/** Gives a disk on the same folder at each call, as to a process that starts again. */
type Machine = () => Disk;
const machines: readonly (readonly [string, () => Machine])[] = [
  ['a simulated disk', simulated],
  ['a real folder', () => onFolder((folder) => new NodeDisk(folder))],
  [
    'a real folder that drops what was not synced',
    () => onFolder((folder) => new DropUnsyncedDisk(new NodeDisk(folder))),
  ],
];

describe.each(machines)('on %s', (_name, machine) => {
  test('a folder that does not exist yet is an empty log', () => {
    expect(open(machine()()).recovered).toEqual({ ...emptyLog, tornBytes: 0 });
  });

  test('everything that was acknowledged is there after a restart', async () => {
    const disk = machine();
    const { storage } = open(disk());
    const hardState = { term: 7 as Term, votedFor: 'n2' as NodeId };
    await persist(storage, write(1, { hardState, entries: entries(1, 3) }));
    await persist(storage, write(2, { entries: entries(4, 4, 'x'.repeat(100_000)) }));
    expect(open(disk()).recovered).toEqual({
      ...emptyLog,
      hardState,
      entries: [...entries(1, 3), ...entries(4, 4, 'x'.repeat(100_000))],
      tornBytes: 0,
    });
  });

  test('a truncated end is replaced by what is written after it, in the same write or later', async () => {
    const disk = machine();
    const { storage } = open(disk());
    await persist(storage, write(1, { entries: entries(1, 9) }));
    await persist(storage, write(2, { truncateFrom: 5 as LogIndex, entries: entries(5, 6, 'new') }));
    await persist(storage, write(3, { truncateFrom: 6 as LogIndex }));
    await persist(storage, write(4, { entries: entries(6, 7, 'newest') }));
    expect(open(disk()).recovered.entries).toEqual([
      ...entries(1, 4),
      ...entries(5, 5, 'new'),
      ...entries(6, 7, 'newest'),
    ]);
  });

  test('a reset forgets all entries and goes on after its mark', async () => {
    const disk = machine();
    const { storage } = open(disk());
    await persist(storage, write(1, { entries: entries(1, 9) }));
    await persist(storage, write(2, { reset: mark(100), entries: entries(101, 102) }));
    const { recovered } = open(disk());
    expect(recovered.mark).toEqual(mark(100));
    expect(recovered.entries).toEqual(entries(101, 102));
  });

  test('compaction gives whole segments back and keeps mark, vote and later entries', async () => {
    const disk = machine();
    const { storage } = open(disk(), 500);
    const hardState = { term: 3 as Term, votedFor: 'n3' as NodeId };
    await persist(storage, write(1, { hardState }));
    for (let index = 1; index <= 40; index++)
      await persist(storage, write(index + 1, { entries: entries(index, index) }));
    const segmentsBefore = disk().listNow().length;
    await persist(storage, write(50, { compactTo: mark(30) }));
    await closed(storage);
    const segmentsAfter = disk().listNow().length;
    expect(segmentsAfter).toBeLessThan(segmentsBefore);
    expect(segmentsAfter).toBeGreaterThan(1);
    expect(open(disk()).recovered).toEqual({ hardState, mark: mark(30), entries: entries(31, 40), tornBytes: 0 });
  });

  test('a log that is only compacted and reset does not grow for ever', async () => {
    const disk = machine();
    const { storage } = open(disk(), 500);
    for (let round = 1; round <= 60; round++) {
      const first = round * 10;
      await persist(storage, write(2 * round, { reset: mark(first - 1), entries: entries(first, first + 4) }));
      await persist(
        storage,
        write(2 * round + 1, { truncateFrom: (first + 3) as LogIndex, compactTo: mark(first + 2) }),
      );
    }
    await closed(storage);
    expect(disk().listNow().length).toBeLessThanOrEqual(3);
    expect(open(disk()).recovered).toMatchObject({ mark: mark(602), entries: [] });
  });

  test('writes that are under way are finished, and answered, before the log is closed', async () => {
    const disk = machine();
    const { storage } = open(disk(), 500);
    const answered: number[] = [];
    for (let index = 1; index <= 20; index++)
      storage.persist(write(index, { entries: entries(index, index) }), () => answered.push(index));
    await closed(storage);
    expect(answered).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(open(disk()).recovered.entries).toEqual(entries(1, 20));
  });

  test('nothing may be written after close', async () => {
    const { storage } = open(machine()());
    await closed(storage);
    expect(() => storage.persist(write(1, {}), () => undefined)).toThrow('persist 1 came after close');
  });

  test('after any writes and any restarts the log is what a plain array would be', async () => {
    const lives = fc.array(fc.array(writeSketch, { maxLength: 8 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(lives, fc.constantFrom(200, 1_000, 100_000), async (sketches, segmentBytesMax) => {
        const disk = machine();
        let state: NaiveState = emptyLog;
        let sequence = 0;
        for (const life of sketches) {
          const { recovered, storage } = open(disk(), segmentBytesMax);
          expect(recovered).toEqual({ ...state, tornBytes: 0 });
          const answers: Promise<void>[] = [];
          for (const sketch of life) {
            const next = drawn(sketch, state, ++sequence);
            answers.push(persist(storage, next));
            state = naiveApply(state, next);
          }
          await Promise.all(answers);
          await closed(storage);
        }
        expect(open(disk()).recovered).toEqual({ ...state, tornBytes: 0 });
      }),
      { numRuns: 60 },
    );
  });
});

function simulated(): Machine {
  const disk = new SimulatedDisk({ schedule: (step) => setImmediate(step), random: () => 0 });
  return () => disk;
}

function onFolder(make: (folder: string) => Disk): Machine {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'instaface-log-'));
  folders.push(made);
  return () => make(path.join(made, 'n1', 'log'));
}

function open(
  disk: Disk,
  segmentBytesMax = 1_000_000,
): { readonly recovered: RecoveredLog; readonly storage: LogStorage } {
  return openFileLog({ disk, segmentBytesMax, onFailure: unexpected });
}

function unexpected(error: Error): void {
  throw error;
}

function persist(storage: LogStorage, next: Persist): Promise<void> {
  return new Promise((resolve) => storage.persist(next, resolve));
}

function closed(storage: LogStorage): Promise<void> {
  return new Promise((resolve) => storage.close(resolve));
}

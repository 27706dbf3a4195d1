/** `kill -9` of a real process, on disks that make it as bad as a power cut. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openFileLog } from './file-log.ts';
import { NodeDisk } from './node-disk.ts';
import { withDiskFaults } from './unsafe-disk.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true });
});

const acknowledgedMin = 500;

describe('a process that is killed while it appends', () => {
  test.each(['', 'drop-unsynced'])('loses nothing that it acknowledged, on a disk with faults "%s"', async (faults) => {
    const { acknowledged, recovered } = await killedWhileAppending({ faults, segmentBytes: 20_000 });
    expect(recovered.length).toBeGreaterThanOrEqual(acknowledged);
    expect(recovered).toEqual(Array.from({ length: recovered.length }, (_, at) => at + 1));
  });

  test('loses what it acknowledged when its syncs do nothing: the disk of these tests would notice', async () => {
    const faults = 'drop-unsynced,skip-fdatasync';
    const { acknowledged, recovered } = await killedWhileAppending({ faults, segmentBytes: 100_000_000 });
    expect(recovered.length).toBeLessThan(acknowledged);
    // Where a later segment says that an earlier one was durable, the loss is even noticed.
    expect((await killedWhileAppending({ faults, segmentBytes: 20_000 })).damages).toBeGreaterThan(0);
  });
});

test('a disk whose syncs hang by a file goes on as soon as the file is gone', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slow-sync-'));
  folders.push(folder);
  const file = path.join(folder, 'disk');
  fs.writeFileSync(file, 'hang');
  const disk = withDiskFaults(new NodeDisk(path.join(folder, 'log')), `slow-sync=${file}`);
  disk.installNow('a', new Uint8Array());
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  try {
    const synced: string[] = [];
    disk.sync('a', () => synced.push('a'));
    while (vi.getTimerCount() === 0) await nextTurn();
    expect(synced).toEqual([]);
    fs.rmSync(file);
    vi.runOnlyPendingTimers();
    while (synced.length === 0) await nextTurn();
  } finally {
    vi.useRealTimers();
  }
});

test('without faults the disk stays as it is, and a fault that nobody knows is refused', () => {
  const disk = new NodeDisk(os.tmpdir());
  expect(withDiskFaults(disk, undefined)).toBe(disk);
  expect(withDiskFaults(disk, '')).toBe(disk);
  expect(() => withDiskFaults(disk, 'drop-unsynced,melt')).toThrow("not 'melt'");
});

async function killedWhileAppending(options: {
  readonly faults: string;
  readonly segmentBytes: number;
}): Promise<{ readonly acknowledged: number; readonly recovered: readonly number[]; readonly damages: number }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'instaface-killed-'));
  folders.push(folder);
  const log = path.join(folder, 'log');
  const program = path.join(import.meta.dirname, 'testing/appender.ts');
  const child = spawn(process.execPath, [program, log, String(options.segmentBytes), options.faults], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let printed = '';
  for await (const chunk of child.stdout) {
    printed += String(chunk);
    if (printed.split('\n').length > acknowledgedMin && child.signalCode === null) child.kill('SIGKILL');
  }
  await exited;
  expect(child.signalCode).toBe('SIGKILL');
  // The last line may be cut short; the one before it is whole.
  const acknowledged = Number(printed.split('\n').at(-2));
  const { recovered } = openFileLog({
    disk: new NodeDisk(log),
    segmentBytesMax: options.segmentBytes,
    onFailure: (error) => {
      throw error;
    },
  });
  const damages = recovered.damages?.length ?? 0;
  return { acknowledged, recovered: recovered.entries.map(({ index }) => index), damages };
}

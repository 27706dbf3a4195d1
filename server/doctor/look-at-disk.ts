import { existsSync } from 'node:fs';
import { mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fine, problem, warning, type Finding } from './finding.ts';

/** What a disk holds and how long it takes; the doctor's own looks give it, tests give others. */
export interface DiskFacts {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Middle and slowest of some appends of 4 KiB, each followed by an fdatasync. */
  readonly syncMsP50: number;
  readonly syncMsMax: number;
}

const gibibyte = 1024 ** 3;
const syncs = 20;
/** Every mutation waits for one append of the leader and one of a follower. */
const slowMsP50 = 10;
/** A voter that is silent for as long as a few heartbeats begins an election. */
const slowMsMax = 200;

/** Writes a little into the folder, or where it will be made, and removes it again. */
export async function lookAtDisk(
  dataFolder: string,
  neededBytes: number,
  measure: (folder: string) => Promise<DiskFacts> = measureDisk,
): Promise<readonly Finding[]> {
  const folder = nearestExisting(dataFolder);
  try {
    return judgeDisk(dataFolder, neededBytes, await measure(folder));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return [
      problem('DISK_ACCESS', dataFolder, {
        message: `${folder} cannot be written (${code})`,
        advice:
          code === 'ENOSPC'
            ? 'make room on this disk, or give another --data'
            : 'give this user the folder (chown, chmod u+rwx), or give another --data',
      }),
    ];
  }
}

/** `neededBytes`: what the retained log may take. */
function judgeDisk(folder: string, neededBytes: number, facts: DiskFacts): readonly Finding[] {
  const { freeBytes, totalBytes, syncMsP50, syncMsMax } = facts;
  const room = `${(freeBytes / gibibyte).toFixed(1)} of ${(totalBytes / gibibyte).toFixed(1)} GiB free`;
  const needed = `the log may take ${(neededBytes / gibibyte).toFixed(1)} GiB`;
  const full = { message: `${room}; ${needed}`, advice: 'make room, or put --data on a larger disk' };
  const pace = `an append with fdatasync takes ${syncMsP50.toFixed(2)} ms, at most ${syncMsMax.toFixed(1)} ms of ${syncs}`;
  const isSlow = syncMsP50 > slowMsP50 || syncMsMax > slowMsMax;
  return [
    freeBytes < neededBytes
      ? problem('DISK_SPACE', folder, full)
      : freeBytes < 2 * neededBytes || freeBytes < totalBytes * 0.05
        ? warning('DISK_SPACE', folder, full)
        : fine('DISK_SPACE', folder, room),
    isSlow
      ? warning('DISK_SPEED', folder, {
          message: pace,
          advice: 'every mutation waits for it: use a local SSD, not a network volume, and keep other writers off it',
        })
      : fine('DISK_SPEED', folder, pace),
  ];
}

async function measureDisk(folder: string): Promise<DiskFacts> {
  const { bavail, blocks, bsize } = await statfs(folder);
  const place = await mkdtemp(join(folder, '.doctor-'));
  try {
    const file = await open(join(place, 'appends'), 'w');
    const times: number[] = [];
    try {
      for (let nth = 0; nth < syncs; nth += 1) {
        const startMs = performance.now();
        await file.write(Buffer.alloc(4_096, nth));
        await file.datasync();
        times.push(performance.now() - startMs);
      }
    } finally {
      await file.close();
    }
    times.sort((a, b) => a - b);
    return {
      freeBytes: bavail * bsize,
      totalBytes: blocks * bsize,
      syncMsP50: times[syncs / 2] ?? 0,
      syncMsMax: times.at(-1) ?? 0,
    };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

function nearestExisting(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestExisting(dirname(folder));
}

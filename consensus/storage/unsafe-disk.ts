import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import type { Disk, DiskDone } from './disk.ts';

/** Another disk, unchanged: what a fault is not about. */
class ForwardingDisk implements Disk {
  protected readonly disk: Disk;

  constructor(disk: Disk) {
    this.disk = disk;
  }

  listNow(): readonly string[] {
    return this.disk.listNow();
  }

  readNow(name: string): Uint8Array {
    return this.disk.readNow(name);
  }

  installNow(name: string, content: Uint8Array): void {
    this.disk.installNow(name, content);
  }

  setAsideNow(name: string): void {
    this.disk.setAsideNow(name);
  }

  install(name: string, content: Uint8Array, done: DiskDone): void {
    this.disk.install(name, content, done);
  }

  append(name: string, content: Uint8Array, done: DiskDone): void {
    this.disk.append(name, content, done);
  }

  sync(name: string, done: DiskDone): void {
    this.disk.sync(name, done);
  }

  remove(name: string, done: DiskDone): void {
    this.disk.remove(name, done);
  }

  close(done: DiskDone): void {
    this.disk.close(done);
  }
}

/**
 * For tests of a whole node: makes a `kill -9` as bad as a power cut. What was appended stays in this process and reaches the
 * file only with the sync, so the end of the process loses what was not synced.
 */
export class DropUnsyncedDisk extends ForwardingDisk {
  // Bounded by what the log writes between two syncs: one batch. Unbounded under SkipSyncDisk, which no real node uses.
  readonly #held = new Map<string, Buffer[]>();

  override append(name: string, content: Uint8Array, done: DiskDone): void {
    const held = this.#held.get(name) ?? [];
    held.push(Buffer.from(content));
    this.#held.set(name, held);
    setImmediate(done, null);
  }

  override sync(name: string, done: DiskDone): void {
    const held = Buffer.concat(this.#held.get(name) ?? []);
    this.#held.delete(name);
    this.disk.append(name, held, (error) => {
      if (error !== null) done(error);
      else this.disk.sync(name, done);
    });
  }

  override remove(name: string, done: DiskDone): void {
    this.#held.delete(name);
    this.disk.remove(name, done);
  }

  override close(done: DiskDone): void {
    this.#held.clear();
    this.disk.close(done);
  }
}

/** For tests of the tests: says that it synced and did nothing of the kind. */
export class SkipSyncDisk extends ForwardingDisk {
  override sync(_name: string, done: DiskDone): void {
    setImmediate(done, null);
  }
}

const hangPollMs = 20;

/**
 * For tests of a whole node: each sync takes as many milliseconds longer as a file says at that moment, and does not end while it says
 * `hang`. No file: the disk as it is.
 */
export class SlowSyncDisk extends ForwardingDisk {
  readonly #file: string;

  constructor(disk: Disk, file: string) {
    super(disk);
    this.#file = file;
  }

  override sync(name: string, done: DiskDone): void {
    fs.readFile(this.#file, 'utf8', (missing, found) => {
      const text = missing === null ? found.trim() : '';
      const delayMs = Number(text) || 0;
      if (text === 'hang') setTimeout(() => this.sync(name, done), hangPollMs);
      else if (delayMs > 0) setTimeout(() => this.disk.sync(name, done), delayMs);
      else this.disk.sync(name, done);
    });
  }
}

export const diskFaults = ['drop-unsynced', 'skip-fdatasync'] as const;
type DiskFault = (typeof diskFaults)[number];
const slowSync = 'slow-sync=';

/**
 * The disk with the faults that a comma-separated list names, and `slow-sync=FILE`; `undefined` or an empty text: the disk as it is.
 */
export function withDiskFaults(disk: Disk, faults: string | undefined): Disk {
  const named = (faults ?? '').split(',').filter((fault) => fault !== '');
  const slow = named.find((fault) => fault.startsWith(slowSync))?.slice(slowSync.length);
  const wanted = new Set(named.filter((fault) => !fault.startsWith(slowSync)).map(checkFault));
  const timed = slow === undefined ? disk : new SlowSyncDisk(disk, slow);
  const dropping = wanted.has('drop-unsynced') ? new DropUnsyncedDisk(timed) : timed;
  return wanted.has('skip-fdatasync') ? new SkipSyncDisk(dropping) : dropping;
}

function checkFault(fault: string): DiskFault {
  const known = diskFaults.find((each) => each === fault);
  if (known === undefined) throw new Error(`a disk fault is one of ${diskFaults.join(', ')}, not '${fault}'`);
  return known;
}

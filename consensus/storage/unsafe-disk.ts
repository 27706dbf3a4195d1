import { Buffer } from 'node:buffer';
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

export const diskFaults = ['drop-unsynced', 'skip-fdatasync'] as const;
type DiskFault = (typeof diskFaults)[number];

/** The disk with the faults that a comma-separated list names; `undefined` or an empty text: the disk as it is. */
export function withDiskFaults(disk: Disk, faults: string | undefined): Disk {
  const wanted = new Set(
    (faults ?? '')
      .split(',')
      .filter((fault) => fault !== '')
      .map(checkFault),
  );
  const dropping = wanted.has('drop-unsynced') ? new DropUnsyncedDisk(disk) : disk;
  return wanted.has('skip-fdatasync') ? new SkipSyncDisk(dropping) : dropping;
}

function checkFault(fault: string): DiskFault {
  const known = diskFaults.find((each) => each === fault);
  if (known === undefined) throw new Error(`a disk fault is one of ${diskFaults.join(', ')}, not '${fault}'`);
  return known;
}

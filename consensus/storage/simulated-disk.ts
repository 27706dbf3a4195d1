import { Buffer } from 'node:buffer';
import type { Disk, DiskDone } from './disk.ts';

export type DiskWork = 'install' | 'append' | 'sync' | 'remove';

export interface SimulatedDiskOptions {
  /** Runs the step at a later time of the caller's choice, in the order of the calls. */
  readonly schedule: (step: () => void, work: DiskWork) => void;
  /** Evenly from [0, 1). */
  readonly random: () => number;
}

interface SimulatedFile {
  content: Buffer;
  length: number;
  /** Bytes that outlive the power. Invariant: synced <= length. */
  synced: number;
  /** A sync failed: the pages count as clean though they never reached the disk, so no later sync writes them. */
  syncFailed: boolean;
}

interface Operation {
  readonly work: DiskWork;
  readonly name: string;
  readonly content: Uint8Array;
}

const sectorBytes = 512;
const nothing = new Uint8Array(0);

/**
 * A folder in memory with a disk's bad habits. The end of a process keeps what was written and cuts short what was under
 * way; the loss of power loses, cuts or tears what was not synced, at any byte; a failed sync is never made up for.
 */
export class SimulatedDisk implements Disk {
  readonly #options: SimulatedDiskOptions;
  readonly #files = new Map<string, SimulatedFile>();
  readonly #failures = new Map<DiskWork, Error>();
  #underWay: Operation[] = [];
  #isFull = false;
  /** Grows with each end of the process: answers to an earlier one are never given. */
  #process = 0;

  constructor(options: SimulatedDiskOptions) {
    this.#options = options;
  }

  listNow(): readonly string[] {
    return [...this.#files.keys()];
  }

  readNow(name: string): Uint8Array {
    const file = this.#file(name);
    return Buffer.from(file.content.subarray(0, file.length));
  }

  installNow(name: string, content: Uint8Array): void {
    if (this.#isFull) throw noSpace();
    this.#appear(name, content);
  }

  setAsideNow(name: string): void {
    this.#files.set(`${name}.damaged`, this.#file(name));
    this.#files.delete(name);
  }

  install(name: string, content: Uint8Array, done: DiskDone): void {
    this.#start({ work: 'install', name, content }, done);
  }

  append(name: string, content: Uint8Array, done: DiskDone): void {
    this.#start({ work: 'append', name, content }, done);
  }

  sync(name: string, done: DiskDone): void {
    this.#start({ work: 'sync', name, content: nothing }, done);
  }

  remove(name: string, done: DiskDone): void {
    this.#start({ work: 'remove', name, content: nothing }, done);
  }

  close(done: DiskDone): void {
    this.#options.schedule(() => done(null), 'sync');
  }

  /** The next work of this kind fails. */
  failNext(work: DiskWork, error: Error): void {
    this.#failures.set(work, error);
  }

  /** Failures that were ordered and did not strike yet will not. */
  failNothing(): void {
    this.#failures.clear();
  }

  /** From now on nothing can be added: what adds something gets ENOSPC, an append after some of its bytes. */
  fill(): void {
    this.#isFull = true;
  }

  makeRoom(): void {
    this.#isFull = false;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Another, empty disk stands in its place. */
  wipe(): void {
    this.#files.clear();
    this.makeRoom();
  }

  isUnderWay(work: DiskWork): boolean {
    return this.#underWay.some((operation) => operation.work === work);
  }

  /** The process is killed; the machine and its page cache live on. */
  endProcess(): void {
    this.#process += 1;
    const interrupted = this.#underWay;
    this.#underWay = [];
    for (const operation of interrupted) this.#interrupt(operation);
  }

  /** The machine loses its power. */
  losePower(): void {
    this.endProcess();
    for (const file of this.#files.values()) {
      this.#tear(file);
      file.synced = file.length;
      file.syncFailed = false;
    }
  }

  /** Flips the given bits of one byte. */
  flip(name: string, offset: number, bits: number): void {
    const { content } = this.#file(name);
    content[offset] = (content[offset] ?? 0) ^ bits;
  }

  /** Cuts a file by hand. */
  cut(name: string, length: number): void {
    const file = this.#file(name);
    file.length = Math.min(file.length, length);
    file.synced = Math.min(file.synced, file.length);
  }

  #start(operation: Operation, done: DiskDone): void {
    const startedBy = this.#process;
    this.#underWay.push(operation);
    this.#options.schedule(() => {
      if (startedBy !== this.#process) return;
      this.#underWay.splice(this.#underWay.indexOf(operation), 1);
      const failure = this.#failureOf(operation.work);
      if (failure === undefined) this.#finish(operation);
      else this.#spoil(operation);
      done(failure ?? null);
    }, operation.work);
  }

  #failureOf(work: DiskWork): Error | undefined {
    if (this.#isFull && (work === 'append' || work === 'install')) return noSpace();
    const failure = this.#failures.get(work);
    this.#failures.delete(work);
    return failure;
  }

  #finish(operation: Operation): void {
    const { work, name, content } = operation;
    switch (work) {
      case 'install':
        return this.#appear(name, content);
      case 'append':
        return write(this.#file(name), content);
      case 'sync': {
        const file = this.#file(name);
        if (!file.syncFailed) file.synced = file.length;
        return;
      }
      case 'remove':
        this.#files.delete(name);
    }
  }

  #spoil(operation: Operation): void {
    if (operation.work === 'sync') this.#file(operation.name).syncFailed = true;
    else this.#interrupt(operation);
  }

  /** How far the work got, nobody knows. */
  #interrupt(operation: Operation): void {
    if (operation.work !== 'append') {
      if (this.#options.random() < 0.5) this.#finish(operation);
      return;
    }
    const length = Math.floor(this.#options.random() * (operation.content.length + 1));
    write(this.#file(operation.name), operation.content.subarray(0, length));
  }

  #appear(name: string, content: Uint8Array): void {
    const { length } = content;
    this.#files.set(name, { content: Buffer.from(content), length, synced: length, syncFailed: false });
  }

  #tear(file: SimulatedFile): void {
    const { random } = this.#options;
    const unsynced = file.length - file.synced;
    if (unsynced === 0) return;
    const fate = random();
    if (fate < 0.25) return;
    if (fate < 0.5) file.length = file.synced;
    else file.length = file.synced + Math.floor(random() * (unsynced + 1));
    if (fate < 0.75) return;
    // Sectors reach the disk in any order: those that did not hold zeros, or what was there before.
    for (let at = file.synced; at < file.length; at = (Math.floor(at / sectorBytes) + 1) * sectorBytes) {
      const end = Math.min(file.length, (Math.floor(at / sectorBytes) + 1) * sectorBytes);
      const kept = random();
      if (kept >= 0.5) file.content.fill(kept < 0.75 ? 0 : Math.floor(random() * 256), at, end);
    }
  }

  #file(name: string): SimulatedFile {
    const file = this.#files.get(name);
    if (file === undefined) throw new Error(`there is no file ${name}`);
    return file;
  }
}

function write(file: SimulatedFile, added: Uint8Array): void {
  const length = file.length + added.length;
  if (length > file.content.length) {
    const larger = Buffer.alloc(Math.max(length, 2 * file.content.length, 4096));
    file.content.copy(larger, 0, 0, file.length);
    file.content = larger;
  }
  file.content.set(added, file.length);
  file.length = length;
}

function noSpace(): Error {
  return Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
}

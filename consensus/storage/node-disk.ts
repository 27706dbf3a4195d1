import fs from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { callbackify } from 'node:util';
import type { Disk, DiskDone } from './disk.ts';

const unfinished = '.new';
const damaged = '.damaged';

/** A folder of the machine's file system. Made, with those above it, when the first file is installed. */
export class NodeDisk implements Disk {
  readonly #folder: string;
  /** The file that was appended to last; a log writes to one at a time. */
  #open: { readonly name: string; readonly descriptor: number } | null = null;

  constructor(folder: string) {
    this.#folder = path.resolve(folder);
  }

  listNow(): readonly string[] {
    if (!fs.existsSync(this.#folder)) return [];
    const names = fs.readdirSync(this.#folder);
    // Left by a crash before the rename: never part of the log.
    for (const name of names.filter((each) => each.endsWith(unfinished))) fs.unlinkSync(this.#path(name));
    return names.filter((name) => !name.endsWith(unfinished));
  }

  readNow(name: string): Uint8Array {
    return fs.readFileSync(this.#path(name));
  }

  installNow(name: string, content: Uint8Array): void {
    makeFolderNow(this.#folder);
    const descriptor = fs.openSync(this.#path(name) + unfinished, 'w');
    try {
      fs.writeFileSync(descriptor, content);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(this.#path(name) + unfinished, this.#path(name));
    syncFolderNow(this.#folder);
  }

  setAsideNow(name: string): void {
    fs.renameSync(this.#path(name), this.#path(name) + damaged);
    syncFolderNow(this.#folder);
  }

  install(name: string, content: Uint8Array, done: DiskDone): void {
    callbackify(() => this.#install(name, content))((error) => done(error));
  }

  append(name: string, content: Uint8Array, done: DiskDone): void {
    this.#descriptor(name, (openError, descriptor) => {
      if (openError !== null) return done(openError);
      writeAll(descriptor, content, done);
    });
  }

  sync(name: string, done: DiskDone): void {
    this.#descriptor(name, (openError, descriptor) => {
      if (openError !== null) return done(openError);
      fs.fdatasync(descriptor, done);
    });
  }

  remove(name: string, done: DiskDone): void {
    callbackify(() => this.#remove(name))((error) => done(error));
  }

  close(done: DiskDone): void {
    const file = this.#open;
    this.#open = null;
    if (file === null) setImmediate(done, null);
    else fs.close(file.descriptor, done);
  }

  async #install(name: string, content: Uint8Array): Promise<void> {
    const file = await open(this.#path(name) + unfinished, 'w');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(this.#path(name) + unfinished, this.#path(name));
    await this.#syncFolder();
  }

  async #remove(name: string): Promise<void> {
    await unlink(this.#path(name));
    await this.#syncFolder();
  }

  async #syncFolder(): Promise<void> {
    const folder = await open(this.#folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  #descriptor(name: string, then: (error: Error | null, descriptor: number) => void): void {
    const file = this.#open;
    if (file?.name === name) return then(null, file.descriptor);
    const openNext = (): void =>
      fs.open(this.#path(name), 'a', (error, descriptor) => {
        if (error === null) this.#open = { name, descriptor };
        then(error, descriptor);
      });
    this.#open = null;
    if (file === null) openNext();
    else fs.close(file.descriptor, (error) => (error ? then(error, -1) : openNext()));
  }

  #path(name: string): string {
    return path.join(this.#folder, name);
  }
}

/** A write may be short (a signal, a nearly full disk); the rest is written until the disk refuses it. */
function writeAll(descriptor: number, content: Uint8Array, done: DiskDone): void {
  fs.write(descriptor, content, 0, content.length, null, (error: Error | null, written: number) => {
    if (error !== null) return done(error);
    if (written >= content.length) return done(null);
    if (written === 0) return done(new Error(`the disk took none of ${content.length} bytes`));
    writeAll(descriptor, content.subarray(written), done);
  });
}

/** A new folder is durable only when the folder that names it was synced. */
function makeFolderNow(folder: string): void {
  const firstMade = fs.mkdirSync(folder, { recursive: true });
  if (firstMade === undefined) return;
  for (let made = folder; made.length >= firstMade.length; made = path.dirname(made)) syncFolderNow(path.dirname(made));
}

function syncFolderNow(folder: string): void {
  const descriptor = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

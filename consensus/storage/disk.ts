/** Called exactly once, never before the call that it was given to has returned; null when all went well. */
export type DiskDone = (error: Error | null) => void;

/**
 * One folder, as the log needs it: files that appear whole and then only grow. Real in `node-disk.ts`, simulated in
 * `simulated-disk.ts`. What is named `…Now` blocks and is for the start alone; it throws where the others hand over an error.
 */
export interface Disk {
  /** The names of the files that were installed; none when the folder does not exist yet. */
  listNow(): readonly string[];
  readNow(name: string): Uint8Array;
  /** Makes a file appear whole and durable, or not at all: written aside, synced, renamed, and the folder synced. */
  installNow(name: string, content: Uint8Array): void;
  /** Renames the file to `….damaged`, durably: it is no part of the log any more, and stays for whoever wants to look at it. */
  setAsideNow(name: string): void;
  install(name: string, content: Uint8Array, done: DiskDone): void;
  /** Writes at the end of an installed file; durable only after `sync`. One append or sync at a time. */
  append(name: string, content: Uint8Array, done: DiskDone): void;
  /** What was appended to the file before this call is durable when `done` is called (fdatasync). */
  sync(name: string, done: DiskDone): void;
  /** The file is gone, durably. */
  remove(name: string, done: DiskDone): void;
  /** Lets go of the open files. */
  close(done: DiskDone): void;
}

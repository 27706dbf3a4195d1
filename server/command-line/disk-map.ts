import { rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** Texts by texts, in a file: as many as the disk holds, in little memory. What was set atomically is there after a crash, or none of it. */
export class DiskMap {
  readonly #file: string;
  readonly #database: DatabaseSync;
  readonly #get: StatementSync;
  readonly #set: StatementSync;

  /** Goes on with what is there. Throws what the file system or SQLite says. */
  constructor(file: string) {
    this.#file = file;
    this.#database = new DatabaseSync(file);
    this.#database.exec('create table if not exists map (key text primary key, value text not null) without rowid');
    this.#get = this.#database.prepare('select value from map where key = ?');
    this.#set = this.#database.prepare(
      'insert into map (key, value) values (?, ?) on conflict do update set value = ?',
    );
  }

  get(key: string): string | null {
    const value = this.#get.get(key)?.['value'];
    return typeof value === 'string' ? value : null;
  }

  set(key: string, value: string): void {
    this.#set.run(key, value, value);
  }

  clear(): void {
    this.#database.exec('delete from map');
  }

  async atomically(act: () => Promise<void> | void): Promise<void> {
    this.#database.exec('begin');
    try {
      await act();
      this.#database.exec('commit');
    } catch (error) {
      this.#database.exec('rollback');
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }

  /** Closed, and the file is gone. */
  remove(): void {
    this.close();
    removeDiskMap(this.#file);
  }
}

export function removeDiskMap(file: string): void {
  for (const suffix of ['', '-journal']) rmSync(`${file}${suffix}`, { force: true });
}

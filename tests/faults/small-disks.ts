// A small file system in a file for each node, so that a disk can be full without filling that of the machine. The mounts are of the
// test's own mount namespace and go with it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Room for the log that a node keeps, and some segments more. */
const imageBytes = 256 * 1024 * 1024;

export class SmallDisks {
  readonly #folders = new Map<string, string>();

  /** Makes the folder, which gets a disk of its own. */
  mount(id: string, folder: string): void {
    const image = `${folder}.ext4`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(image, '');
    truncateSync(image, imageBytes);
    execFileSync('mkfs.ext4', ['-q', '-m', '0', image], { stdio: 'pipe' });
    execFileSync('mount', ['-o', 'loop', image, folder], { stdio: 'pipe' });
    this.#folders.set(id, folder);
  }

  /** Not a block is left. */
  fill(id: string): void {
    const ballast = this.#ballast(id);
    for (let round = 0; round < 8; round += 1) {
      const { bavail, bsize } = statfsSync(this.#folder(id));
      const bytes = bavail * bsize;
      if (bytes === 0) return;
      try {
        execFileSync('fallocate', ['-l', String(bytes), `${ballast}.${round}`], { stdio: 'pipe' });
      } catch {
        // The node took some of it in the meantime, or the file's own map needs a block; what is left is looked at again.
      }
    }
  }

  free(id: string): void {
    for (let round = 0; round < 8; round += 1) rmSync(`${this.#ballast(id)}.${round}`, { force: true });
  }

  unmountAll(): void {
    for (const folder of this.#folders.values()) {
      execFileSync('umount', ['--lazy', folder], { stdio: 'pipe' });
    }
    this.#folders.clear();
  }

  #ballast(id: string): string {
    return join(this.#folder(id), 'ballast');
  }

  #folder(id: string): string {
    const folder = this.#folders.get(id);
    if (folder === undefined) throw new Error(`${id} has no disk of its own`);
    return folder;
  }
}

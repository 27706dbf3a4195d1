import { createReadStream, rmSync } from 'node:fs';
import { open, rename, type FileHandle } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { dirname } from 'node:path';
import { UsageError } from './cluster-plan.ts';
import { DiskMap, removeDiskMap } from './disk-map.ts';
import { graphFileVersion, readLine, writeLine, type AssociationLine, type EntityLine } from './graph-file.ts';

const linesPerWrite = 1_000;

/**
 * What an export has read so far, in files beside the one that it makes. That one is not touched before all of it is there. Entities come newest
 * first and are written oldest first, so that an import makes them in the order in which they were made.
 */
export class GraphStage {
  readonly #file: string;
  readonly #result: FileHandle;
  readonly #entities: FileHandle;
  readonly #associations: FileHandle;
  readonly #ids: DiskMap;
  /** Where in the file of entities each page is: a few bytes for a hundred of them. */
  readonly #pages: { readonly position: number; readonly bytes: number }[] = [];
  #entityBytes = 0;
  entityCount = 0;

  private constructor(file: string, handles: readonly [FileHandle, FileHandle, FileHandle], ids: DiskMap) {
    this.#file = file;
    [this.#result, this.#entities, this.#associations] = handles;
    this.#ids = ids;
  }

  /** Throws UsageError where nothing can be written. */
  static async open(file: string): Promise<GraphStage> {
    removeParts(file);
    try {
      const handles = [
        await open(`${file}.new`, 'w', 0o600),
        await open(`${file}.new-entities`, 'w+', 0o600),
        await open(`${file}.new-associations`, 'w', 0o600),
      ] as const;
      return new GraphStage(file, handles, new DiskMap(`${file}.new-ids`));
    } catch (error) {
      throw new UsageError(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** One page, newest first. */
  async addEntities(lines: readonly EntityLine[]): Promise<void> {
    const content = Buffer.from(lines.toReversed().map(writeLine).join(''));
    this.#pages.push({ position: this.#entityBytes, bytes: content.length });
    this.#entityBytes += content.length;
    this.entityCount += lines.length;
    await this.#entities.appendFile(content);
    await this.#ids.atomically(() => {
      for (const { id } of lines) this.#ids.set(id, '');
    });
  }

  async addAssociations(lines: readonly AssociationLine[]): Promise<void> {
    if (lines.length > 0) await this.#associations.appendFile(lines.map(writeLine).join(''));
  }

  /** Puts the file in its place, whole. */
  async finish(of: {
    readonly cluster: string;
    readonly index: string;
  }): Promise<{ readonly associations: number; readonly leftOut: number }> {
    await this.#result.appendFile(writeLine({ kind: 'graph', version: graphFileVersion, ...of }));
    for (const { position, bytes } of this.#pages.toReversed()) {
      const { bytesRead, buffer } = await this.#entities.read(Buffer.alloc(bytes), 0, bytes, position);
      if (bytesRead !== bytes) throw new Error(`${this.#file}.new-entities ends before ${position + bytes}`);
      await this.#result.appendFile(buffer);
    }
    const counts = await this.#finishAssociations();
    const { entityCount: entities } = this;
    await this.#result.appendFile(writeLine({ kind: 'end', entities, associations: counts.associations }));
    await this.#result.sync();
    await rename(`${this.#file}.new`, this.#file);
    await syncFolder(dirname(this.#file));
    return counts;
  }

  async close(): Promise<void> {
    for (const handle of [this.#result, this.#entities, this.#associations]) await handle.close();
    this.#ids.close();
    removeParts(this.#file);
  }

  /** Those whose other end is in the file; from where they lead they were read. */
  async #finishAssociations(): Promise<{ readonly associations: number; readonly leftOut: number }> {
    let associations = 0;
    let leftOut = 0;
    let lines: string[] = [];
    const flush = async (): Promise<void> => {
      if (lines.length > 0) await this.#result.appendFile(lines.join(''));
      lines = [];
    };
    for await (const text of createInterface({ input: createReadStream(`${this.#file}.new-associations`) })) {
      const line = readLine(text);
      if (line.kind !== 'association' || this.#ids.get(line.to) === null) {
        leftOut += 1;
        continue;
      }
      associations += 1;
      lines.push(`${text}\n`);
      if (lines.length === linesPerWrite) await flush();
    }
    await flush();
    return { associations, leftOut };
  }
}

function removeParts(file: string): void {
  for (const part of ['new', 'new-entities', 'new-associations']) rmSync(`${file}.${part}`, { force: true });
  removeDiskMap(`${file}.new-ids`);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

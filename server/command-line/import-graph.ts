import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { RequestRefused, type GraphClient } from '#bot/graph-client.ts';
import { UsageError } from './cluster-plan.ts';
import { DiskMap } from './disk-map.ts';
import { linesOf } from './edge-list.ts';
import { readLine, type AssociationLine, type EntityLine, type GraphLine } from './graph-file.ts';
import { batchesInFlight, importClients, operationsPerBatch, sendBatch } from './import-batches.ts';
import type { ImportOptions } from './import-edges.ts';
import { untilMaterialized } from './until-materialized.ts';

export interface GraphImportSummary {
  readonly entities: number;
  readonly associations: number;
  /** Lines that an import before this one, which was interrupted, had done. */
  readonly linesDoneBefore: number;
  readonly acknowledgedSeconds: number;
  readonly materializedSeconds: number;
  readonly commitIndex: string;
}

/** A request body may have 4 MiB, and an entity 16 KiB. */
const bytesPerBatch = 1024 * 1024;

/** Kept in the progress file: what is being imported, into what, and up to which line it is there. */
interface Progress {
  readonly digest: string;
  readonly cluster: string;
  readonly entities: number;
  readonly associations: number;
  readonly line: number;
  readonly commitIndex: number;
}

interface Batch {
  readonly firstLine: number;
  readonly lastLine: number;
  readonly lines: readonly (EntityLine | AssociationLine)[];
}

/**
 * Sends the file of an export. All of it is read and checked before anything is sent. How far it is, and which id each entity got, is kept
 * in `FILE.progress` until it is done; what was sent and not noted there takes no effect a second time, as the keys of batches follow from
 * file and line.
 */
export async function importGraph(options: ImportOptions): Promise<GraphImportSummary> {
  const { file, urls } = options;
  const digest = await digestOf(file);
  const clients = importClients(urls);
  const [client] = clients;
  const startedAt = performance.now();
  const { data } = await client.request('{ cluster { id } }');
  const cluster = (data as unknown as { cluster: { id: string } }).cluster.id;
  const notes = openNotes(`${file}.progress`);
  try {
    const begun = await beginOrGoOn(notes, { file, digest, cluster });
    let { commitIndex } = begun;
    for await (const group of groupsOf(file, begun.line)) {
      const answers = await Promise.all(
        group.map((batch, place) => send(clients[place] ?? client, { file, digest, batch, notes })),
      );
      const line = group.at(-1)?.lastLine ?? begun.line;
      commitIndex = Math.max(commitIndex, ...answers.map(({ index }) => index));
      const progress: Progress = { ...begun, line, commitIndex };
      await notes.atomically(() => {
        for (const { made } of answers) for (const [id, given] of made) notes.set(`id:${id}`, given);
        notes.set('progress', JSON.stringify(progress));
      });
      const total = begun.entities + begun.associations;
      options.onProgress({ stage: 'entities and associations', done: Math.min(line - 1, total), total });
    }
    const acknowledgedSeconds = (performance.now() - startedAt) / 1000;
    await untilMaterialized(client, commitIndex);
    const materializedSeconds = (performance.now() - startedAt) / 1000;
    notes.remove();
    const { entities, associations } = begun;
    const linesDoneBefore = begun.line;
    return {
      entities,
      associations,
      linesDoneBefore,
      acknowledgedSeconds,
      materializedSeconds,
      commitIndex: String(commitIndex),
    };
  } catch (error) {
    // A file that was refused leaves nothing behind.
    if (notes.get('progress') === null) notes.remove();
    else notes.close();
    throw error;
  }
}

function openNotes(file: string): DiskMap {
  try {
    return new DiskMap(file);
  } catch (error) {
    throw new UsageError(
      `${file}, where the import notes how far it is, cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function beginOrGoOn(
  notes: DiskMap,
  { file, digest, cluster }: { readonly file: string; readonly digest: string; readonly cluster: string },
): Promise<Progress> {
  const noted = notes.get('progress');
  const known = noted === null ? null : (JSON.parse(noted) as Progress);
  if (known !== null && known.digest === digest && known.cluster === cluster) return known;
  let begun: Progress | null = null;
  await notes.atomically(async () => {
    notes.clear();
    begun = { digest, cluster, ...(await check(file, notes)), line: 0, commitIndex: 0 };
    notes.set('progress', JSON.stringify(begun));
  });
  return begun ?? Promise.reject(new Error('the file was not checked'));
}

/** The form of every line, and that associations lead to entities of the file, whose ids are noted. */
async function check(
  file: string,
  notes: DiskMap,
): Promise<{ readonly entities: number; readonly associations: number }> {
  let entities = 0;
  let associations = 0;
  let isEnded = false;
  for await (const { line, lineNumber } of graphLines(file)) {
    const wrong = (what: string): UsageError =>
      new UsageError(`${file}, line ${lineNumber}: ${what}. Nothing was imported.`);
    if (isEnded) throw wrong('something follows the end');
    if ((lineNumber === 1) !== (line.kind === 'graph')) throw wrong('a file begins with one line of kind graph');
    if (line.kind === 'entity') {
      if (associations > 0) throw wrong('an entity comes after an association');
      if (notes.get(`id:${line.id}`) !== null) throw wrong(`the id ${line.id} is there twice`);
      notes.set(`id:${line.id}`, '');
      entities += 1;
    } else if (line.kind === 'association') {
      const unknown = [line.from, line.to].find((id) => notes.get(`id:${id}`) === null);
      if (unknown !== undefined) throw wrong(`no entity of the file has the id ${unknown}`);
      associations += 1;
    } else if (line.kind === 'end') {
      isEnded = true;
      if (line.entities !== entities || line.associations !== associations)
        throw wrong(
          `it was written with ${line.entities} entities and ${line.associations} associations, and holds ${entities} and ${associations}`,
        );
    }
  }
  if (!isEnded) throw new UsageError(`${file} has no end: it was cut off. Nothing was imported.`);
  return { entities, associations };
}

async function* graphLines(file: string): AsyncGenerator<{ readonly line: GraphLine; readonly lineNumber: number }> {
  let lineNumber = 0;
  for await (const text of linesOf(file)) {
    lineNumber += 1;
    try {
      yield { line: readLine(text), lineNumber };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(`${file}, line ${lineNumber}: ${error.message}. Nothing was imported.`);
    }
  }
}

/** Batches that may be on their way together: an association waits until the entities before it have their ids. */
async function* groupsOf(file: string, after: number): AsyncGenerator<readonly Batch[]> {
  let group: Batch[] = [];
  let lines: (EntityLine | AssociationLine)[] = [];
  let bytes = 0;
  let firstLine = 0;
  let lastLine = 0;
  const closeBatch = (): void => {
    if (lines.length > 0) group.push({ firstLine, lastLine, lines });
    lines = [];
    bytes = 0;
  };
  for await (const { line, lineNumber } of graphLines(file)) {
    if (lineNumber <= after || line.kind === 'graph' || line.kind === 'end') continue;
    const size = JSON.stringify(line).length * 3;
    const isOther = lines[0] !== undefined && lines[0].kind !== line.kind;
    if (isOther || lines.length === operationsPerBatch || bytes + size > bytesPerBatch) closeBatch();
    if (group.length > 0 && (isOther || group.length === batchesInFlight)) {
      yield group;
      group = [];
    }
    if (lines.length === 0) firstLine = lineNumber;
    lines.push(line);
    bytes += size;
    lastLine = lineNumber;
  }
  closeBatch();
  if (group.length > 0) yield group;
}

async function send(
  client: GraphClient,
  {
    file,
    digest,
    batch,
    notes,
  }: { readonly file: string; readonly digest: string; readonly batch: Batch; readonly notes: DiskMap },
): Promise<{ readonly index: number; readonly made: readonly (readonly [string, string])[] }> {
  const { firstLine, lastLine, lines } = batch;
  const operations = lines.map((line) => operationOf(line, notes));
  const idempotencyKey = `import:${digest}:${firstLine}-${lastLine}`;
  try {
    const { ids, index } = await sendBatch(client, { operations, idempotencyKey });
    const made = lines.flatMap((line, place) => (line.kind === 'entity' ? [[line.id, ids[place] ?? ''] as const] : []));
    return { index, made };
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    const place = `${file}, lines ${firstLine} to ${lastLine}`;
    throw new RequestRefused(error.code, `${place}: ${error.message}. What was before them is imported.`);
  }
}

function operationOf(line: EntityLine | AssociationLine, notes: DiskMap): object {
  if (line.kind === 'entity') return { createEntity: { type: line.type, properties: line.properties } };
  const idOf = (id: string): string => {
    const given = notes.get(`id:${id}`);
    if (given === null || given === '') throw new Error(`the entity ${id} of the file got no id`);
    return given;
  };
  const { type, time, properties } = line;
  return { addAssociation: { from: idOf(line.from), type, to: idOf(line.to), time, properties } };
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return hash.digest('base64url');
}

import { createHash } from 'node:crypto';
import type { GraphClient } from '#bot/graph-client.ts';
import { readEdgeList } from './edge-list.ts';
import { importClients, operationsPerBatch, sendBatch } from './import-batches.ts';
import { untilMaterialized } from './until-materialized.ts';

export interface ImportOptions {
  readonly file: string;
  readonly urls: readonly string[];
  readonly onProgress: (progress: { readonly stage: string; readonly done: number; readonly total: number }) => void;
}

/** Seconds on one clock that starts with the first request: until all was acknowledged, and until all was in the database too. */
export interface ImportSummary {
  readonly people: number;
  readonly friendships: number;
  readonly repeatedLines: number;
  readonly peopleCreated: number;
  readonly acknowledgedSeconds: number;
  readonly materializedSeconds: number;
  readonly friendshipsPerSecondAcknowledged: number;
  readonly friendshipsPerSecondMaterialized: number;
  readonly commitIndex: string;
}

const lookUpsPerRequest = 500;

/**
 * Sends an edge list as people (number `u` has the handle `u`) and friendships, in batches whose keys follow from what they hold. An import that
 * was interrupted is started again in the same way: who is there is found by handle, and a batch that was acknowledged takes no
 * effect again.
 */
export async function importEdges(options: ImportOptions): Promise<ImportSummary> {
  const { people, friendships, repeated } = await readEdgeList(options.file);
  const clients = importClients(options.urls);
  const startedAt = performance.now();
  const importer = new Importer(clients, options.onProgress);
  const { ids, created } = await importer.people(people);
  await importer.friendships(ids, friendships);
  const acknowledgedSeconds = (performance.now() - startedAt) / 1000;
  await untilMaterialized(clients[0], importer.commitIndex);
  const materializedSeconds = (performance.now() - startedAt) / 1000;
  const count = friendships.length / 2;
  return {
    people: people.length,
    friendships: count,
    repeatedLines: repeated,
    peopleCreated: created,
    acknowledgedSeconds,
    materializedSeconds,
    friendshipsPerSecondAcknowledged: count / acknowledgedSeconds,
    friendshipsPerSecondMaterialized: count / materializedSeconds,
    commitIndex: String(importer.commitIndex),
  };
}

class Importer {
  readonly #clients: ReturnType<typeof importClients>;
  readonly #onProgress: ImportOptions['onProgress'];
  commitIndex = 0;

  constructor(clients: ReturnType<typeof importClients>, onProgress: ImportOptions['onProgress']) {
    this.#clients = clients;
    this.#onProgress = onProgress;
  }

  /** The global id of each person, those found and those created. */
  async people(handles: readonly string[]): Promise<{ readonly ids: readonly string[]; readonly created: number }> {
    const ids = await this.#lookUp(handles);
    const missing = handles.flatMap((handle, place) => (ids[place] === null ? [{ handle, place }] : []));
    await this.#eachInFlight('people', chunks(missing, operationsPerBatch), missing.length, async (chunk, client) => {
      const operations = chunk.map(({ handle }) => ({
        createEntity: { type: 'User', properties: { handle, name: `Person ${handle}` } },
      }));
      const made = await this.#batch(client, operations);
      for (const [nth, { place }] of chunk.entries()) ids[place] = made[nth] ?? null;
    });
    const known = ids.filter((id) => id !== null);
    if (known.length !== handles.length) throw new Error(`${handles.length - known.length} people got no id`);
    return { ids: known, created: missing.length };
  }

  async friendships(ids: readonly string[], pairs: Uint32Array): Promise<void> {
    const total = pairs.length / 2;
    const starts = Array.from({ length: Math.ceil(total / operationsPerBatch) }, (_, nth) => nth * operationsPerBatch);
    const batches = starts.map((start) =>
      Array.from({ length: Math.min(operationsPerBatch, total - start) }, (_, nth) => start + nth),
    );
    await this.#eachInFlight('friendships', batches, total, async (batch, client) => {
      const operations = batch.map((edge) => ({
        addAssociation: { from: ids[pairs[edge * 2] ?? -1], type: 'friend', to: ids[pairs[edge * 2 + 1] ?? -1] },
      }));
      await this.#batch(client, operations);
    });
  }

  async #lookUp(handles: readonly string[]): Promise<(string | null)[]> {
    const found: (string | null)[] = [];
    for (const chunk of chunks(handles, lookUpsPerRequest)) {
      const fields = chunk.map((_, nth) => `h${nth}: user(handle: $h${nth}) { id }`).join(' ');
      const query = `query People(${chunk.map((_, nth) => `$h${nth}: String!`).join(', ')}) { ${fields} }`;
      const variables = Object.fromEntries(chunk.map((handle, nth) => [`h${nth}`, handle]));
      const { data } = await this.#clients[0].request(query, variables);
      const answers = data as unknown as Readonly<Record<string, { readonly id: string } | null>>;
      for (const nth of chunk.keys()) found.push(answers[`h${nth}`]?.id ?? null);
      this.#onProgress({ stage: 'looking people up', done: found.length, total: handles.length });
    }
    return found;
  }

  async #batch(client: GraphClient, operations: readonly unknown[]): Promise<readonly (string | null)[]> {
    const digest = createHash('sha256').update(JSON.stringify(operations)).digest('base64url');
    const { ids, index } = await sendBatch(client, { operations, idempotencyKey: `import:${digest}` });
    this.commitIndex = Math.max(this.commitIndex, index);
    return ids;
  }

  /** Runs `work` over the chunks, a few at a time; the first failure ends it after those on their way. */
  async #eachInFlight<Item>(
    stage: string,
    batches: readonly (readonly Item[])[],
    total: number,
    work: (batch: readonly Item[], client: GraphClient) => Promise<void>,
  ): Promise<void> {
    let done = 0;
    let next = 0;
    const worker = async (client: GraphClient): Promise<void> => {
      for (let batch = batches[next++]; batch; batch = batches[next++]) {
        await work(batch, client);
        done += batch.length;
        this.#onProgress({ stage, done, total });
      }
    };
    const results = await Promise.allSettled(this.#clients.map(worker));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}

function chunks<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, nth) => items.slice(nth * size, (nth + 1) * size));
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import type { GraphStore } from '#server/graph/store-port.ts';
import type { NodeId, Term } from '#server/graph/identifiers.ts';
import { openStore } from '#server/store/open-store.ts';
import { describeWithService, isMissing, privateDatabase } from './services.ts';

export interface StorePlace {
  /** The URL of a database that is not there yet. */
  freshUrl(): string;
}

const log = { info: () => {}, warn: () => {} };

/** The same suite over every database that a store can keep its graph in. */
export async function describeEveryStore(name: string, suite: (place: StorePlace) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'instaface-store-'));
  const database = await privateDatabase();
  afterAll(async () => {
    if (!isMissing(database)) await database.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  let files = 0;
  describe(`${name}, SQLite`, () => suite({ freshUrl: () => `sqlite:${join(folder, `graph-${++files}.db`)}` }));
  describeWithService(name, database, suite);
}

export async function withStore(
  url: string,
  act: (store: GraphStore) => Promise<void>,
  timeoutMs = 10_000,
): Promise<void> {
  const store = openStore(url, { timeoutMs, log });
  try {
    await store.open();
    await act(store);
  } finally {
    await store.close();
  }
}

/** A claim of the test's cluster. */
export function claimOf(epoch: number, owner = 'n1') {
  return { cluster: 'test-cluster', epoch: epoch as Term, owner: owner as NodeId };
}

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Effect } from '#server/graph/effect.ts';
import { idsPerEntryMax, type EntityId, type LogIndex, type NodeId, type Term } from '#server/graph/identifiers.ts';
import type { AppliedEntry } from '#server/graph/log-payload.ts';
import { openStore } from '#server/store/open-store.ts';
import { isMissing, privateDatabase } from '#tests/support/services.ts';
import { writeSocialGraph } from '#tests/support/social-graph-file.ts';
import type { BenchRow } from './row.ts';

const people = 4_039;
const friendships = 88_234;
const friendshipsPerEntry = 1_000;
const rowsPerSecondBound = 20_000;
const log = { info: () => {}, warn: () => {} };

/** How fast the materializer's store takes a graph of friendships: both directions of each, the counts, and a record a commit. */
export async function run(): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'instaface-bench-'));
  try {
    const { file } = writeSocialGraph(folder, { people, friendships });
    // In the order in which edge lists come.
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .sort((a, b) => Number.parseInt(a) - Number.parseInt(b));
    const entries = friendshipEntries(lines);
    const rows = await measure('SQLite', `sqlite:${join(folder, 'graph.db')}`, entries);
    const database = await privateDatabase();
    if (isMissing(database)) {
      const note = `left out: ${database.reason}`;
      return [...rows, { name: 'MySQL or MariaDB', measured: 0, unit: 'rows/s', bound: null, ok: false, note }];
    }
    try {
      return [...rows, ...(await measure(database.name, database.freshUrl(), entries))];
    } finally {
      await database.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(name: string, url: string, entries: readonly AppliedEntry[]): Promise<readonly BenchRow[]> {
  const store = openStore(url, { timeoutMs: 30_000, log });
  try {
    await store.open();
    const claim = { cluster: 'bench', epoch: 1 as Term, owner: 'n1' as NodeId };
    await store.claim(claim);
    const start = performance.now();
    const cpu = process.cpuUsage();
    for (const [place, entry] of entries.entries()) {
      await store.materialize({ ...claim, after: place as LogIndex, entries: [entry] });
    }
    const seconds = (performance.now() - start) / 1_000;
    const used = process.cpuUsage(cpu);
    const written = 2 * friendships;
    const rowsPerSecond = written / seconds;
    const cpuMicros = (used.user + used.system) / written;
    return [
      {
        name: `${name}: association rows, ${friendshipsPerEntry} friendships a commit`,
        measured: rowsPerSecond,
        unit: 'rows/s',
        bound: rowsPerSecondBound,
        ok: rowsPerSecond >= rowsPerSecondBound,
        note: `${written} rows in ${seconds.toFixed(2)} s`,
      },
      { name: `${name}: CPU of this process a row`, measured: cpuMicros, unit: 'µs', bound: null, ok: true },
    ];
  } finally {
    await store.close();
  }
}

function friendshipEntries(lines: readonly string[]): readonly AppliedEntry[] {
  const counts = new Map<EntityId, number>();
  const entries: AppliedEntry[] = [];
  for (let at = 0; at < lines.length; at += friendshipsPerEntry) {
    const index = (entries.length + 1) as LogIndex;
    const effects = lines.slice(at, at + friendshipsPerEntry).flatMap((line) => friendshipEffects(line, index, counts));
    const time = 1_700_000_000_000 + index;
    const record = { key: `bench-${index}`, hash: 'hash', outcome: { kind: 'done', results: [] }, effects } as const;
    entries.push({
      index,
      term: 1 as Term,
      payload: { kind: 'mutations', time, leader: 'n1' as NodeId, records: [record] },
    });
  }
  return entries;
}

function friendshipEffects(line: string, version: LogIndex, counts: Map<EntityId, number>): readonly Effect[] {
  const [one = 0, other = 0] = line.split(' ').map((number) => Number(number) + idsPerEntryMax);
  const time = 1_700_000_000_000 + version;
  return [
    [one, other],
    [other, one],
  ].flatMap(([from = 0, to = 0]): readonly Effect[] => {
    const [fromId, toId] = [from as EntityId, to as EntityId];
    const count = (counts.get(fromId) ?? 0) + 1;
    counts.set(fromId, count);
    const association = { from: fromId, type: 'friend', to: toId, time, properties: {}, version };
    return [
      { kind: 'association-put', association },
      { kind: 'count-put', from: fromId, type: 'friend', count },
    ];
  });
}

// Goal: a graph that was exported is the same graph where it is imported, also after an import that was interrupted. Method: two real
// clusters; the graphs are compared by what the API says of them, with entities named by handle and text in place of ids.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportGraph } from '#server/command-line/export-graph.ts';
import { importGraph } from '#server/command-line/import-graph.ts';
import { askForData, startCluster, type TestCluster } from '#tests/support/cluster-process.ts';
import { waitFor } from '#tests/support/wait.ts';

const folder = mkdtempSync(join(tmpdir(), 'instaface-export-'));
const file = join(folder, 'graph.jsonl');
const onProgress = (): void => {};

let source: TestCluster;
let target: TestCluster;

beforeAll(async () => {
  source = await startCluster();
  target = await startCluster({ nodes: 1 });
});
afterAll(async () => {
  await source?.stop();
  await target?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const people = 250;
const time = (nth: number): string => new Date(1_600_000_000_000 + nth * 1_001).toISOString();

/** More friends than a page holds, equal and unequal times, properties on everything, and a status whose author is gone. */
async function fill(url: string): Promise<void> {
  const batch = 'mutation Fill($input: BatchInput!) { batch(input: $input) { ids commit { index } } }';
  const send = async (operations: readonly object[]): Promise<readonly string[]> => {
    const data = await askForData<{ batch: { ids: readonly string[] } }>(url, batch, { input: { operations } });
    return data.batch.ids;
  };
  const user = (nth: number): object => ({
    createEntity: {
      type: 'User',
      properties: { handle: `u${nth}`, name: `Ünïcode ${nth} 👋`, tags: [nth, null, { deep: '\u2028' }] },
    },
  });
  const users = await send(Array.from({ length: people }, (_, nth) => user(nth)));
  const statuses = await send(
    Array.from({ length: 120 }, (_, nth) => ({
      createEntity: { type: 'Status', properties: { text: `status ${nth}`, mood: nth / 7 } },
    })),
  );
  await send(
    users.slice(1).map((to, nth) => ({
      addAssociation: { from: users[0], type: 'friend', to, time: time(nth % 60), properties: { since: nth } },
    })),
  );
  await send(
    statuses.flatMap((to, nth) => [
      { addAssociation: { from: users[nth % 3], type: 'posted', to, time: time(nth), properties: { from: 'phone' } } },
      { addAssociation: { from: users[nth], type: 'likes', to, time: time(nth) } },
      { addAssociation: { from: users[nth + 1], type: 'likes', to, properties: { with: 'love' } } },
    ]),
  );
  await askForData(url, 'mutation Gone($id: ID!) { deleteEntity(input: { id: $id }) { deletedId } }', { id: users[2] });
}

const contents = `query Contents @read(consistency: LINEARIZABLE) {
  users(first: 1000) { totalCount nodes { handle name properties
    friends(first: 1000) { totalCount edges { time properties node { handle } } }
    statuses(first: 1000) { totalCount edges { time properties node { text } } }
    likes(first: 1000) { totalCount edges { time properties node { text } } } } }
  statuses(first: 1000) { nodes { text properties author { handle }
    likedBy(first: 1000) { totalCount edges { time properties node { handle } } } } } }`;

/** Edges of the same time stand in the order of their ids, which differ. Everything else is as it came. */
async function contentsOf({ urls }: TestCluster): Promise<unknown> {
  const data = await askForData<unknown>(urls[0] ?? '', contents);
  return JSON.parse(JSON.stringify(data), (name: string, value: unknown) =>
    name === 'edges' && Array.isArray(value) ? value.map((edge) => JSON.stringify(edge)).toSorted() : value,
  );
}

test('a graph is the same where it is imported, though the import was interrupted twice', async () => {
  await fill(source.urls[0] ?? '');
  const before = await contentsOf(source);
  // An election in between is no mutation, but an entry of the log all the same.
  const exported = await waitFor(
    'an export of one moment',
    async () => {
      const summary = await exportGraph({ file, urls: source.urls, onProgress });
      return summary.isOneMoment ? summary : null;
    },
    60_000,
  );
  // 249 friendships less that of the deleted user; 80 statuses posted; each liked twice, two likes of it gone with that user.
  expect(exported).toMatchObject({
    entities: people - 1 + 120,
    associations: 248 + 80 + 240 - 2,
    leftOut: 0,
  });
  expect(readdirSync(folder)).toEqual(['graph.jsonl']);

  const { urls } = target;
  const interrupted = (): never => {
    throw new Error('interrupted');
  };
  await expect(importGraph({ file, urls, onProgress: interrupted })).rejects.toThrow('interrupted');
  expect(existsSync(`${file}.progress`)).toBe(true);
  // All that was noted is lost, and what was sent is sent again.
  rmSync(`${file}.progress`);
  await expect(importGraph({ file, urls, onProgress: interrupted })).rejects.toThrow('interrupted');
  const imported = await importGraph({ file, urls, onProgress });
  expect(imported).toMatchObject({ entities: exported.entities, associations: exported.associations });
  expect(imported.linesDoneBefore, 'the header and the entities').toBe(1 + exported.entities);
  expect(await contentsOf(target)).toEqual(before);
  expect(readdirSync(folder)).toEqual(['graph.jsonl']);

  // The programs themselves: what the copy exports holds the same entities, in the order in which they were made.
  const copy = join(folder, 'copy.jsonl');
  const again = await instaface(['export', copy, '--url', urls.join(','), '--json']);
  expect(again).toMatchObject({ file: copy, entities: exported.entities, associations: exported.associations });
  expect(entitiesIn(copy)).toEqual(entitiesIn(file));
  const repeated = await instaface(['import', file, '--format', 'jsonl', '--url', urls.join(','), '--json']);
  expect(repeated).toMatchObject({ entities: exported.entities, linesDoneBefore: 0 });
  expect(await contentsOf(target), 'a repeated import takes no effect').toEqual(before);
});

const program = join(import.meta.dirname, '..', '..', 'server', 'command-line', 'instaface.ts');

/** Its answer, which is one line. */
async function instaface(args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { timeout: 60_000 });
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(stdout);
}

function entitiesIn(path: string): readonly unknown[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    .filter(({ kind }) => kind === 'entity')
    .map(({ type, properties }) => ({ type, properties }));
}

test('an export of a graph that changes is closed: every association leads to an entity of the file', async () => {
  const [url = ''] = source.urls;
  const create =
    'mutation Add($input: CreateUserInput!) { createUser(input: $input) { user { id } commit { index } } }';
  const befriend = 'mutation Befriend($input: FriendshipInput!) { befriend(input: $input) { commit { index } } }';
  const first = await askForData<{ user: { id: string } }>(url, '{ user(handle: "u0") { id } }');
  const moving = join(folder, 'moving.jsonl');
  let added = 0;
  const exporting = exportGraph({ file: moving, urls: source.urls, onProgress });
  const state = { isDone: false };
  const ended = exporting.finally(() => {
    state.isDone = true;
  });
  while (!state.isDone && added < 500) {
    const name = `new${added++}`;
    const made = await askForData<{ createUser: { user: { id: string } } }>(url, create, {
      input: { handle: name, name },
    });
    await askForData(url, befriend, { input: { user: first.user.id, friend: made.createUser.user.id } });
  }
  const summary = await ended;
  expect(summary.isOneMoment).toBe(false);
  expect(Number(summary.lastIndex)).toBeGreaterThan(Number(summary.firstIndex));
  const lines = readFileSync(moving, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>);
  const ids = new Set(lines.filter(({ kind }) => kind === 'entity').map(({ id }) => id));
  const associations = lines.filter(({ kind }) => kind === 'association');
  expect(ids.size).toBe(summary.entities);
  expect(summary.entities).toBeGreaterThanOrEqual(people - 1 + 120);
  expect(associations.filter(({ from, to }) => !ids.has(from) || !ids.has(to))).toEqual([]);
});

test.each([
  ['cut off', (lines: string[]) => lines.slice(0, -1), /has no end: it was cut off/],
  ['with a line missing', (lines: string[]) => lines.toSpliced(-2, 1), /it was written with 369 entities and 566 /],
  [
    'with an end that is missing',
    (lines: string[]) => lines.toSpliced(1, 1),
    /line \d+: no entity of the file has the id/,
  ],
  ['with a broken line', (lines: string[]) => lines.toSpliced(3, 1, 'x'), /line 4: expected a JSON object, found "x"/],
  ['without its first line', (lines: string[]) => lines.slice(1), /line 1: a file begins with one line of kind graph/],
])('a file %s is refused, and nothing is imported', async (name, change, message) => {
  const broken = join(folder, `${name}.jsonl`);
  writeFileSync(broken, change(readFileSync(file, 'utf8').split('\n').slice(0, -1)).join('\n'));
  const before = await contentsOf(target);
  await expect(importGraph({ file: broken, urls: target.urls, onProgress })).rejects.toThrow(message);
  expect(await contentsOf(target)).toEqual(before);
  expect(readdirSync(folder).filter((each) => each.endsWith('.progress'))).toEqual([]);
});

test('what the cluster refuses is named by its lines', async () => {
  const taken = join(folder, 'taken.jsonl');
  const line = { kind: 'entity', id: 'a', type: 'User', properties: { handle: 'u0', name: 'Taken' } };
  const lines = [
    { kind: 'graph', version: 1, cluster: 'c', index: '1' },
    line,
    { kind: 'end', entities: 1, associations: 0 },
  ];
  writeFileSync(taken, lines.map((each) => JSON.stringify(each)).join('\n'));
  await expect(importGraph({ file: taken, urls: target.urls, onProgress })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringMatching(/taken\.jsonl, lines 2 to 2: /),
  });
});

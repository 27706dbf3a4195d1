// Goal: a cluster starts from the data folder that v0.1 wrote, and finds everything in it. Method: the folder is kept beside this test;
// what it holds is written in `contents.json`, made by `write-fixture.ts` from the API's own answers.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, askForData, startCluster, type TestCluster } from '#tests/support/cluster-process.ts';
import { contentsQuery, type GraphContents } from '#tests/support/graph-contents.ts';

const fixture = join(import.meta.dirname, '..', 'fixtures', 'v0.1');

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster({ data: join(fixture, 'data') });
});
afterAll(async () => {
  await cluster?.stop();
});

test('every node of a cluster that starts from the data of v0.1 answers as v0.1 did', async () => {
  const contents = JSON.parse(readFileSync(join(fixture, 'contents.json'), 'utf8')) as GraphContents;
  for (const node of cluster.nodes) expect(await askForData<GraphContents>(node.url, contentsQuery)).toEqual(contents);
  expect(contents.users.nodes.length).toBeGreaterThan(10);
});

test('what v0.1 wrote still counts for new mutations: its handles are taken', async () => {
  const create = `mutation Create($input: CreateUserInput!) { createUser(input: $input) { user { handle } } }`;
  const send = (handle: string): ReturnType<typeof ask> =>
    ask(cluster.urls[1] ?? '', create, { input: { handle, name: 'Written later' } });
  expect((await send('written')).errors?.[0]?.extensions?.['code']).toBe('CONFLICT');
  expect((await send('later')).data).toEqual({ createUser: { user: { handle: 'later' } } });
});

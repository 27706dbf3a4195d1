// Goal: a file in schema/ is all that a new type of entity takes. Method: a cluster under load goes over, node by node, to a copy of the
// program that has one file more; then the type is used at every node, each step at another one, by GraphQL alone.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { NodeProcess } from '#server/command-line/node-process.ts';
import { ask, askForData, startCluster, TestCluster } from '#tests/support/cluster-process.ts';
import { followByWebSocket } from '#tests/support/followers.ts';
import { copyProgram, type ProgramCopy } from '#tests/support/program-copy.ts';
import { createAuthor, judge, readJournal, RecordingClient } from '#tests/support/recording-client.ts';
import { waitFor } from '#tests/support/wait.ts';

const photos = `
type Photo @entity(key: "url") {
  caption: String!
  url: String!
  width: Int
  tags: [User!]! @association(type: "tags", inverse: "taggedin")
  owner: User @association(type: "ownedby", inverse: "owns")
}
extend type User {
  photos: [Photo!]! @association(type: "owns", inverse: "ownedby")
}
`;
const stopMsMax = 10_000;

let before: TestCluster;
let cluster: TestCluster;
let copy: ProgramCopy;
let ann: string;
let bob: string;

beforeAll(async () => {
  before = await startCluster();
  cluster = before;
  copy = copyProgram({ 'photos.graphql': photos });
}, 90_000);
afterAll(async () => {
  await Promise.all([before?.stop(), cluster?.stop()]);
  copy?.remove();
});

interface Made {
  readonly entity: { readonly id: string };
}

function url(place: number): string {
  const { urls } = cluster;
  return urls[place % urls.length] ?? '';
}

const inputs = { createEntity: 'CreateEntityInput', addAssociation: 'AssociationInput', deleteEntity: 'DeleteInput' };
type Field = keyof typeof inputs;

function mutation(field: Field, take: string): string {
  return `mutation ($input: ${inputs[field]}!) { ${field}(input: $input) { ${take} } }`;
}

/** A write at one node, which reads at all others include from then on. */
async function write<Payload>(
  at: number,
  field: Field,
  input: Readonly<Record<string, unknown>>,
  take: string,
): Promise<Payload> {
  const data = await askForData<Record<string, Payload>>(url(at), mutation(field, take), { input });
  return data[field] as Payload;
}

async function refusal(field: Field, input: Readonly<Record<string, unknown>>): Promise<unknown> {
  const { errors } = await ask(url(1), mutation(field, 'commit { index }'), { input });
  return errors?.[0]?.extensions?.['code'];
}

function read<Data>(at: number, selection: string): Promise<Data> {
  return askForData<Data>(url(at), `query @read(consistency: LINEARIZABLE) { ${selection} }`);
}

async function photo(at: number, place: number): Promise<string> {
  const properties = { caption: `photo ${place}`, url: `https://photos.example/${place}`, width: 640 };
  const { entity } = await write<Made>(at, 'createEntity', { type: 'Photo', properties }, 'entity { id }');
  return entity.id;
}

test('a rolling restart into it, under load, loses nothing', async () => {
  const author = await createAuthor((await before.leader()).url);
  const journal = join(before.folder, 'journal.jsonl');
  const { urls } = before;
  const client = new RecordingClient({ urls, author, journal, inFlight: 4, requestTimeoutMs: 5_000, pauseMs: 5 });
  client.start();
  const after: NodeProcess[] = [];
  cluster = new TestCluster(before.folder, after);
  for (const node of before.nodes) {
    const acknowledged = client.acknowledgedAtMs.length;
    await waitFor('writes to go on', () => client.acknowledgedAtMs.length > acknowledged + 20, 30_000);
    await node.stop(stopMsMax);
    const next = new NodeProcess({ ...node.options, program: copy.program });
    after.push(next);
    next.start();
    await cluster.waitUntilReady();
  }
  await client.stop();
  const written = readJournal(journal);
  for (const each of urls) expect(await judge(each, author, written)).toMatchObject({ lost: [], doubled: [] });
}, 120_000);

test('it is created, found by its key, linked, paged and counted from both ends', async () => {
  [ann, bob] = [await createAuthor(url(0)), await createAuthor(url(1))];
  const ids: string[] = [];
  for (let place = 0; place < 5; place += 1) {
    const id = await photo(place, place);
    ids.push(id);
    await write(place + 1, 'addAssociation', { from: ann, type: 'owns', to: id }, 'commit { index }');
    await write(place + 2, 'addAssociation', { from: id, type: 'tags', to: bob }, 'commit { index }');
  }
  for (let at = 0; at < cluster.urls.length; at += 1) {
    const { entity } = await read<{ entity: unknown }>(
      at,
      'entity(type: "Photo", key: "https://photos.example/3") { id ... on Photo { caption width owner { id } tags(first: 5) { totalCount nodes { id } } } }',
    );
    expect(entity).toEqual({
      id: ids[3],
      caption: 'photo 3',
      width: 640,
      owner: { id: ann },
      tags: { totalCount: 1, nodes: [{ id: bob }] },
    });
    const page = `totalCount nodes { url } pageInfo { hasNextPage endCursor }`;
    interface Page {
      readonly totalCount: number;
      readonly nodes: readonly { readonly url: string }[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
    }
    const first = await read<{ node: { photos: Page } }>(
      at,
      `node(id: "${ann}") { ... on User { photos(first: 3) { ${page} } } }`,
    );
    const { endCursor } = first.node.photos.pageInfo;
    const rest = await read<{
      node: { photos: Page };
      associations: { totalCount: number; edges: readonly { node: { id: string } }[] };
    }>(
      at,
      `node(id: "${ann}") { ... on User { photos(first: 3, after: "${endCursor}") { ${page} } } } ` +
        `associations(from: "${bob}", type: "taggedin", first: 2) { totalCount edges { node { id } } }`,
    );
    expect([first.node.photos.totalCount, first.node.photos.pageInfo.hasNextPage]).toEqual([5, true]);
    expect([...first.node.photos.nodes, ...rest.node.photos.nodes].map((node) => node.url)).toEqual(
      [4, 3, 2, 1, 0].map((place) => `https://photos.example/${place}`),
    );
    // Nobody declares the inverse of `tags` as a field: it is there all the same.
    expect(rest.associations).toEqual({ totalCount: 5, edges: [{ node: { id: ids[4] } }, { node: { id: ids[3] } }] });
  }
});

test('what its declaration does not allow is refused, with a code', async () => {
  const taken = { caption: 'again', url: 'https://photos.example/0' };
  expect(await refusal('createEntity', { type: 'Photo', properties: taken })).toBe('CONFLICT');
  const wrongType = { caption: 'a', url: 'https://photos.example/w', width: 'wide' };
  expect(await refusal('createEntity', { type: 'Photo', properties: wrongType })).toBe('BAD_INPUT');
  const incomplete = { url: 'https://photos.example/i' };
  expect(await refusal('createEntity', { type: 'Photo', properties: incomplete })).toBe('BAD_INPUT');
  const { entity } = await read<{ entity: { id: string } }>(
    0,
    'entity(type: "Photo", key: "https://photos.example/0") { id }',
  );
  // It has an owner: `owner` is not a list.
  expect(await refusal('addAssociation', { from: bob, type: 'owns', to: entity.id })).toBe('CONFLICT');
  expect(await refusal('addAssociation', { from: entity.id, type: 'ownedby', to: bob })).toBe('CONFLICT');
  expect(await refusal('addAssociation', { from: bob, type: 'friend', to: entity.id })).toBe('BAD_INPUT');
});

test('its lists are subscribed to, and it is deleted with its edges both ways', async () => {
  const follower = followByWebSocket({ urls: cluster.urls, from: ann, type: 'owns' });
  onTestFinished(() => follower.stop());
  const id = await photo(0, 9);
  await write(1, 'addAssociation', { from: id, type: 'ownedby', to: ann }, 'commit { index }');
  await waitFor('the new photo to be told of', () => follower.heard.some(({ to }) => to === id));
  const told = follower.heard.length;
  await write(2, 'deleteEntity', { id }, 'commit { index }');
  await waitFor('its end to be told of', () => follower.heard.slice(told).some(({ to }) => to === id));
  for (let at = 0; at < cluster.urls.length; at += 1) {
    expect(
      await read(
        at,
        `entity(type: "Photo", key: "https://photos.example/9") { id } user(id: "${ann}") { photos(first: 1) { totalCount } }`,
      ),
    ).toEqual({ entity: null, user: { photos: { totalCount: 5 } } });
  }
  expect(follower.failures).toEqual([]);
});

test('a node does not start with types that contradict each other, and says where', () => {
  const contradiction = copyProgram({
    'albums.graphql': `type Album @entity { shownTo: [User!]! @association(type: "shownto", inverse: "sees") }
extend type User { sees: [Album!]! @association(type: "sees", inverse: "shown") }
`,
  });
  onTestFinished(() => contradiction.remove());
  const options = ['--disable-warning=ExperimentalWarning', contradiction.program, 'node'];
  const flags = ['--id', 'n1', '--port', '0', '--data', join(cluster.folder, 'never')];
  const { status, stderr } = spawnSync(process.execPath, [...options, ...flags], { encoding: 'utf8', timeout: 30_000 });
  expect(stderr).toMatch(/^SCHEMA_CONTRADICTION: albums\.graphql:\d: .*sees/);
  expect(status).toBe(1);
});

import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Entry, LogIndex, NodeId, Persist, Term } from '#consensus/core/types.ts';
import { openIdentity, writeIdentity } from '#consensus/driver/identity.ts';
import { openFileLog } from '#consensus/storage/file-log.ts';
import type { RecoveredLog } from '#consensus/storage/log-storage.ts';
import { NodeDisk } from '#consensus/storage/node-disk.ts';
import { buildOutsideQuarantine, type Quarantine, type QuarantineOptions } from './quarantine.ts';

const root = mkdtempSync(join(tmpdir(), 'quarantine-'));
afterAll(() => rmSync(root, { recursive: true }));

const nodeId = 'n2' as NodeId;
const members = ['n1', 'n2', 'n3'].map((id) => id as NodeId);

/** The files of a node, opened as a node opens them. */
async function openNode(folder: string, write?: Persist): Promise<RecoveredLog> {
  const logFolder = join(folder, 'log');
  openIdentity({ folder, nodeId, members, clusterId: null, logFolder });
  const onFailure = (error: Error): void => expect.fail(String(error));
  const disk = new NodeDisk(logFolder);
  const { recovered, storage } = openFileLog({ disk, onFailure, segmentBytesMax: 10_000 });
  if (write !== undefined) await new Promise<void>((done) => storage.persist(write, done));
  await new Promise<void>((done) => storage.close(done));
  return recovered;
}

/** Which voted in term 7, and has a log. */
async function nodeFolder(name: string): Promise<string> {
  const folder = join(root, name);
  const entries: Entry[] = [{ index: 1 as LogIndex, term: 7 as Term, kind: 'command', data: Buffer.from('an entry') }];
  const hardState = { term: 7 as Term, votedFor: nodeId };
  const write = { sequence: 1, hardState, reset: null, truncateFrom: null, entries, compactTo: null };
  await openNode(folder, write);
  writeIdentity(folder, { nodeId, members, state: { kind: 'founded', clusterId: 'c' } });
  return folder;
}

function damageLog(folder: string): void {
  for (const name of readdirSync(join(folder, 'log'))) {
    const file = join(folder, 'log', name);
    const content = readFileSync(file);
    for (let at = 0; at < content.length; at += 30) content[at] = (content[at] ?? 0) ^ 0x80;
    writeFileSync(file, content);
  }
}

/** `told` has what the node says of itself; `first` is there when it has said something. */
function start(folder: string, signal: AbortSignal = new AbortController().signal) {
  const told: (Quarantine | null)[] = [];
  const logged: string[] = [];
  const { promise: first, resolve } = Promise.withResolvers<void>();
  const line = (_fields: object, message: string): void => void logged.push(message);
  const options: QuarantineOptions<RecoveredLog> = {
    build: () => openNode(folder),
    id: nodeId,
    folder,
    peerUrl: '127.0.0.1:4101',
    publicUrl: 'http://127.0.0.1:4001',
    log: { debug: line, info: line, warn: line, error: line },
    signal,
    onQuarantine: (quarantine) => {
      told.push(quarantine);
      resolve();
    },
    pollMs: 5,
  };
  return { told, logged, first, node: buildOutsideQuarantine(options) };
}

test.each([
  ['LOG_DAMAGED', damageLog],
  ['LOG_MISSING', (folder: string) => rmSync(join(folder, 'log'), { recursive: true })],
  ['IDENTITY_DAMAGED', (folder: string) => writeFileSync(join(folder, 'identity.json'), '{')],
])(
  'a node that may have forgotten its vote (%s) waits, says what to do, and begins anew once it is emptied',
  async (code, harm) => {
    const folder = await nodeFolder(code);
    harm(folder);
    const before = readdirSync(folder);
    const { told, logged, first, node } = start(folder);
    await first;
    expect(told).toMatchObject([{ code }]);
    const reason = told[0]?.reason ?? '';
    expect(reason).toContain('"instaface remove n2"');
    expect(reason).toContain(folder);
    expect(reason).toContain('"instaface add n2 --peer-url 127.0.0.1:4101 --public-url http://127.0.0.1:4001"');
    expect(logged[0]).toBe(reason);
    expect(readdirSync(folder), 'nothing is changed').toEqual(before);

    rmSync(folder, { recursive: true });
    const recovered = await node;
    expect(recovered.hardState).toEqual({ term: 0, votedFor: null });
    const identity = openIdentity({ folder, nodeId, members, clusterId: null, logFolder: join(folder, 'log') });
    expect(identity.state).toEqual({ kind: 'empty' });
    expect(told).toMatchObject([{ code }, null]);
  },
);

test('a stop ends the wait; what is left of a folder is not taken for an empty one', async () => {
  const folder = await nodeFolder('half');
  damageLog(folder);
  const stop = new AbortController();
  const { told, first, node } = start(folder, stop.signal);
  await first;
  rmSync(join(folder, 'identity.json'));
  stop.abort(new Error('stopped'));
  await expect(node).rejects.toThrow();
  expect(told).toHaveLength(1);
  // The next start finds a log of which nobody says whose it is: a mistake, which ends the process as before.
  await expect(start(folder).node).rejects.toMatchObject({ code: 'IDENTITY_MISSING' });
});

test('a sound node is built at once, and a wrong folder is a mistake that ends its start', async () => {
  const folder = await nodeFolder('sound');
  const sound = start(folder);
  expect((await sound.node).hardState).toEqual({ term: 7, votedFor: nodeId });
  expect(sound.told).toEqual([]);
  writeIdentity(folder, { nodeId: 'n9' as NodeId, members, state: { kind: 'founded', clusterId: 'c' } });
  await expect(start(folder).node).rejects.toMatchObject({ code: 'WRONG_NODE_ID' });
});

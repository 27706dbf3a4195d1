// Goal: a full disk ends a node in the one clear way, at work and at its start, and only if it is the log of the consensus that needs the
// room. Method: real processes, one whose output goes to /dev/full, one whose folder is a small file system that is filled.
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runAfterThisProcess } from '#tests/support/after-this-process.ts';
import { ask, askForData, type NodeExit, startCluster } from '#tests/support/cluster-process.ts';
import { waitFor } from '#tests/support/wait.ts';

/** On a machine that is busy with other tests. */
const processStartMsMax = 30_000;
const isLinux = existsSync('/dev/full');
const mayMount = isLinux && process.getuid?.() === 0;

/** A program that becomes the node, with its output elsewhere. */
const outputTo = (file: string): readonly string[] => ['sh', '-c', `exec "$@" >> '${file}' 2>&1`, 'sh'];

const create = 'mutation ($handle: String!) { createUser(input: { handle: $handle, name: "x" }) { user { id } } }';

const rename = 'mutation ($id: ID!, $name: String!) { updateUser(input: { id: $id, name: $name }) { user { id } } }';
type Created = { readonly createUser: { readonly user: { readonly id: string } } };

/** A file system of its own, which goes with this test however it ends. */
function mountSmall(folder: string): void {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'none', folder], { stdio: 'pipe' });
  runAfterThisProcess('umount --lazy "$1" 2> /dev/null', folder);
}

/** To the last byte, whatever the node itself writes meanwhile: until there is no room for any more. */
function fill(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  const ballast = openSync(join(folder, 'ballast'), 'w');
  try {
    for (let written = 0; written <= bavail * bsize;) written += writeSync(ballast, Buffer.alloc(bsize));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    closeSync(ballast);
  }
}

test.runIf(isLinux)(
  'a node whose own words cannot be written starts, serves and ends in order',
  async () => {
    const exits: NodeExit[] = [];
    const place = () => ({ under: outputTo('/dev/full') });
    const cluster = await startCluster({ nodes: 1, place, onExit: (_id, exit) => exits.push(exit) });
    onTestFinished(() => cluster.stop());
    const [node] = cluster.nodes;
    if (node === undefined) throw new Error('a node is needed');
    await askForData(node.url, create, { handle: 'unheard' });
    await node.stop(10_000);
    expect(exits).toEqual([{ code: 0, signal: null }]);
  },
  120_000,
);

test.runIf(mayMount)(
  'a node whose folder is full says so and ends, at work and at its start, and goes on when there is room',
  async () => {
    let folder = '';
    let output = '';
    const exits: NodeExit[] = [];
    const cluster = await startCluster({
      nodes: 1,
      place: (placed) => {
        folder = placed.folder;
        output = `${folder}.output`;
        mountSmall(folder);
        // As by default: log and database on one disk.
        return { under: outputTo(output), env: { DATABASE_URL: `sqlite:${join(folder, 'graph.db')}` } };
      },
      unplace: () => void execFileSync('umount', ['--lazy', folder], { stdio: 'pipe' }),
      onExit: (_id, exit) => exits.push(exit),
    });
    onTestFinished(() => cluster.stop());
    const [node] = cluster.nodes;
    if (node === undefined) throw new Error('a node is needed');
    const { createUser } = await askForData<Created>(node.url, create, { handle: 'before' });
    const { user } = createUser;
    const saidSince = (at: number): readonly string[] => readFileSync(output, 'utf8').slice(at).trimEnd().split('\n');
    const endsOfDisk = async (bytesBefore: number): Promise<void> => {
      await waitFor('the node to end', () => !node.running, processStartMsMax);
      expect(exits.splice(0)).toEqual([{ code: 1, signal: null }]);
      const last = JSON.parse(saidSince(bytesBefore).at(-1) ?? '') as object;
      expect(last).toMatchObject({ level: 'fatal', err: { code: 'ENOSPC' }, msg: 'this node cannot go on' });
    };

    fill(folder);
    // Of what is cached, since the database is full too. Some of these find room in blocks that were begun.
    const write = (): Promise<unknown> =>
      ask(node.url, rename, { id: user.id, name: `Name ${performance.now()}` }).catch(() => null);
    await waitFor('the node to end', async () => !node.running || (await write(), false), processStartMsMax);
    await endsOfDisk(0);
    const bytes = readFileSync(output, 'utf8').length;
    node.start();
    await endsOfDisk(bytes);

    rmSync(join(folder, 'ballast'));
    node.start();
    await cluster.waitUntilReady(processStartMsMax);
    const found = await askForData<{ user: object | null }>(node.url, '{ user(handle: "before") { id } }');
    expect(found.user).not.toBeNull();
  },
  180_000,
);

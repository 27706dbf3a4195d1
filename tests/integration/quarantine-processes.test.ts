// Goal: a node whose log lost term and vote stays up, out of everything, and says what to do; done as told, it votes again.
// Method: real processes; every record in the files of a node that was killed is damaged; the command line's own requests.
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addNode, removeNode, status } from '#server/command-line/cluster-commands.ts';
import type { ClusterStatus } from '#server/command-line/cluster-commands.ts';
import type { NodeProcess } from '#server/command-line/node-process.ts';
import { startCluster, type TestCluster } from '#tests/support/cluster-process.ts';
import { createAuthor, judge, readJournal, RecordingClient } from '#tests/support/recording-client.ts';
import { waitFor } from '#tests/support/wait.ts';

/** On a machine that is busy with other tests. */
const processStartMsMax = 30_000;

let cluster: TestCluster;
let exits = 0;

beforeAll(async () => {
  cluster = await startCluster({ onExit: () => (exits += 1) });
});
afterAll(() => cluster?.stop());

/** No record is left sound, of whatever length it is. */
function damageLog(node: NodeProcess): void {
  const folder = join(node.folder, 'log');
  const names = readdirSync(folder);
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    const content = readFileSync(join(folder, name));
    for (let at = 0; at < content.length; at += 30) content[at] = (content[at] ?? 0) ^ 0x80;
    writeFileSync(join(folder, name), content);
  }
}

async function memberNamed(urls: readonly string[], id: string): Promise<ClusterStatus['nodes'][number] | undefined> {
  const { nodes } = JSON.parse(await status({ urls, json: true })) as ClusterStatus;
  return nodes.find((node) => node.id === id);
}

test('a node that may have forgotten its vote waits in quarantine, and comes back once it was removed, emptied and added', async () => {
  const leader = await cluster.leader();
  const [damaged, other] = await cluster.followers();
  if (damaged === undefined || other === undefined) throw new Error('three nodes are needed');
  const author = await createAuthor(leader.url);
  const journal = join(cluster.folder, 'journal');
  const urls = [leader.url, other.url];
  const client = new RecordingClient({ urls, author, journal, inFlight: 4, requestTimeoutMs: 5_000 });
  client.start();
  const more = async (): Promise<void> => {
    const before = client.acknowledgedAtMs.length;
    await waitFor('40 acknowledgements', () => client.acknowledgedAtMs.length >= before + 40, 30_000);
  };
  await more();
  await damaged.stop(5_000);
  damageLog(damaged);
  exits = 0;
  damaged.start();

  const said = await waitFor(
    'the reason',
    async () => {
      const health = await damaged.health(500);
      return typeof health?.['code'] === 'string' ? health : null;
    },
    processStartMsMax,
  );
  expect(said).toMatchObject({ ready: false, code: 'LOG_DAMAGED' });
  const [reason] = said['reasons'] as readonly string[];
  const { id, peerPort } = damaged.options;
  const add = `instaface add ${id} --peer-url 127.0.0.1:${peerPort} --public-url ${damaged.url}`;
  for (const part of [`instaface remove ${id}`, `empty ${damaged.folder}`, add]) expect(reason).toContain(part);
  expect((await fetch(`${damaged.url}/health/live`)).status).toBe(200);
  await more();
  expect(await memberNamed(urls, id)).toMatchObject({ reachable: false, voter: true });

  await removeNode({ urls, json: false }, id);
  rmSync(damaged.folder, { recursive: true });
  await addNode({ urls, json: false }, { id, peerUrl: `127.0.0.1:${peerPort}`, publicUrl: damaged.url, voter: true });
  await waitFor('the node to be ready', async () => (await damaged.health(500))?.ready === true, processStartMsMax);
  expect(await memberNamed(urls, id)).toMatchObject({ voter: true, reachable: true });
  expect(exits, 'its process never ended').toBe(0);
  expect(Number(readFileSync(join(damaged.folder, 'node.pid'), 'utf8'))).toBe(damaged.pid);
  await more();
  await client.stop();
  for (const node of cluster.nodes) {
    const verdict = await judge(node.url, author, readJournal(journal));
    expect([verdict.lost, verdict.doubled]).toEqual([[], []]);
  }
}, 180_000);

// Goal: operators see a node whose log lost entries, for as long as it does not vote: in its health, in the cluster's view, in `status`, in
// its metrics and in its own log. Method: real processes; a bit is flipped in a record; the node is started alone, so that nobody repairs it.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { status } from '#server/command-line/cluster-commands.ts';
import type { NodeProcess } from '#server/command-line/node-process.ts';
import { askForData, startCluster, type TestCluster } from '#tests/support/cluster-process.ts';
import { waitFor } from '#tests/support/wait.ts';

/** On a machine that is busy with other tests. */
const processStartMsMax = 30_000;

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster?.stop());

/** One bit of the record that holds this text. */
function flipBit(node: NodeProcess, text: string): void {
  const folder = join(node.folder, 'log');
  for (const name of readdirSync(folder)) {
    const content = readFileSync(join(folder, name));
    const at = content.indexOf(text);
    if (at < 0) continue;
    content[at] = (content[at] ?? 0) ^ 1;
    return writeFileSync(join(folder, name), content);
  }
  throw new Error(`no record of ${node.options.id} holds ${text}`);
}

function codesLogged(node: NodeProcess): readonly unknown[] {
  const lines = node.lastLines(10_000).split('\n');
  return lines.map((line) => (JSON.parse(line) as { readonly code?: unknown }).code);
}

const repairingQuery = '{ cluster { nodes { id repairing } } }';
type Repairing = {
  readonly cluster: { readonly nodes: readonly { readonly id: string; readonly repairing: boolean }[] };
};

test('a node that repairs its log is seen to, until it is whole', async () => {
  const create = 'mutation ($handle: String!) { createUser(input: { handle: $handle, name: "x" }) { user { id } } }';
  const leader = await cluster.leader();
  for (let i = 0; i < 9; i++) await askForData(leader.url, create, { handle: `repaired-${i}` });
  const [damaged] = await cluster.followers();
  if (damaged === undefined) throw new Error('a follower is needed');
  const { id } = damaged.options;
  const whole = await damaged.health(1_000);
  expect(whole).toMatchObject({ ready: true, degraded: [] });
  await Promise.all(cluster.nodes.map((node) => node.stop(10_000)));
  flipBit(damaged, 'repaired-4');

  damaged.start();
  const health = await waitFor(
    'its health',
    async () => {
      const said = await damaged.health(500);
      return Array.isArray(said?.['degraded']) ? said : null;
    },
    processStartMsMax,
  );
  expect(health).toMatchObject({ ready: false, reasons: ['no leader is known'] });
  expect(health['degraded']).toEqual([expect.stringContaining('its log lost entries')]);
  const alone = await askForData<Repairing>(damaged.url, repairingQuery);
  expect(alone.cluster.nodes.filter(({ repairing }) => repairing).map((node) => node.id)).toEqual([id]);
  const table = await status({ urls: [damaged.url], json: false });
  expect(table.split('\n').filter((line) => line.includes('REPAIRING'))).toEqual([expect.stringMatching(`^${id} `)]);
  const metrics = await (await fetch(`${damaged.url}/metrics`)).text();
  expect(metrics).toMatch(/^instaface_log_repairing\{[^}]*\} 1$/m);
  expect(codesLogged(damaged)).toEqual(expect.arrayContaining(['LOG_DAMAGED', 'LOG_REPAIR']));

  cluster.start();
  await cluster.waitUntilReady();
  await waitFor('the end of the repair', async () => (await damaged.health(500))?.['degraded']?.toString() === '');
  expect(damaged.lastLines(10_000)).toContain('the log is whole again');
  for (const { url } of cluster.nodes) {
    await waitFor(`${url} to have heard of it`, async () => {
      const { cluster: seen } = await askForData<Repairing>(url, repairingQuery);
      return seen.nodes.every(({ repairing }) => !repairing);
    });
  }
}, 120_000);

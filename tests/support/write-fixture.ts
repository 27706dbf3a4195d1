// Writes the data folder of a small cluster, and what it holds, for tests of later versions:
//   node tests/support/write-fixture.ts tests/fixtures/v0.1
// The log of a node that runs, unlike its database, is complete at any moment; the cluster is stopped all the same.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runBot } from '#bot/bot.ts';
import { seedDemo } from '#bot/demo.ts';
import { askForData, startCluster } from './cluster-process.ts';
import { contentsQuery } from './graph-contents.ts';
import { waitFor } from './wait.ts';

const [target] = process.argv.slice(2);
if (target === undefined) throw new Error('usage: write-fixture FOLDER');

const cluster = await startCluster();
const [url = ''] = cluster.urls;
await seedDemo(cluster.urls, 30_000);
await runBot({ urls: cluster.urls, rate: 200, seed: 7, count: 200, signal: new AbortController().signal });
await askForData(url, `mutation { createUser(input: { handle: "written", name: "Written by v0.1" }) { user { id } } }`);
// A second term in the log.
await askForData(url, `mutation { transferLeadership(to: "${(await cluster.followers())[0]?.options.id}") { term } }`);
const contents = await askForData<unknown>(url, contentsQuery);
await waitFor('the database to hold everything', async () => {
  const { cluster: state } = await askForData<{ cluster: { database: { behind: number } } }>(
    url,
    '{ cluster { database { behind } } }',
  );
  return state.database.behind === 0;
});
for (const node of cluster.nodes) await node.stop(10_000);
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
cpSync(cluster.folder, join(target, 'data'), { recursive: true, filter: (file) => !/node\.(log|pid)$/.test(file) });
writeFileSync(join(target, 'contents.json'), `${JSON.stringify(contents, null, 1)}\n`);
await cluster.stop();

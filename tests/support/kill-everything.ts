import { join } from 'node:path';
import { startCluster, type StartClusterOptions, type TestCluster } from './cluster-process.ts';
import { createAuthor, judge, readJournal, RecordingClient, type Verdict } from './recording-client.ts';
import { waitFor } from './wait.ts';

const inFlight = 16;
const acknowledgedBeforeKill = 300;

/** All nodes are killed in the midst of writes, and started again; then every node is asked for everything that was acknowledged. */
export async function killEverythingAndJudge(options: StartClusterOptions): Promise<readonly Verdict[]> {
  const cluster = await startCluster(options);
  try {
    const author = await createAuthor(cluster.urls[0] ?? '');
    const journal = join(cluster.folder, 'journal.jsonl');
    const client = new RecordingClient({ urls: cluster.urls, author, journal, inFlight, requestTimeoutMs: 2_000 });
    client.start();
    await waitFor('writes to flow', () => client.acknowledgedAtMs.length >= acknowledgedBeforeKill, 60_000);
    await killAll(cluster);
    await client.stop();
    cluster.start();
    await cluster.waitUntilReady();
    const verdicts: Verdict[] = [];
    for (const node of cluster.nodes) verdicts.push(await judge(node.url, author, readJournal(journal)));
    return verdicts;
  } finally {
    await cluster.stop();
  }
}

async function killAll(cluster: TestCluster): Promise<void> {
  for (const node of cluster.nodes) node.signal('SIGKILL');
  await waitFor('every node to be gone', () => cluster.nodes.every((node) => !node.running));
}

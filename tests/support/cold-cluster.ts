import { askForData, startCluster, type StartClusterOptions, type TestCluster } from './cluster-process.ts';
import { waitFor } from './wait.ts';

const compactedMsMax = 30_000;
const stopPatienceMs = 10_000;

/** A cluster that keeps nothing of the log behind the database, so that a start brings nothing back into the caches. */
export function startForgetfulCluster(options: StartClusterOptions = {}): Promise<TestCluster> {
  const env = { INSTAFACE_RETAINED_ENTRIES: '0', INSTAFACE_RETAINED_BYTES: '0', ...options.env };
  return startCluster({ ...options, env });
}

/** The ids of what the operations created. */
export async function writeBatch(cluster: TestCluster, operations: readonly unknown[]): Promise<readonly string[]> {
  const document = 'mutation Write($input: BatchInput!) { batch(input: $input) { ids } }';
  const url = cluster.urls[0] ?? '';
  const { batch } = await askForData<{ batch: { ids: readonly string[] } }>(url, document, { input: { operations } });
  return batch.ids;
}

/** Starts every node again, with nothing in memory but the last entry. `meanwhile` has the database to itself. */
export async function coolDown(
  cluster: TestCluster,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await waitFor('the logs to be compacted', () => isCompacted(cluster), compactedMsMax);
  for (const node of cluster.nodes) await node.stop(stopPatienceMs);
  await meanwhile();
  cluster.start();
  await cluster.waitUntilReady();
}

/** The last entry stays: it has the time of the log. */
async function isCompacted(cluster: TestCluster): Promise<boolean> {
  const { cluster: state } = await askForData<{
    cluster: { commitIndex: string; nodes: readonly { firstIndex: string }[] };
  }>(cluster.urls[0] ?? '', '{ cluster { commitIndex nodes { firstIndex } } }');
  return state.nodes.every(({ firstIndex }) => Number(firstIndex) >= Number(state.commitIndex));
}

// GRAPH_FILE names an edge list (gzip or not) to import; without it a graph of the same size is made.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { importEdges } from '#server/command-line/import-edges.ts';
import { askForData, startCluster, type TestCluster } from '#tests/support/cluster-process.ts';
import { residentMegabytes } from '#tests/support/process-usage.ts';
import { degreesOf, type SocialGraphFile, writeSocialGraph } from '#tests/support/social-graph-file.ts';
import { onEachDatabase } from './on-each-database.ts';
import type { BenchRow } from './row.ts';

const size = { people: 4_039, friendships: 88_234 };
/** Two for each friendship. */
const associationsPerSecondBound = 40_000;
const memoryBoundMb = 300;
const handlesPerRequest = 200;

export function run(): Promise<readonly BenchRow[]> {
  return onEachDatabase(measure);
}

async function measure(name: string, databaseUrl: string | null): Promise<readonly BenchRow[]> {
  const cluster = await startCluster(databaseUrl === null ? {} : { databaseUrl });
  try {
    const graph = readGraph(cluster.folder);
    const summary = await importEdges({ file: graph.file, urls: cluster.urls, onProgress: () => undefined });
    const acknowledged = 2 * summary.friendshipsPerSecondAcknowledged;
    const materialized = 2 * summary.friendshipsPerSecondMaterialized;
    const wrong = await wrongCounts(cluster, graph);
    const memory = cluster.nodes.map((node) => residentMegabytes(node.pid ?? 0));
    const largest = Math.max(...memory);
    return [
      {
        name: `${name}: associations acknowledged`,
        measured: acknowledged,
        unit: '/s',
        bound: associationsPerSecondBound,
        ok: acknowledged >= associationsPerSecondBound,
        note: `${summary.friendships} friendships in ${summary.acknowledgedSeconds.toFixed(2)} s`,
      },
      {
        name: `${name}: associations materialized`,
        measured: materialized,
        unit: '/s',
        bound: associationsPerSecondBound,
        ok: materialized >= associationsPerSecondBound,
        note: `after ${summary.materializedSeconds.toFixed(2)} s`,
      },
      {
        name: `${name}: people whose totalCount differs from the file, over all nodes`,
        measured: wrong,
        unit: 'people',
        bound: 0,
        ok: wrong === 0,
      },
      {
        name: `${name}: largest node with the graph in its cache`,
        measured: largest,
        unit: 'MB',
        bound: memoryBoundMb,
        ok: largest <= memoryBoundMb,
      },
    ];
  } finally {
    await cluster.stop();
  }
}

function readGraph(folder: string): SocialGraphFile {
  const file = process.env['GRAPH_FILE'];
  if (!file) return writeSocialGraph(folder, size);
  const bytes = readFileSync(file);
  const lines = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trim().split('\n');
  return { file, degrees: degreesOf(lines), friendships: lines.length };
}

/** Asks every node for everybody, by handle. */
async function wrongCounts(cluster: TestCluster, graph: SocialGraphFile): Promise<number> {
  const people = [...graph.degrees];
  let wrong = 0;
  for (const node of cluster.nodes) {
    for (let start = 0; start < people.length; start += handlesPerRequest) {
      const chunk = people.slice(start, start + handlesPerRequest);
      const fields = chunk.map(
        ([handle], nth) => `p${nth}: user(handle: "${handle}") { friends(first: 1) { totalCount } }`,
      );
      const query = `query Counts @read(consistency: LINEARIZABLE) { ${fields.join(' ')} }`;
      const data = await askForData<
        Readonly<Record<string, { readonly friends: { readonly totalCount: number } } | null>>
      >(node.url, query);
      wrong += chunk.filter(([, degree], nth) => data[`p${nth}`]?.friends.totalCount !== degree).length;
    }
  }
  return wrong;
}

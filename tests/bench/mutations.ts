// Whole mutations: GraphQL to followers, forwarded, replicated, fsynced and, by the end, materialized. The client shares the cores with the
// nodes, so what a mutation costs each process is told beside the rate. On a server, in turns, the same mutations by mercurius on that
// server: one process, unreplicated.
import { GraphClient } from '#bot/graph-client.ts';
import { untilMaterialized } from '#server/command-line/until-materialized.ts';
import { askForData, startCluster, type TestCluster } from '#tests/support/cluster-process.ts';
import { KeepAlivePost } from '#tests/support/keep-alive-post.ts';
import { costOf, type LoadFigures } from '#tests/support/measured-load.ts';
import { createAuthor } from '#tests/support/recording-client.ts';
import type { DatabaseService } from '#tests/support/services.ts';
import { median } from '#tests/support/statistics.ts';
import { startMercurius } from './mercurius/start-mercurius.ts';
import { onEachDatabase } from './on-each-database.ts';
import { roundsOf, secondsOf } from './parameters.ts';
import { postStatuses, type WritePlace } from './post-statuses.ts';
import type { BenchRow } from './row.ts';

const inFlight = 64;
const requestTimeoutMs = 10_000;
const perSecondMin = 5_000;
const p99MsMax = 60;
const baselineRatioMin = 1.3;

export function run(): Promise<readonly BenchRow[]> {
  return onEachDatabase(measure);
}

async function measure(
  database: string,
  databaseUrl: string | null,
  server: DatabaseService | null,
): Promise<readonly BenchRow[]> {
  const cluster = await startCluster(databaseUrl === null ? {} : { databaseUrl });
  const mercurius = server === null ? null : await startMercurius(server.freshUrl());
  const posts = new KeepAlivePost();
  try {
    const leader = await cluster.leader();
    const followers = await cluster.followers();
    const databasePid = server?.pid() ?? null;
    const databasePids = databasePid === null ? [] : [['database', databasePid] as const];
    const nodePids = cluster.nodes.map(
      (node) => [node === leader ? 'leader' : node.options.id, node.pid ?? 0] as const,
    );
    const ours: WritePlace = {
      urls: followers.map(({ url }) => url),
      author: await createAuthor(leader.url),
      pids: new Map([...nodePids, ...databasePids]),
    };
    const baseline: WritePlace | null = mercurius && {
      urls: [mercurius.url],
      author: await createAuthor(mercurius.url),
      pids: new Map([['mercurius', mercurius.pid], ...databasePids]),
    };
    const load = { posts, inFlight, measureMs: secondsOf(5) * 1_000 };
    const turns: LoadFigures[] = [];
    const baselineTurns: LoadFigures[] = [];
    const behindMs: number[] = [];
    for (let round = 0; round < roundsOf(3); round += 1) {
      turns.push(await postStatuses(ours, load));
      // The other one is not to pay for what is left to do.
      behindMs.push(await materializedMs(leader.url, cluster));
      if (baseline !== null) baselineTurns.push(await postStatuses(baseline, load));
    }
    return rowsOf(database, { turns, baselineTurns, behindMs });
  } finally {
    posts.close();
    mercurius?.stop();
    await cluster.stop();
  }
}

function rowsOf(
  database: string,
  measured: {
    readonly turns: readonly LoadFigures[];
    readonly baselineTurns: readonly LoadFigures[];
    readonly behindMs: readonly number[];
  },
): readonly BenchRow[] {
  const { turns, baselineTurns, behindMs } = measured;
  const perSecond = median(turns.map((turn) => turn.perSecond));
  const p99Ms = median(turns.map((turn) => turn.p99Ms));
  const rows: BenchRow[] = [
    {
      name: `mutations, ${inFlight} in flight, ${database}`,
      measured: perSecond,
      unit: '/s',
      bound: perSecondMin,
      ok: perSecond >= perSecondMin,
      note: `${lastCost(turns)}; materialized ${median(behindMs).toFixed(0)} ms after the last one`,
    },
    {
      name: `their latency, p99, ${database}`,
      measured: p99Ms,
      unit: 'ms',
      bound: p99MsMax,
      ok: p99Ms <= p99MsMax,
      note: `median ${median(turns.map((turn) => turn.medianMs)).toFixed(1)} ms`,
    },
  ];
  if (baselineTurns.length === 0) return rows;
  const ratio = median(turns.map((turn, round) => turn.perSecond / (baselineTurns[round]?.perSecond ?? 0)));
  return [
    ...rows,
    {
      name: `against mercurius on ${database}, unreplicated`,
      measured: ratio,
      unit: '×',
      bound: baselineRatioMin,
      ok: ratio >= baselineRatioMin,
      note: `${median(baselineTurns.map((turn) => turn.perSecond)).toFixed(0)}/s, p99 ${median(baselineTurns.map((turn) => turn.p99Ms)).toFixed(1)} ms; ${lastCost(baselineTurns)}`,
    },
  ];
}

function lastCost(turns: readonly LoadFigures[]): string {
  const last = turns.at(-1);
  return last === undefined ? '' : costOf(last);
}

/** Until the database has every commit. */
async function materializedMs(url: string, { urls }: TestCluster): Promise<number> {
  const fromMs = performance.now();
  const { cluster } = await askForData<{ cluster: { commitIndex: string } }>(url, '{ cluster { commitIndex } }');
  const client = new GraphClient({ urls, requestTimeoutMs, patienceMs: requestTimeoutMs });
  await untilMaterialized(client, Number(cluster.commitIndex));
  return performance.now() - fromMs;
}

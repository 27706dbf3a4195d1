// Whole mutations: GraphQL to followers, forwarded, replicated, fsynced and, by the end, materialized. The client shares the cores with the
// nodes, so what a mutation costs each process is told beside the rate.
import { v7 as uuidv7 } from 'uuid';
import { GraphClient } from '#bot/graph-client.ts';
import { untilMaterialized } from '#server/command-line/until-materialized.ts';
import { askForData, startCluster, type TestCluster } from '#tests/support/cluster-process.ts';
import { KeepAlivePost } from '#tests/support/keep-alive-post.ts';
import { elapse } from '#tests/support/elapse.ts';
import { cpuSeconds } from '#tests/support/process-usage.ts';
import { createAuthor } from '#tests/support/recording-client.ts';
import { median, quantile } from '#tests/support/statistics.ts';
import { onEachDatabase } from './on-each-database.ts';
import { secondsOf } from './parameters.ts';
import type { BenchRow } from './row.ts';

const inFlight = 64;
const warmUpMs = 5_000;
const requestTimeoutMs = 10_000;
const perSecondMin = 5_000;
const p99MsMax = 60;
const post = 'mutation ($input: PostStatusInput!) { postStatus(input: $input) { status { id } commit { index } } }';

export function run(): Promise<readonly BenchRow[]> {
  return onEachDatabase(measure);
}

async function measure(database: string, databaseUrl: string | null): Promise<readonly BenchRow[]> {
  const cluster = await startCluster(databaseUrl === null ? {} : { databaseUrl });
  const posts = new KeepAlivePost();
  try {
    const leader = await cluster.leader();
    const followers = await cluster.followers();
    const author = await createAuthor(leader.url);
    const latenciesMs: number[] = [];
    const failures = new Set<string>();
    const stop = new AbortController();
    const client = async (nth: number): Promise<void> => {
      const url = `${followers[nth % followers.length]?.url}/graphql`;
      while (!stop.signal.aborted) {
        const key = uuidv7();
        const body = JSON.stringify({ query: post, variables: { input: { author, text: key, idempotencyKey: key } } });
        const sentMs = performance.now();
        const answer = JSON.stringify(await posts.send(url, body, requestTimeoutMs));
        latenciesMs.push(performance.now() - sentMs);
        if (answer.includes('"errors"')) failures.add(answer);
      }
    };
    const clients = Array.from({ length: inFlight }, (_, nth) => client(nth));
    await elapse(warmUpMs);
    latenciesMs.length = 0;
    const before = usage(cluster);
    await elapse(secondsOf(10) * 1_000);
    const after = usage(cluster);
    const measured = latenciesMs.slice();
    stop.abort();
    await Promise.all(clients);
    const behindMs = await materializedMs(leader.url);
    const perSecond = (measured.length * 1_000) / (after.atMs - before.atMs);
    const cost = (id: string): string =>
      `${((((after.cpu.get(id) ?? 0) - (before.cpu.get(id) ?? 0)) * 1e6) / measured.length).toFixed(0)} µs`;
    const nodes = cluster.nodes.map((node) => `${node === leader ? 'leader' : 'follower'} ${cost(node.options.id)}`);
    return [
      {
        name: `mutations, ${inFlight} in flight, ${database}`,
        measured: perSecond,
        unit: '/s',
        bound: perSecondMin,
        ok: perSecond >= perSecondMin,
        note: `processor time of each mutation: ${nodes.join(', ')}, client ${cost('client')}; materialized ${behindMs.toFixed(0)} ms after the last one`,
      },
      {
        name: `their latency, p99, ${database}`,
        measured: quantile(measured, 0.99),
        unit: 'ms',
        bound: p99MsMax,
        ok: quantile(measured, 0.99) <= p99MsMax,
        note: `median ${median(measured).toFixed(1)} ms`,
      },
      {
        name: `failed, ${database}`,
        measured: failures.size,
        unit: 'mutations',
        bound: 0,
        ok: failures.size === 0,
        note: [...failures].slice(0, 2).join(' | '),
      },
    ];
  } finally {
    posts.close();
    await cluster.stop();
  }
}

interface Usage {
  readonly atMs: number;
  /** Seconds of processor time, by node, and of this process. */
  readonly cpu: ReadonlyMap<string, number>;
}

function usage(cluster: TestCluster): Usage {
  const { user, system } = process.cpuUsage();
  const nodes = cluster.nodes.map((node) => [node.options.id, cpuSeconds(node.pid ?? 0)] as const);
  return { atMs: performance.now(), cpu: new Map([...nodes, ['client', (user + system) / 1e6]]) };
}

/** Until the database has every commit. */
async function materializedMs(url: string): Promise<number> {
  const fromMs = performance.now();
  const { cluster } = await askForData<{ cluster: { commitIndex: string } }>(url, '{ cluster { commitIndex } }');
  const client = new GraphClient({ urls: [url], requestTimeoutMs, patienceMs: requestTimeoutMs });
  await untilMaterialized(client, Number(cluster.commitIndex));
  return performance.now() - fromMs;
}

// What the database may do while clients write, and nothing is lost, doubled or half: it is stopped for a minute and started again; it goes
// back to what it was some seconds ago, as when a replica that lagged is promoted; and it is killed a hundred times. The rate while it is away
// is told against the rate before, in the same run.
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startCluster, type TestCluster } from '#tests/support/cluster-process.ts';
import { antiJoins } from '#tests/support/anti-joins.ts';
import { elapse } from '#tests/support/elapse.ts';
import { cpuSeconds, residentMegabytes } from '#tests/support/process-usage.ts';
import { createAuthor, judge, readJournal, RecordingClient, type Verdict } from '#tests/support/recording-client.ts';
import { isMissing, privateDatabase, type DatabaseService } from '#tests/support/services.ts';
import { waitFor } from '#tests/support/wait.ts';
import { lostAndDoubled } from './lost-and-doubled.ts';
import { leftOut } from './on-each-database.ts';
import { roundsOf, secondsOf } from './parameters.ts';
import type { BenchRow } from './row.ts';

const inFlight = 16;
const pauseMs = 10;
const requestTimeoutMs = 5_000;
const kills = 100;
const outageSeconds = 60;
const beforeMs = 5_000;
const lagMs = 5_000;
/** A database that was killed reads its own log first; then the leader claims it and writes what it lacks. */
const caughtUpBoundMs = 120_000;
const acknowledgementsBetweenKills = 50;

export async function run(): Promise<readonly BenchRow[]> {
  const database = await privateDatabase();
  if (isMissing(database)) return [leftOut(database.reason)];
  try {
    if (database.faults === null) return [leftOut('the database that was given is not ours to break')];
    return [
      ...(await underLoad(database, 'stopped', (load) => stopForAWhile(load))),
      ...(await underLoad(database, 'went back', (load) => goBack(load))),
      ...(await underLoad(database, 'killed', (load) => killAgainAndAgain(load))),
    ];
  } finally {
    await database.stop();
  }
}

interface Load {
  readonly cluster: TestCluster;
  readonly client: RecordingClient;
  readonly database: DatabaseService;
}

/** Writes, breaks, waits until the database has everything, and asks every node and the database itself. */
async function underLoad(
  database: DatabaseService,
  name: string,
  breakIt: (load: Load) => Promise<readonly BenchRow[]>,
): Promise<readonly BenchRow[]> {
  const url = database.freshUrl();
  const cluster = await startCluster({ databaseUrl: url });
  try {
    const author = await createAuthor((await cluster.leader()).url);
    const journal = join(cluster.folder, 'journal.jsonl');
    const client = new RecordingClient({ urls: cluster.urls, author, journal, inFlight, pauseMs, requestTimeoutMs });
    client.start();
    let rows: readonly BenchRow[];
    try {
      await progress(client);
      rows = await breakIt({ cluster, client, database });
      await progress(client);
    } finally {
      await client.stop();
    }
    await caughtUp(cluster);
    const verdicts: Verdict[] = [];
    for (const node of cluster.nodes) verdicts.push(await judge(node.url, author, readJournal(journal)));
    const halves = await antiJoins(url);
    const half: BenchRow = {
      name: `${name}: kinds of contradiction in the database`,
      measured: halves.length,
      unit: 'kinds',
      bound: 0,
      ok: halves.length === 0,
      note: halves.join('; '),
    };
    return [...rows, ...lostAndDoubled(name, verdicts), half];
  } finally {
    await cluster.stop();
  }
}

async function stopForAWhile({ cluster, client, database }: Load): Promise<readonly BenchRow[]> {
  const before = await rateOver(client, cluster, beforeMs);
  await database.kill();
  const away = await rateOver(client, cluster, secondsOf(outageSeconds) * 1_000);
  await database.restart();
  const fromMs = performance.now();
  await caughtUp(cluster);
  const ratio = away.perSecond / before.perSecond;
  const cost = `${away.cpuMicros.toFixed(0)} µs of the nodes each, against ${before.cpuMicros.toFixed(0)} µs; largest node ${away.largestMb.toFixed(0)} MB`;
  return [
    {
      name: `mutations acknowledged while the database was away ${secondsOf(outageSeconds)} s, against before`,
      measured: ratio,
      unit: '×',
      bound: 0.5,
      ok: ratio >= 0.5,
      note: `${away.perSecond.toFixed(0)}/s against ${before.perSecond.toFixed(0)}/s; ${cost}`,
    },
    {
      name: 'from its start until it had all that was acknowledged meanwhile',
      measured: (performance.now() - fromMs) / 1_000,
      unit: 's',
      bound: null,
      ok: true,
    },
  ];
}

/** The files of a moment come back, which is what the cluster sees of a replica that lacks the last seconds. */
async function goBack({ cluster, database }: Load): Promise<readonly BenchRow[]> {
  const { dataFolder } = database;
  if (dataFolder === null) return [leftOut('the database has no files here to go back to')];
  const copy = `${dataFolder}.copy`;
  const kept = await materialized(cluster);
  await database.kill();
  cpSync(dataFolder, copy, { recursive: true });
  await database.restart();
  await elapse(lagMs);
  await caughtUp(cluster);
  const reached = await materialized(cluster);
  await database.kill();
  rmSync(dataFolder, { recursive: true });
  cpSync(copy, dataFolder, { recursive: true });
  await database.restart();
  const fromMs = performance.now();
  await caughtUp(cluster);
  return [
    {
      name: 'until a database that went back had everything again',
      measured: (performance.now() - fromMs) / 1_000,
      unit: 's',
      bound: null,
      ok: reached > kept,
      note: `it had been at index ${reached}, and was at about ${kept} again`,
    },
  ];
}

async function materialized(cluster: TestCluster): Promise<number> {
  return Number((await (await cluster.leader()).health(1_000))?.['materializedIndex']);
}

async function killAgainAndAgain({ cluster, client, database }: Load): Promise<readonly BenchRow[]> {
  const rounds = roundsOf(kills);
  let longestMs = 0;
  for (let round = 0; round < rounds; round += 1) {
    await progress(client);
    await database.kill();
    // Writes to what is cached go on while nobody can be asked.
    await progress(client);
    const fromMs = performance.now();
    await database.restart();
    await caughtUp(cluster);
    longestMs = Math.max(longestMs, performance.now() - fromMs);
  }
  return [
    {
      name: `kill -9 of the database, ${rounds} times: the longest from its start until it had caught up`,
      measured: longestMs / 1_000,
      unit: 's',
      bound: null,
      ok: true,
    },
  ];
}

interface Rate {
  readonly perSecond: number;
  /** Of all nodes, each mutation. */
  readonly cpuMicros: number;
  readonly largestMb: number;
}

async function rateOver(client: RecordingClient, { nodes }: TestCluster, ms: number): Promise<Rate> {
  const pids = nodes.map((node) => node.pid ?? 0);
  const used = (): number => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const [count, cpu, fromMs] = [client.acknowledgedAtMs.length, used(), performance.now()];
  await elapse(ms);
  const acknowledged = client.acknowledgedAtMs.length - count;
  return {
    perSecond: (acknowledged * 1_000) / (performance.now() - fromMs),
    cpuMicros: ((used() - cpu) * 1e6) / Math.max(1, acknowledged),
    largestMb: Math.max(...pids.map(residentMegabytes)),
  };
}

async function progress(client: RecordingClient): Promise<void> {
  const wanted = client.acknowledgedAtMs.length + acknowledgementsBetweenKills;
  const isThere = (): boolean => client.acknowledgedAtMs.length >= wanted;
  await waitFor(`${acknowledgementsBetweenKills} more acknowledgements`, isThere, 30_000).catch((error: unknown) => {
    throw new Error(`${String(error)}; ${client.failedAttempts.slice(-3).join(' | ')}`, { cause: error });
  });
}

/** Until the database has all that is committed now, while more may come. */
async function caughtUp(cluster: TestCluster): Promise<void> {
  const committed = Number((await (await cluster.leader()).health(1_000))?.['commitIndex']);
  if (!Number.isFinite(committed)) throw new Error('the leader does not say how far its log is');
  await waitFor(
    `the database to have entry ${committed}`,
    async () => {
      const healths = await Promise.all(cluster.nodes.map((node) => node.health(1_000)));
      return healths.every((health) => Number(health?.['materializedIndex']) >= committed);
    },
    caughtUpBoundMs,
  );
}

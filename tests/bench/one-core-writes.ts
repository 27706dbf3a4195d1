// Writes of one node and its database server on one core, against mercurius with the same server on the same core, in turns. The client has
// another core to itself, so the rates are what a core can do.
import { startCluster } from '#tests/support/cluster-process.ts';
import { pin, pinningMissing } from '#tests/support/cores.ts';
import { KeepAlivePost } from '#tests/support/keep-alive-post.ts';
import { costOf, type LoadFigures } from '#tests/support/measured-load.ts';
import { createAuthor } from '#tests/support/recording-client.ts';
import { isMissing, privateDatabase, type DatabaseService } from '#tests/support/services.ts';
import { median } from '#tests/support/statistics.ts';
import { waitFor } from '#tests/support/wait.ts';
import { startMercurius } from './mercurius/start-mercurius.ts';
import { leftOut } from './on-each-database.ts';
import { roundsOf, secondsOf } from './parameters.ts';
import { postStatuses, type WritePlace } from './post-statuses.ts';
import type { BenchRow } from './row.ts';

const inFlight = 64;
const ratioMin = 2;
const materializedBoundMs = 30_000;
const core = '0';
const clientCore = '1';

export async function run(): Promise<readonly BenchRow[]> {
  const noPinning = pinningMissing();
  if (noPinning !== null) return [leftOut(noPinning)];
  const database = await privateDatabase();
  if (isMissing(database)) return [leftOut(database.reason)];
  const databasePid = database.pid();
  if (databasePid === null) return [leftOut('the database is no process of ours, and cannot be kept to a core')];
  const before = pin(process.pid, clientCore);
  try {
    pin(databasePid, core);
    return await measure(database, databasePid);
  } finally {
    pin(process.pid, before);
    await database.stop();
  }
}

async function measure(database: DatabaseService, databasePid: number): Promise<readonly BenchRow[]> {
  const cluster = await startCluster({ nodes: 1, databaseUrl: database.freshUrl() });
  const mercurius = await startMercurius(database.freshUrl());
  const posts = new KeepAlivePost();
  try {
    const node = await cluster.leader();
    const place = async (name: string, url: string, pid: number): Promise<WritePlace> => {
      pin(pid, core);
      const pids = new Map([
        [name, pid],
        ['database', databasePid],
      ]);
      return { urls: [url], author: await createAuthor(url), pids };
    };
    const ours = await place('node', node.url, node.pid ?? 0);
    const baseline = await place('mercurius', mercurius.url, mercurius.pid);
    const load = { posts, inFlight, measureMs: secondsOf(4) * 1_000 };
    const turns: LoadFigures[] = [];
    const baselineTurns: LoadFigures[] = [];
    for (let round = 0; round < roundsOf(4); round += 1) {
      turns.push(await postStatuses(ours, load));
      // The other one is not to pay for what is left to do.
      await waitFor('the database to have every commit', () => isMaterialized(node), materializedBoundMs);
      baselineTurns.push(await postStatuses(baseline, load));
    }
    const ratio = median(turns.map((turn, round) => turn.perSecond / (baselineTurns[round]?.perSecond ?? 0)));
    return [
      {
        name: `mutations of one node with ${database.name} on one core, against mercurius with it on that core`,
        measured: ratio,
        unit: '×',
        bound: ratioMin,
        ok: ratio >= ratioMin,
        note: `${describe(turns)} against ${describe(baselineTurns)}`,
      },
    ];
  } finally {
    posts.close();
    mercurius.stop();
    await cluster.stop();
  }
}

async function isMaterialized(node: Awaited<ReturnType<typeof startCluster>>['nodes'][number]): Promise<boolean> {
  const health = await node.health(1_000);
  return health !== null && health['materializedIndex'] === health['commitIndex'];
}

function describe(turns: readonly LoadFigures[]): string {
  const last = turns.at(-1);
  const rate = median(turns.map((turn) => turn.perSecond)).toFixed(0);
  const late = median(turns.map((turn) => turn.p99Ms)).toFixed(0);
  return `${rate}/s, p99 ${late} ms (${last === undefined ? '' : costOf(last)})`;
}

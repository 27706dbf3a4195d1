// Goal: `up` runs what `add` added: at once, again when it dies, and with its next start, until it is removed. And a node in quarantine
// does not keep the others from being ready. Method: the supervisor and the files of `up`, with real processes.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { followAdded, noteAdded, noteRemoved } from '#server/command-line/added-nodes.ts';
import { addNode, removeNode } from '#server/command-line/cluster-commands.ts';
import { planCluster, planNewNode, refuseTakenPorts } from '#server/command-line/cluster-plan.ts';
import { Supervisor } from '#server/command-line/supervisor.ts';
import { freePorts } from '#tests/support/free-ports.ts';
import { waitFor } from '#tests/support/wait.ts';

/** On a machine that is busy with other tests. */
const readyMsMax = 60_000;
const nodes = 3;

interface Health {
  readonly ready: boolean;
  readonly pid: number | null;
}

/** As it says itself; null: nothing runs there, or not yet. */
function pidIn(folder: string): number | null {
  const file = join(folder, 'node.pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : null;
}

/** Those of n1 to n4 follow each other, so four free ones in a row are looked for. */
async function freePlan(dataFolder: string) {
  for (let tries = 0; tries < 50; tries++) {
    const [port = 0, peerPort = 0] = await freePorts(2);
    if (Math.abs(port - peerPort) < 4 || Math.max(port, peerPort) > 65_000) continue;
    const options = { nodes: nodes + 1, port, peerPort, dataFolder, databaseUrl: null, redisUrl: null };
    const taken = await refuseTakenPorts(planCluster(options)).catch((error: unknown) => error);
    if (taken === undefined) return { ...options, nodes };
  }
  throw new Error('no four free ports follow each other');
}

test('a node that was added is run like the others, until it is removed', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'added-'));
  onTestFinished(() => rmSync(dataFolder, { recursive: true }));
  const options = await freePlan(dataFolder);
  const said: string[] = [];
  const up = async () => {
    const plan = planCluster(options);
    const supervisor = new Supervisor(plan, { restart: true, say: (line) => said.push(line) });
    supervisor.start();
    const stopFollowing = followAdded(supervisor, plan, (line) => said.push(line));
    const stop = async (): Promise<void> => {
      stopFollowing();
      await supervisor.stop();
    };
    onTestFinished(stop);
    await supervisor.waitUntilReady(readyMsMax);
    return stop;
  };
  const place = planNewNode({ id: 'n4', dataFolder });
  const healthOf = async (url: string): Promise<Health | null> => {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(1_000) }).catch(() => null);
    return response === null ? null : { ready: response.ok, pid: pidIn(join(dataFolder, 'n4')) };
  };
  const untilReady = (formerPid: number | null = null): Promise<Health> =>
    waitFor(
      'n4 to be ready',
      async () => {
        const health = await healthOf(place.publicUrl);
        return health?.ready && health.pid !== formerPid ? health : null;
      },
      readyMsMax,
    );

  let stop = await up();
  const target = { urls: [`http://127.0.0.1:${options.port}`], json: false };
  noteAdded(dataFolder, 'n4');
  await addNode(target, { id: 'n4', peerUrl: place.peerUrl, publicUrl: place.publicUrl, voter: true });
  const { pid } = await untilReady();
  if (pid === null) throw new Error('n4 left no word of its process');
  process.kill(pid, 'SIGKILL');
  await untilReady(pid);

  await stop();
  expect(await healthOf(place.publicUrl)).toBeNull();
  // One of the others cannot take part any more; two and the one that was added are a majority of four.
  rmSync(join(dataFolder, 'n2', 'log'), { recursive: true });
  said.length = 0;
  stop = await up();
  await untilReady(pid);
  expect(said).toContainEqual(expect.stringMatching(/^n2 takes no part: LOG_MISSING: .*instaface remove n2/));

  await removeNode(target, 'n2');
  await removeNode(target, 'n4');
  noteRemoved(dataFolder, 'n4');
  await waitFor('n4 to end', async () => (await healthOf(place.publicUrl)) === null, readyMsMax);
  expect(said.filter((line) => line.startsWith('n4 '))).toEqual([
    expect.stringContaining('was added'),
    'n4 was removed; ending its process',
  ]);
  await stop();
}, 240_000);

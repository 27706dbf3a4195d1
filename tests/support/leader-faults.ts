import { join } from 'node:path';
import { setPlugged } from '#server/command-line/cluster-commands.ts';
import type { NodeProcess } from '#server/command-line/node-process.ts';
import type { TestCluster } from './cluster-process.ts';
import { createAuthor, judge, readJournal, RecordingClient, type Verdict } from './recording-client.ts';
import { waitFor } from './wait.ts';

export interface FaultRun {
  /** Milliseconds from each fault to the first mutation acknowledged after it that had not been committed before. */
  readonly gapsMs: readonly number[];
  /** What each node says at the end. */
  readonly verdicts: readonly Verdict[];
}

export interface FaultRunOptions {
  readonly rounds: number;
  readonly inFlight: number;
  /** What happens to the leader, and what brings it back. */
  readonly fault: 'kill' | 'unplug' | 'pause';
}

const firstAnswerBoundMs = 15_000;
/** Answers this soon after a kill were on their way already: the gap starts at the first silence. */
const acknowledgementsBetweenFaults = 200;

/** Breaks the leader again and again while a recording client writes, then compares its journal with every node. */
export async function breakLeaderAgainAndAgain(cluster: TestCluster, options: FaultRunOptions): Promise<FaultRun> {
  const author = await createAuthor((await cluster.leader()).url);
  const journal = join(cluster.folder, 'journal.jsonl');
  const client = new RecordingClient({
    urls: cluster.urls,
    author,
    journal,
    inFlight: options.inFlight,
    requestTimeoutMs: 3_000,
  });
  client.start();
  const gapsMs: number[] = [];
  try {
    for (let round = 0; round < options.rounds; round += 1) {
      const before = client.acknowledgedAtMs.length;
      await waitFor(
        'writes to flow',
        () => client.acknowledgedAtMs.length >= before + acknowledgementsBetweenFaults,
        60_000,
      );
      const leader = await cluster.leader();
      const brokenAtMs = await breakNode(leader, options.fault);
      if (options.fault === 'unplug') client.avoid(leader.url);
      gapsMs.push(await gapAfter(client, brokenAtMs));
      await mendNode(cluster, leader, options.fault);
      client.avoid(null);
    }
  } finally {
    await client.stop();
  }
  await cluster.waitUntilReady();
  const verdicts: Verdict[] = [];
  for (const node of cluster.nodes) verdicts.push(await judge(node.url, author, readJournal(journal)));
  return { gapsMs, verdicts };
}

async function breakNode(node: NodeProcess, fault: FaultRunOptions['fault']): Promise<number> {
  if (fault === 'unplug') {
    await setPlugged({ urls: [node.url], json: false }, node.options.id, false);
    return performance.now();
  }
  const atMs = performance.now();
  node.signal(fault === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  if (fault === 'kill') await waitFor(`${node.options.id} to be gone`, () => !node.running);
  return atMs;
}

async function mendNode(cluster: TestCluster, node: NodeProcess, fault: FaultRunOptions['fault']): Promise<void> {
  if (fault === 'unplug') await setPlugged({ urls: cluster.urls, json: false }, node.options.id, true);
  else if (fault === 'pause') node.signal('SIGCONT');
  else node.start();
  await waitFor(`${node.options.id} to be ready again`, async () => (await node.health(1_000))?.ready === true, 60_000);
}

/**
 * The longest silence that begins within the moments after the fault, measured from the fault: answers that were already on their
 * way when the leader died are not its successor's.
 */
async function gapAfter(client: RecordingClient, brokenAtMs: number): Promise<number> {
  return waitFor(
    'a mutation to be acknowledged after the fault',
    () => {
      const after = client.acknowledgedAtMs.filter((atMs) => atMs >= brokenAtMs);
      // Enough answers that the silence lies behind us.
      if (after.length < 50) return null;
      const times = [brokenAtMs, ...after];
      let longest = 0;
      let end = after[0] ?? brokenAtMs;
      for (let place = 1; place < times.length; place += 1) {
        const silence = (times[place] ?? 0) - (times[place - 1] ?? 0);
        if (silence > longest) {
          longest = silence;
          end = times[place] ?? 0;
        }
      }
      return end - brokenAtMs;
    },
    firstAnswerBoundMs,
  );
}

import { join } from 'node:path';
import { ask, type TestCluster } from './cluster-process.ts';
import { createAuthor, judge, readJournal, RecordingClient, type Verdict } from './recording-client.ts';
import { waitFor } from './wait.ts';

export interface HandOverRun {
  /** For each hand-over the longest time without an acknowledgement, from its request until a little after its answer. */
  readonly gapsMs: readonly number[];
  /** The same for stretches as long in which nobody handed anything over: what this machine does by itself. */
  readonly calmGapsMs: readonly number[];
  /** From the request to its answer. */
  readonly transfersMs: readonly number[];
  readonly failedTransfers: readonly string[];
  /** Why requests had to be sent again. */
  readonly failedAttempts: readonly string[];
  readonly perSecond: number;
  readonly verdicts: readonly Verdict[];
}

/** Late answers of the old leader and the first of the new one lie within it. */
const afterMs = 250;
const warmUpAcknowledgements = 2_000;
const transfer = 'mutation ($to: ID!) { transferLeadership(to: $to) { term leader { id } } }';

/** Leadership goes from node to node under load, and every answer is looked at. */
export async function handOverAgainAndAgain(
  cluster: TestCluster,
  options: { readonly rounds: number; readonly inFlight: number },
): Promise<HandOverRun> {
  const author = await createAuthor((await cluster.leader()).url);
  const journal = join(cluster.folder, 'journal.jsonl');
  const { urls } = cluster;
  const client = new RecordingClient({ urls, author, journal, inFlight: options.inFlight, requestTimeoutMs: 5_000 });
  const gapsMs: number[] = [];
  const calmGapsMs: number[] = [];
  const transfersMs: number[] = [];
  const failedTransfers: string[] = [];
  const times = client.acknowledgedAtMs;
  client.start();
  const startedAtMs = performance.now();
  try {
    await waitFor('writes to flow', () => times.length >= warmUpAcknowledgements, 60_000);
    for (let round = 0; round < options.rounds; round += 1) {
      const leader = await cluster.leader();
      const others = cluster.nodes.filter((node) => node !== leader);
      const to = others[round % others.length] ?? leader;
      const fromMs = performance.now();
      const { errors } = await ask(leader.url, transfer, { to: to.options.id });
      const answeredMs = performance.now();
      if (errors) failedTransfers.push(errors.map(({ message }) => message).join('; '));
      transfersMs.push(answeredMs - fromMs);
      const endMs = answeredMs + afterMs;
      await waitFor('time to pass', () => performance.now() > endMs + (endMs - fromMs));
      gapsMs.push(longestGap(times, { fromMs, endMs }));
      calmGapsMs.push(longestGap(times, { fromMs: endMs, endMs: endMs + (endMs - fromMs) }));
    }
  } finally {
    await client.stop();
  }
  const perSecond = (times.length * 1_000) / (performance.now() - startedAtMs);
  const verdicts: Verdict[] = [];
  for (const node of cluster.nodes) verdicts.push(await judge(node.url, author, readJournal(journal)));
  return {
    gapsMs,
    calmGapsMs,
    transfersMs,
    failedTransfers,
    failedAttempts: client.failedAttempts,
    perSecond,
    verdicts,
  };
}

function longestGap(times: readonly number[], window: { readonly fromMs: number; readonly endMs: number }): number {
  const within = times.filter((atMs) => atMs >= window.fromMs && atMs <= window.endMs);
  const marks = [window.fromMs, ...within, window.endMs];
  return marks.reduce((longest, atMs, place) => Math.max(longest, atMs - (marks[place - 1] ?? atMs)), 0);
}

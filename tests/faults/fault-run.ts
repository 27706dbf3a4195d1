// A running cluster of real processes under people (the bot) and clients whose every answer is judged, with a fault every few seconds.
import { join } from 'node:path';
import { runBot } from '#bot/bot.ts';
import { startCluster, type TestCluster } from '#tests/support/cluster-process.ts';
import { createAuthor, judge, readJournal, RecordingClient, type Verdict } from '#tests/support/recording-client.ts';
import { waitFor } from '#tests/support/wait.ts';
import { Dice } from '#tests/simulation/dice.ts';
import { type Agreement, compareNodes } from './agreement.ts';
import { brokenDisks, describeFault, type DrawnFault, type FaultKind, faultKinds, FaultPlan } from './fault-kinds.ts';
import { type Heal, inject, netFaults, setLink, setPlugged, slowFile, type Stage } from './fault-injection.ts';
import { NodeExits } from './node-exits.ts';
import type { PrivateNet } from './private-net.ts';
import { type RegisterOperation, RegisterClients } from './register-clients.ts';
import type { SmallDisks } from './small-disks.ts';

export interface FaultRunOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly totalMs: number;
  readonly everyMs: number;
  /** Null: nodes are on loopback. */
  readonly net: PrivateNet | null;
  /** Null: nodes lie on the disk of the machine. */
  readonly disks: SmallDisks | null;
  /** Of every node's disk, all the time: for a test of the judges. */
  readonly diskFaults: readonly string[];
  /** Of these kinds only. */
  readonly kinds: readonly FaultKind[];
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export interface FaultRunReport {
  readonly faults: number;
  readonly notInjected: number;
  readonly verdicts: readonly Verdict[];
  readonly agreement: Agreement;
  readonly history: readonly RegisterOperation[];
  /** Nodes that ended though nobody killed them, for another reason than a disk that was full or hung. */
  readonly unexplainedExits: readonly string[];
  readonly explainedExits: number;
  /** The longest time without any acknowledged mutation of the recording client. */
  readonly longestSilenceMs: number;
  readonly bot: { readonly sent: number; readonly committed: number; readonly unanswered: number };
}

const recordingClients = 6;
const recordingPauseMs = 40;
const botRate = 20;
const requestTimeoutMs = 2_500;
const healedBoundMs = 90_000;

export async function runFaults(options: FaultRunOptions): Promise<FaultRunReport> {
  const exits = new NodeExits();
  const cluster = await startCluster({
    nodes: options.nodes,
    place: ({ id, folder }) => {
      options.disks?.mount(id, folder);
      // A kill forgets what was not synced, as a power cut does.
      const disk = ['drop-unsynced', ...options.diskFaults, `slow-sync=${slowFile(folder)}`].join(',');
      const env = { INSTAFACE_TEST_DISK: disk, INSTAFACE_TRUSTED_NETWORK: '1' };
      if (options.net === null) return { env };
      return { env, host: options.net.address(id), under: ['ip', 'netns', 'exec', id] };
    },
    unplace: () => options.disks?.unmountAll(),
    onExit: (id, exit) => exits.add(id, exit),
  });
  const stage: Stage = { cluster, net: options.net, disks: options.disks, keptDown: new Set() };
  exits.watch(stage, options.say);
  try {
    return await withClients(cluster, options, (clients) => breakAndJudge(stage, { options, exits, clients }));
  } finally {
    exits.stop();
    await cluster.stop();
  }
}

interface Clients {
  readonly author: string;
  readonly journal: string;
  readonly recording: RecordingClient;
  readonly registers: RegisterClients;
  /** Nothing new is sent; what is under way ends. */
  stop(): Promise<FaultRunReport['bot']>;
}

async function withClients<Result>(
  cluster: TestCluster,
  options: FaultRunOptions,
  act: (clients: Clients) => Promise<Result>,
): Promise<Result> {
  const { urls } = cluster;
  const stopBot = new AbortController();
  let met = false;
  const bot = runBot({
    urls,
    rate: botRate,
    seed: options.seed % 2 ** 32,
    count: null,
    signal: stopBot.signal,
    onProgress: () => (met = true),
  });
  // The bot edits and deletes what it finds when it comes: what is judged must be made later.
  await waitFor('the bot to have begun', () => met, healedBoundMs);
  const author = await createAuthor((await cluster.leader()).url);
  const journal = join(cluster.folder, 'journal.jsonl');
  const recording = new RecordingClient({
    urls,
    author,
    journal,
    requestTimeoutMs,
    inFlight: recordingClients,
    pauseMs: recordingPauseMs,
  });
  const dice = new Dice(options.seed).fork();
  const registers = new RegisterClients({ urls, dice, registers: 6, clients: 8, pauseMs: 15 });
  await registers.start();
  recording.start();
  let stopping: Promise<FaultRunReport['bot']> | null = null;
  const stopAll = async (): Promise<FaultRunReport['bot']> => {
    stopBot.abort();
    await Promise.all([recording.stop(), registers.stop()]);
    return bot;
  };
  const stop = (): Promise<FaultRunReport['bot']> => (stopping ??= stopAll());
  try {
    return await act({ author, journal, recording, registers, stop });
  } finally {
    await stop();
  }
}

interface Run {
  readonly options: FaultRunOptions;
  readonly exits: NodeExits;
  readonly clients: Clients;
}

async function breakAndJudge(stage: Stage, run: Run): Promise<FaultRunReport> {
  const { options, exits, clients } = run;
  const counts = await breakAgainAndAgain(stage, run);
  options.signal.throwIfAborted();
  await healEverything(stage);
  const calmFromMs = performance.now();
  await waitFor(
    'mutations to be acknowledged when all is healed',
    () => clients.recording.acknowledgedAtMs.some((atMs) => atMs > calmFromMs),
    healedBoundMs,
  );
  const bot = await clients.stop();
  await stage.cluster.waitUntilReady(healedBoundMs);
  options.say('all is healed; judging');
  const verdicts: Verdict[] = [];
  for (const node of stage.cluster.nodes) {
    verdicts.push(await judge(node.url, clients.author, readJournal(clients.journal)));
  }
  return {
    ...counts,
    verdicts,
    agreement: await compareNodes(stage.cluster, join(stage.cluster.folder, 'graph.db')),
    history: clients.registers.history,
    unexplainedExits: exits.unexplained,
    explainedExits: exits.explained,
    longestSilenceMs: longestSilence(clients.recording.acknowledgedAtMs),
    bot,
  };
}

interface ActiveFault extends DrawnFault {
  readonly endAtMs: number;
  readonly heal: Heal;
}

async function breakAgainAndAgain(
  stage: Stage,
  { options, exits, clients }: Run,
): Promise<{ readonly faults: number; readonly notInjected: number }> {
  const { signal, say } = options;
  const plan = new FaultPlan({
    dice: new Dice(options.seed),
    kinds: options.kinds,
    nodes: stage.cluster.nodes.map(({ options: node }) => node.id),
  });
  let active: readonly ActiveFault[] = [];
  let faults = 0;
  let notInjected = 0;
  const startedAtMs = performance.now();
  for (
    let dueAtMs = startedAtMs;
    dueAtMs < startedAtMs + options.totalMs && !signal.aborted;
    dueAtMs += options.everyMs
  ) {
    active = await healDue(active, { untilMs: dueAtMs, signal, say });
    const drawn = plan.next(await leaderNow(stage.cluster));
    // Two of a family would mend each other.
    for (const fault of active.filter(({ fault }) => familyOf(fault.kind) === familyOf(drawn.fault.kind))) {
      await healOne(fault, say);
    }
    active = active.filter(({ fault }) => familyOf(fault.kind) !== familyOf(drawn.fault.kind));
    const atS = ((performance.now() - startedAtMs) / 1_000).toFixed(1);
    const answered = clients.recording.acknowledgedAtMs.length + clients.registers.answered;
    try {
      exits.excuse(brokenDisks(drawn.fault), drawn.lastsMs);
      if (drawn.fault.kind === 'pause') exits.excuseKill(drawn.fault.nodes, drawn.lastsMs);
      const heal = await inject(drawn.fault, stage);
      faults += 1;
      say(`${atS} s: ${describeFault(drawn.fault)}, ${drawn.lastsMs} ms; ${answered} operations answered so far`);
      active = [...active, { ...drawn, heal, endAtMs: performance.now() + drawn.lastsMs }];
    } catch (error) {
      notInjected += 1;
      say(`${atS} s: ${describeFault(drawn.fault)} could not be done: ${String(error)}`);
    }
  }
  await healDue(active, { untilMs: Math.max(0, ...active.map(({ endAtMs }) => endAtMs)), signal, say });
  return { faults, notInjected };
}

/** Heals what is due, each at its time, until then; returns what goes on. */
async function healDue(
  active: readonly ActiveFault[],
  {
    untilMs,
    signal,
    say,
  }: { readonly untilMs: number; readonly signal: AbortSignal; readonly say: (line: string) => void },
): Promise<readonly ActiveFault[]> {
  for (const fault of active.toSorted((a, b) => a.endAtMs - b.endAtMs)) {
    if (fault.endAtMs > untilMs && !signal.aborted) continue;
    await untilTime(fault.endAtMs, signal);
    await healOne(fault, say);
  }
  await untilTime(untilMs, signal);
  return active.filter(({ endAtMs }) => endAtMs > untilMs && !signal.aborted);
}

async function healOne({ fault, heal }: ActiveFault, say: (line: string) => void): Promise<void> {
  try {
    await heal();
  } catch (error) {
    // Its node may have been killed since, which heals a switch too; at the end everything is looked at again.
    say(`${describeFault(fault)} could not be healed yet: ${String(error)}`);
  }
}

function familyOf(kind: FaultKind): string {
  if (netFaults.includes(kind)) return 'net';
  if (kind.endsWith('-disk')) return 'disk';
  return kind === 'unplug' || kind === 'cut-link' ? 'switch' : kind === 'transfer' ? 'transfer' : 'process';
}

async function leaderNow(cluster: TestCluster): Promise<string | null> {
  const healths = await Promise.all(cluster.nodes.map((node) => node.health(300)));
  return cluster.nodes.find((_, at) => healths[at]?.['role'] === 'LEADER')?.options.id ?? null;
}

/** Also what a failed healing left. */
async function healEverything({ cluster, disks, keptDown }: Stage): Promise<void> {
  keptDown.clear();
  for (const node of cluster.nodes) {
    node.signal('SIGCONT');
    disks?.free(node.options.id);
  }
  cluster.start();
  for (const node of cluster.nodes) {
    await waitFor(
      `${node.options.id} to be plugged in and its links to be joined: ${node.lastLines(3)}`,
      async () => {
        await setPlugged(node, true);
        for (const { options: other } of cluster.nodes) {
          if (other.id !== node.options.id)
            await setLink(node, { from: node.options.id, to: other.id, connected: true });
        }
        return true;
      },
      healedBoundMs,
    );
  }
  await cluster.waitUntilReady(healedBoundMs);
}

function longestSilence(timesMs: readonly number[]): number {
  return timesMs.reduce((longest, atMs, place) => Math.max(longest, atMs - (timesMs[place - 1] ?? atMs)), 0);
}

export function kindsPossible(options: {
  readonly net: PrivateNet | null;
  readonly disks: SmallDisks | null;
}): readonly FaultKind[] {
  return faultKinds.filter((kind) => {
    if (kind === 'net-loss') return options.net !== null && options.net.lossBy !== null;
    if (netFaults.includes(kind)) return options.net !== null;
    return kind !== 'full-disk' || options.disks !== null;
  });
}

function untilTime(atMs: number, signal: AbortSignal): Promise<void> {
  const leftMs = atMs - performance.now();
  if (leftMs <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, leftMs);
    signal.addEventListener('abort', done, { once: true });
  });
}

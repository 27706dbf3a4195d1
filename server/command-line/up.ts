import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seedDemo } from '#bot/demo.ts';
import { followAdded, planAdded } from './added-nodes.ts';
import { buildWebIfStale } from './build-web.ts';
import { planCluster, refuseTakenPorts, UsageError, type UpOptions } from './cluster-plan.ts';
import { Supervisor } from './supervisor.ts';

const readyBoundMs = 60_000;
const demoPatienceMs = 30_000;
const program = fileURLToPath(new URL('./instaface.ts', import.meta.url));

export interface UpCommand extends UpOptions {
  readonly bot: boolean;
  readonly botRate: number;
  readonly demo: boolean;
  readonly restart: boolean;
  readonly fresh: boolean;
}

/** A whole cluster on this machine, until Ctrl-C. */
export async function up(command: UpCommand): Promise<void> {
  if (command.fresh) removeData(command.dataFolder);
  const plan = planCluster(command);
  await refuseTakenPorts([...plan, ...planAdded(plan)]);
  await buildWebIfStale(() => say('Building the web client, once.'));
  const supervisor = new Supervisor(plan, { restart: command.restart, say });
  const helpers: ChildProcess[] = [];
  const stopped = stopOnSignal(supervisor, helpers);
  supervisor.start();
  const stopFollowing = followAdded(supervisor, plan, say);
  try {
    await supervisor.waitUntilReady(readyBoundMs);
    const urls = supervisor.nodes.map((node) => node.url);
    sayReady(supervisor, command.dataFolder);
    if (command.demo && (await seedDemo(urls, demoPatienceMs))) say('A small demo graph is in.');
    if (command.bot) helpers.push(startBot(urls, command.botRate));
  } catch (error) {
    if (!stopped.asked()) {
      stopFollowing();
      await supervisor.stop();
      throw error;
    }
  }
  await stopped.done;
  stopFollowing();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function sayReady(supervisor: Supervisor, dataFolder: string): void {
  const [first] = supervisor.nodes;
  say('ready');
  for (const node of supervisor.nodes)
    say(`  ${node.options.id}  ${node.url}  (process ${node.pid}, log ${join(node.folder, 'node.log')})`);
  say(
    `  open ${first?.url}/ for the client and ${first?.url}/graphql for the playground; data in ${resolve(dataFolder)}; Ctrl-C stops`,
  );
}

/** Only what a cluster of ours made is removed: a mistyped folder is not. */
function removeData(folder: string): void {
  if (!existsSync(folder)) return;
  if (!existsSync(join(folder, 'secret'))) {
    throw new UsageError(
      `${resolve(folder)} holds no cluster (there is no file "secret" in it), so --fresh leaves it alone.`,
    );
  }
  rmSync(folder, { recursive: true });
}

function startBot(urls: readonly string[], rate: number): ChildProcess {
  // Other dice at each start: the people of the last run are still there, and their handles are taken.
  const seed = String(Date.now() % 1_000_000_007);
  const bot = spawn(
    process.execPath,
    [program, 'bot', '--url', urls.join(','), '--rate', String(rate), '--seed', seed, '--quiet'],
    {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      detached: true,
    },
  );
  say(`The bot acts ${rate} times a second (--no-bot leaves it out).`);
  return bot;
}

/** The first signal stops everything in order; a second one at once. */
function stopOnSignal(
  supervisor: Supervisor,
  helpers: readonly ChildProcess[],
): { readonly done: Promise<void>; readonly asked: () => boolean } {
  let asked = false;
  const done = new Promise<void>((resolveDone) => {
    const onSignal = (): void => {
      if (asked) {
        supervisor.killNow();
        for (const helper of helpers) helper.kill('SIGKILL');
        process.exit(130);
      }
      asked = true;
      say('Stopping. (Again to stop at once.)');
      for (const helper of helpers) helper.kill('SIGTERM');
      void supervisor.stop().then(resolveDone);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
  return { done, asked: () => asked };
}

import { readdirSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { recover, RecoverError, type RecoverPlan } from '#server/recover.ts';
import { databaseOf, UsageError } from './cluster-plan.ts';

export interface RecoverCommand {
  readonly data: string;
  /** Null: that of the cluster of `up` in the data folder, else DATABASE_URL. */
  readonly database: string | null;
  /** Null: whose folders are there, else n1, n2, n3. */
  readonly members: readonly string[] | null;
  readonly urls: readonly string[];
  readonly yes: boolean;
  readonly json: boolean;
}

const healthMsMax = 1_000;
const word = 'recover';

/** What to print. Rejects with RecoverError or UsageError. */
export async function recoverCommand(command: RecoverCommand): Promise<string> {
  const { data, json, urls } = command;
  if (!command.yes && !process.stdin.isTTY)
    throw new UsageError('Recovering gives up what is not in the database, so somebody has to agree: add --yes.');
  const databaseUrl =
    command.database ?? databaseOf(data) ?? process.env['DATABASE_URL'] ?? `sqlite:${join(resolve(data), 'graph.db')}`;
  const plan = await recover({
    databaseUrl,
    dataFolder: data,
    members: command.members ?? membersIn(data),
    confirm: async (found) => {
      await refuseRunning(urls, found.oldCluster);
      if (command.yes) return true;
      process.stderr.write(describeLoss(found));
      return agreed();
    },
  });
  if (plan === null) return 'Nothing was changed.';
  return json ? JSON.stringify({ ...plan, folders: Object.fromEntries(plan.folders) }) : describeNext(plan);
}

/** Nodes that went on without their logs on disk still answer. */
async function refuseRunning(urls: readonly string[], cluster: string): Promise<void> {
  const running = await Promise.all(urls.map(async (url) => ((await clusterAt(url)) === cluster ? url : null)));
  const url = running.find((one) => one !== null);
  if (url === undefined) return;
  throw new RecoverError('CLUSTER_RUNS', `${url} is a node of the cluster ${cluster}: stop all of its nodes first`);
}

async function clusterAt(url: string): Promise<unknown> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(healthMsMax) });
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null && 'cluster' in body ? body.cluster : null;
  } catch {
    // Nobody answers there, which is what recovering asks for.
    return null;
  }
}

async function agreed(): Promise<boolean> {
  const questions = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await questions.question(`Type «${word}» to go on: `)).trim() === word;
  } finally {
    questions.close();
  }
}

function membersIn(data: string): readonly string[] {
  const found = existsSync(data)
    ? readdirSync(data).filter((name) => existsSync(join(data, name, 'identity.json')))
    : [];
  return found.length > 0 ? found.toSorted() : ['n1', 'n2', 'n3'];
}

function describeLoss({ oldCluster, materializedIndex, folders }: RecoverPlan): string {
  return `The database of cluster ${oldCluster} holds every commit up to ${materializedIndex}. This makes a new cluster of ${[...folders.keys()].join(', ')} from it, and gives up:
  - every mutation that was acknowledged after commit ${materializedIndex}; how many there were, nobody can say
  - the idempotency keys of those mutations: a retry takes effect
  - the old cluster: its nodes and their logs are refused by the new one, for ever
Make sure that no node of the old cluster runs, and that none of their logs is left on any machine.
`;
}

function describeNext({ newCluster, startIndex, folders }: RecoverPlan): string {
  const places = [...folders].map(([id, folder]) => `  ${id}  ${folder}`);
  return [
    `The database belongs to the new cluster ${newCluster}, whose log begins after ${startIndex}. Its nodes have their folders:`,
    ...places,
    'Start them; one of another machine needs its folder there first.',
  ].join('\n');
}

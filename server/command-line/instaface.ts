import { Command, InvalidArgumentError, Option } from 'commander';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { SingleBar } from 'cli-progress';
import { RequestRefused, NoAnswer } from '#bot/graph-client.ts';
import { isClusterAt, nodesMax, planNewNode, UsageError } from './cluster-plan.ts';
import { noteAdded, noteRemoved } from './added-nodes.ts';
import { isNodeId } from '#server/config/address.ts';
import { addNode, promoteNode, removeNode, setLink, setPlugged, status, transfer } from './cluster-commands.ts';
import type { ClusterTarget } from './cluster-commands.ts';
import type { ExportSummary } from './export-graph.ts';
import type { ImportOptions, ImportSummary } from './import-edges.ts';
import type { GraphImportSummary } from './import-graph.ts';

const compiledFolder = fileURLToPath(new URL('../../.cache/compiled', import.meta.url));
const defaultUrls = ['http://127.0.0.1:4000', 'http://127.0.0.1:4001', 'http://127.0.0.1:4002'];

const program = new Command('instaface')
  .description('A social graph that any number of machines serve as one.')
  .showHelpAfterError();

/** With these, a node that was to be added is certainly no member. */
const neverAdded: ReadonlySet<string> = new Set(['BAD_INPUT', 'LIMIT_EXCEEDED', 'FORBIDDEN', 'UNAUTHENTICATED']);

program
  .command('up')
  .description('a whole cluster on this machine, a process per node, until Ctrl-C')
  .option('--nodes <count>', 'how many', wholeNumber(1, nodesMax), 3)
  .option('--port <port>', 'of n1 for clients; n2 has the next', wholeNumber(1, 65_535 - nodesMax), 4000)
  .option('--peer-port <port>', 'of n1 for the other nodes', wholeNumber(1, 65_535 - nodesMax), 4100)
  .option('--data <folder>', 'where everything is kept', '.instaface')
  .option('--database <url>', 'mysql://user:password@host:port/schema (default: SQLite in the data folder)')
  .option('--redis <url>', 'members and addresses come from Redis')
  .option('--bot-rate <rate>', 'mutations a second of the bot', wholeNumber(1, 500), 5)
  .option('--no-bot', 'without the bot')
  .option('--no-demo', 'without the demo graph')
  .option('--no-restart', 'a node that dies stays dead')
  .option('--fresh', 'remove the data of an earlier run first', false)
  .action(async (options) => {
    const { up } = await import('./up.ts');
    await up({
      ...options,
      dataFolder: options.data,
      databaseUrl: options.database ?? null,
      redisUrl: options.redis ?? null,
    });
  });

withNodeOptions(program.command('node').description('one node, for containers and other machines')).action(
  async (flags: Record<string, string>) => {
    // Reading and compiling a thousand files is most of what a start takes. Not in a folder that others may write to: this is code.
    enableCompileCache(compiledFolder);
    const { runNode } = await import('#server/main.ts');
    await runNode(flags);
  },
);

withNodeOptions(
  program
    .command('doctor')
    .description('look for what would trouble a node with these flags: ports, disk, database, secret, clock')
    .option('--json', 'as one line', false),
).action(async ({ json, ...flags }: Record<string, string> & { json: boolean }) => {
  const { doctorCommand } = await import('./doctor-command.ts');
  const { text, healthy } = await doctorCommand(flags, { json });
  process.stdout.write(`${text}\n`);
  if (!healthy) process.exitCode = 1;
});

program
  .command('config')
  .argument('[changes...]', 'name=value; name= for the default again')
  .description('show what the nodes share in Redis, and set timings and limits there')
  .option('--redis <url>', 'default: REDIS_URL')
  .option('--cluster <name>', 'the name of the cluster in Redis')
  .option('--json', 'as one line', false)
  .action(async (changes: readonly string[], { redis, cluster, json }) => {
    const { configCommand } = await import('./config-command.ts');
    process.stdout.write(`${await configCommand(changes, { redis, cluster, json })}\n`);
  });

program
  .command('bot')
  .description('people who join, befriend, post, like, edit and leave')
  .option('--url <urls>', 'nodes, separated by commas', urlList, defaultUrls)
  .option('--rate <rate>', 'mutations a second', wholeNumber(1, 5_000), 5)
  .option('--seed <seed>', 'of its dice', wholeNumber(0, 2 ** 32 - 1), 1)
  .option('--count <count>', 'stop after so many', wholeNumber(1, 1_000_000_000))
  .option('--quiet', 'no progress', false)
  .option('--json', 'the summary as one line', false)
  .action(async (options) => {
    const { botCommand } = await import('./bot-command.ts');
    await botCommand({ ...options, urls: options.url, count: options.count ?? null });
  });

program
  .command('import')
  .argument('<file>', 'an edge list, `u v` a line, or what `export` wrote; .gz is read too')
  .description('a graph from a file; started again it goes on where it was')
  .addOption(new Option('--format <format>', 'of the file').choices(['edges', 'jsonl']).default('edges'))
  .option('--url <urls>', 'nodes, separated by commas', urlList, defaultUrls)
  .option('--json', 'the summary as one line', false)
  .action(async (file: string, options: TransferOptions & { readonly format: 'edges' | 'jsonl' }) => {
    const source = { file, urls: options.url };
    if (options.format === 'jsonl') {
      const { importGraph } = await import('./import-graph.ts');
      const summary = await withBar(options, (onProgress) => importGraph({ ...source, onProgress }));
      process.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : describeGraphImport(summary));
      return;
    }
    const { importEdges } = await import('./import-edges.ts');
    const summary = await withBar(options, (onProgress) => importEdges({ ...source, onProgress }));
    process.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : describeImport(summary));
  });

program
  .command('export')
  .argument('<file>', 'where the graph goes, as lines of JSON')
  .description('the whole graph into a file, for `import FILE --format jsonl`')
  .option('--url <urls>', 'nodes, separated by commas', urlList, defaultUrls)
  .option('--json', 'the summary as one line', false)
  .action(async (file: string, options: TransferOptions) => {
    const { exportGraph } = await import('./export-graph.ts');
    const summary = await withBar(options, (onProgress) => exportGraph({ file, urls: options.url, onProgress }));
    process.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : describeExport(summary));
  });

interface TransferOptions {
  readonly url: readonly string[];
  readonly json: boolean;
}

/** A bar on the terminal for as long as it takes; none in a pipe, or where the summary is for a program. */
async function withBar<Summary>(
  { json }: TransferOptions,
  act: (onProgress: ImportOptions['onProgress']) => Promise<Summary>,
): Promise<Summary> {
  const bar = new SingleBar({
    format: '{bar} {percentage}% | {stage} {value}/{total} | {eta_formatted}',
    stream: process.stderr,
    hideCursor: true,
  });
  let shown = '';
  try {
    return await act(({ stage, done, total }) => {
      if (json || !process.stderr.isTTY) return;
      if (stage !== shown) bar.start(total, done, { stage });
      shown = stage;
      bar.setTotal(total);
      bar.update(done, { stage });
    });
  } finally {
    bar.stop();
  }
}

function describeExport(summary: ExportSummary): string {
  const { file, entities, associations, leftOut, firstIndex, lastIndex, isOneMoment } = summary;
  const moment = isOneMoment
    ? `The graph as it was at commit ${firstIndex}.\n`
    : `Everything up to commit ${firstIndex}; of what changed from there to ${lastIndex}, some is in it and some is not.\n`;
  const left = leftOut > 0 ? `, ${leftOut} to entities that were created meanwhile left out` : '';
  return `${file}: ${entities} entities, ${associations} associations${left}\n${moment}`;
}

function describeGraphImport(summary: GraphImportSummary): string {
  const { entities, associations, linesDoneBefore, commitIndex } = summary;
  return (
    `${entities} entities, ${associations} associations` +
    `${linesDoneBefore > 0 ? `, ${linesDoneBefore} lines were there already` : ''}; last commit ${commitIndex}\n` +
    `acknowledged after ${summary.acknowledgedSeconds.toFixed(2)} s, materialized after ${summary.materializedSeconds.toFixed(2)} s\n`
  );
}

function describeImport(summary: ImportSummary): string {
  const { people, peopleCreated, friendships, repeatedLines } = summary;
  return (
    `${people} people (${peopleCreated} new), ${friendships} friendships` +
    `${repeatedLines > 0 ? `, ${repeatedLines} repeated lines` : ''}; last commit ${summary.commitIndex}\n` +
    `acknowledged after ${summary.acknowledgedSeconds.toFixed(2)} s: ${Math.round(summary.friendshipsPerSecondAcknowledged)} friendships/s\n` +
    `materialized after ${summary.materializedSeconds.toFixed(2)} s: ${Math.round(summary.friendshipsPerSecondMaterialized)} friendships/s\n`
  );
}

clusterCommand('status', 'who leads, how far everyone is', [], status);
clusterCommand('unplug', 'cut a node off from the others', ['id'], (target, id) => setPlugged(target, id, false));
clusterCommand('plug', 'let it back', ['id'], (target, id) => setPlugged(target, id, true));
clusterCommand('cut', 'cut one direction of one link', ['from', 'to'], (target, from, to) =>
  setLink(target, { from, to, connected: false }),
);
clusterCommand('join', 'join it again', ['from', 'to'], (target, from, to) =>
  setLink(target, { from, to, connected: true }),
);
clusterCommand('transfer', 'hand leadership to another node', ['id'], transfer);
clusterCommand('promote', 'make a learner that has caught up a voter', ['id'], promoteNode);

program
  .command('remove')
  .argument('<id>')
  .description('take a node out of the cluster')
  .option('--data <folder>', 'of a cluster of `up`', '.instaface')
  .option('--url <urls>', 'nodes, separated by commas', urlList, defaultUrls)
  .option('--json', 'as one line', false)
  .action(async (id: string, { data, url, json }) => {
    process.stdout.write(`${await removeNode({ urls: url, json }, id)}\n`);
    // Another cluster has an n4 too.
    if (isClusterAt(data, url)) noteRemoved(data, id);
  });

program
  .command('add')
  .description('take a new node into the cluster, and make it a voter when it has caught up')
  .argument('<id>', 'its name, such as n4')
  .option('--peer-url <address>', 'host:port where the other nodes reach it (default: as `up` would have it)')
  .option('--public-url <url>', 'where clients reach it (likewise)')
  .option('--learner', 'it copies the log and does not vote', false)
  .option('--data <folder>', 'of a cluster of `up`', '.instaface')
  .option('--url <urls>', 'nodes, separated by commas', urlList, defaultUrls)
  .option('--json', 'as one line', false)
  .action(async (id: string, options) => {
    const { peerUrl, publicUrl, learner, url, json } = options;
    const given = peerUrl !== undefined && publicUrl !== undefined ? { peerUrl, publicUrl } : null;
    const plan = given === null ? planNewNode({ id, dataFolder: options.data }) : null;
    if (plan !== null) {
      noteAdded(options.data, id);
      process.stderr.write(`\`up\` runs its process, as it runs the others. Without it, that is:\n  ${plan.command}\n`);
    }
    const member = {
      id,
      voter: !learner,
      ...(given ?? { peerUrl: plan?.peerUrl ?? '', publicUrl: plan?.publicUrl ?? '' }),
    };
    try {
      process.stdout.write(`${await addNode({ urls: url, json }, member)}\n`);
    } catch (error) {
      if (plan !== null && error instanceof RequestRefused && neverAdded.has(error.code)) noteRemoved(options.data, id);
      throw error;
    }
  });

program
  .command('recover')
  .description('make a cluster from a database whose log is gone; says what that gives up, and asks')
  .option('--data <folder>', 'where the logs were, and where the folders of the new nodes go', '.instaface')
  .option('--database <url>', 'default: that of the cluster of `up` in the folder, else DATABASE_URL')
  .option('--members <list>', 'who votes, such as n1,n2,n3 (default: whose folders are there)', idList)
  .option('--url <urls>', 'where nodes would answer that still run, separated by commas', urlList, defaultUrls)
  .option('--yes', 'without the question', false)
  .option('--json', 'as one line', false)
  .action(async ({ data, database, members, url, yes, json }) => {
    const { recoverCommand } = await import('./recover-command.ts');
    const command = { data, database: database ?? null, members: members ?? null, urls: url, yes, json };
    process.stdout.write(`${await recoverCommand(command)}\n`);
  });

function withNodeOptions(command: Command): Command {
  return command
    .option('--id <id>', 'its name, such as n1')
    .option('--host <address>', 'where clients reach it')
    .option('--port <port>', 'for clients')
    .option('--peer-host <address>', 'where the other nodes reach it')
    .option('--peer-port <port>', 'for the other nodes')
    .option('--peers <list>', 'n1=host:port,n2=host:port,…')
    .option('--peer-address <address>', 'host:port that the other nodes are told, where it differs')
    .option('--members <list>', 'n1,n2,n3: who founds the cluster')
    .option('--public-url <url>', 'what clients are told')
    .option('--public-urls <list>', 'n1=http://…,n2=…')
    .option('--data <folder>', 'its own folder')
    .option('--database <url>', 'sqlite:FILE or mysql://…')
    .option('--redis <url>', 'members and addresses come from Redis')
    .option('--cluster <name>', 'the name of the cluster in Redis')
    .option('--trusted-network <flag>', '1: whoever reaches the client port may do everything')
    .option('--token-file <file>', 'clients need one of its tokens: `role token` a line; read, write, operate')
    .option('--log-level <level>', 'debug, info, warn, error or silent');
}

function clusterCommand<Names extends readonly string[]>(
  name: string,
  description: string,
  names: Names,
  act: (target: ClusterTarget, ...values: { [Place in keyof Names]: string }) => Promise<string>,
): void {
  const command = program.command(name).description(description);
  for (const argument of names) command.argument(`<${argument}>`);
  command
    .option('--url <urls>', 'nodes, separated by commas', urlList, defaultUrls)
    .option('--json', 'as one line', false)
    .action(async () => {
      const { url, json } = command.opts<{ readonly url: readonly string[]; readonly json: boolean }>();
      const values = command.args as unknown as { [Place in keyof Names]: string };
      process.stdout.write(`${await act({ urls: url, json }, ...values)}\n`);
    });
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`Wanted a whole number from ${min} to ${max}.`);
    return value;
  };
}

function idList(text: string): readonly string[] {
  const ids = text.split(',');
  if (new Set(ids).size < ids.length || !ids.every(isNodeId))
    throw new InvalidArgumentError('Wanted names such as n1,n2,n3, each once.');
  return ids;
}

function urlList(text: string): readonly string[] {
  return text.split(',').map((part) => {
    if (!URL.canParse(part) || !/^https?:/.test(part))
      throw new InvalidArgumentError(`${JSON.stringify(part)} is no http address.`);
    return part.replace(/\/+$/, '');
  });
}

try {
  await program.parseAsync();
} catch (error) {
  // What a person can mend is said in a line; anything else is a bug and shows where it happened.
  const expected =
    error instanceof UsageError || error instanceof RequestRefused || error instanceof NoAnswer || isCoded(error);
  process.stderr.write(`${expected ? messageOf(error) : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}

function isCoded(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

function messageOf(error: Error): string {
  return isCoded(error) ? `${error.code}: ${error.message}` : error.message;
}

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NodeId } from '#consensus/core/types.ts';
import { withDiskFaults } from '#consensus/storage/unsafe-disk.ts';
import { writeAddress } from '#server/config/address.ts';
import { openConfig, type OpenedConfig } from '#server/config/open-config.ts';
import type { Config } from '#server/config/config.ts';
import { describeConfig } from '#server/config/describe-config.ts';
import { openPublicPort, startGateway } from '#server/gateway/http-server.ts';
import { readDeclarations } from '#server/gateway/read-declarations.ts';
import { createLogger } from '#server/observability/logger.ts';
import { createMetrics } from '#server/observability/metrics.ts';
import { type BuildNodeOptions, type BuiltNode, buildNode } from './build-node.ts';
import { buildOutsideQuarantine, type Quarantine } from './quarantine.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** The exit code of a node that cannot start, or go on, until somebody does something. */
const failureCode = 1;
const diskFailures: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);
/** A node that cannot end in order ends anyhow. */
const stopPatienceMs = 6_000;

type Log = ReturnType<typeof createLogger>;

/**
 * One node of a cluster, from flags and environment, until a signal ends it. Rejects with a coded error that says what to do
 * (ConfigError, IdentityError, …), and then nothing runs.
 */
export async function runNode(flags: Readonly<Record<string, string | undefined>>): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
  const { typeDefs, declarations } = readDeclarations(join(root, 'schema'));
  const early = createLogger({ level: 'info', node: flags['id'] ?? '', cluster: '' });
  const opened = await openConfig({ flags, env: process.env, log: early });
  const { config, directory } = opened;
  const log = createLogger({ level: config.logLevel, node: config.nodeId, cluster: config.clusterName });
  log.info({ version, config: describeConfig(config) }, 'starting');
  const metrics = createMetrics({ node: config.nodeId, cluster: config.clusterName, version });
  const pidFile = join(config.dataFolder, 'node.pid');
  const hooks = processHooks(log);
  const stop = new AbortController();
  const ending = endOnSignal(log, stop);
  let waitsFor: () => string | null = () => null;
  let quarantine: Quarantine | null = null;
  const waiting = () => quarantine ?? { reason: waitsFor() ?? 'this node is starting' };
  const port = await openPublicPort({ config, log, node: config.nodeId, waiting });
  const build = async (): Promise<BuiltNode> => {
    claimFolder(config.dataFolder, pidFile);
    return buildNode(config, {
      declarations,
      log,
      metrics,
      version,
      signal: stop.signal,
      ...hooks,
      onAddresses: async (addresses) => {
        await directory?.start(({ id, peer, publicUrl }) =>
          addresses.onDirectory({ id: id as NodeId, peer: writeAddress(peer), publicUrl }),
        );
      },
      onWaiting: (why) => {
        waitsFor = why;
      },
    });
  };
  const node = await buildOutsideQuarantine({
    build,
    ...placeOf(config),
    log,
    signal: stop.signal,
    onQuarantine: (why) => {
      quarantine = why;
    },
  }).catch((error: unknown) => {
    port.close();
    if (!stop.signal.aborted) {
      if (isDiskFailure(error)) hooks.ended(error);
      throw error;
    }
    // Stopped while it waited: there is nothing to end in order.
    rmSync(pidFile, { force: true });
    process.exit(0);
  });
  const webFolder = join(root, 'web', 'dist');
  const { service } = node;
  const gateway = await startGateway(
    { service, typeDefs, declarations, config, log, metrics: metrics.registry, webFolder },
    port,
  );
  log.info({ url: config.publicUrl, port: gateway.port, cluster: node.clusterId }, 'listening');
  // Else it would be written at an end in order, and a node that is killed is the one that must start quickly.
  flushCompileCache();
  await ending;
  await stopInOrder({ node, gateway, opened, log });
  rmSync(pidFile, { force: true });
  // Nothing is left to wait for; whatever still holds the loop is not worth more.
  process.exit(0);
}

/** Who it is, and where it is to be had again, if it must be replaced. */
function placeOf({ nodeId, dataFolder, peerAddress, publicUrl }: Config) {
  return { id: nodeId, folder: dataFolder, peerUrl: writeAddress(peerAddress), publicUrl };
}

/** A disk that fails ends a start as it ends a node that runs. */
function isDiskFailure(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && diskFailures.has(error.code);
}

/** What a node asks of the process that it is. */
function processHooks(log: Log): Pick<BuildNodeOptions, 'ended' | 'wrapDisk'> {
  // What Node itself has to say is no reason to end where it cannot be written; the logger sees to its own lines.
  process.stderr.on('error', () => undefined);
  // For fault tests alone: a disk that forgets at a kill what was not synced, and one that never syncs.
  const diskFaults = process.env['INSTAFACE_TEST_DISK'];
  if (diskFaults !== undefined) log.warn({ diskFaults }, 'the log lies on a disk of a test');
  return {
    wrapDisk: (disk) => withDiskFaults(disk, diskFaults),
    ended: (error) => {
      log.fatal({ err: error }, 'this node cannot go on');
      process.exit(failureCode);
    },
  };
}

/** Leaves word of this process in the node's folder. The log's own lock, not this file, keeps a second process out. */
function claimFolder(folder: string, pidFile: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(pidFile, `${process.pid}\n`);
}

/** Resolves at the first signal, or when the supervisor that started this node is gone; a second signal ends it at once. */
function endOnSignal(log: Log, stop: AbortController): Promise<void> {
  return new Promise((resolve) => {
    const onEnd = (reason: string): void => {
      if (stop.signal.aborted) process.exit(failureCode);
      log.info({ reason }, 'stopping');
      stop.abort(new Error(`stopped by ${reason}`));
      setTimeout(() => process.exit(failureCode), stopPatienceMs).unref();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => onEnd(signal));
    if (process.connected) process.once('disconnect', () => onEnd('the end of its supervisor'));
  });
}

interface Running {
  readonly node: BuiltNode;
  readonly gateway: Awaited<ReturnType<typeof startGateway>>;
  readonly opened: OpenedConfig;
  readonly log: Log;
}

/** Requests under way are answered while the node can still answer them. */
async function stopInOrder({ node, gateway, opened, log }: Running): Promise<void> {
  await gateway.close();
  await node.close();
  opened.directory?.close();
  log.info({}, 'stopped');
}

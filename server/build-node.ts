import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { NodeId, SnapshotMark } from '#consensus/core/types.ts';
import { Raft } from '#consensus/core/raft.ts';
import { foundingQuestion, isFoundingQuestion } from '#consensus/driver/founding-message.ts';
import type { Identity } from '#consensus/driver/identity.ts';
import { openIdentity, writeIdentity } from '#consensus/driver/identity.ts';
import { RaftDriver } from '#consensus/driver/raft-driver.ts';
import { Founding } from '#consensus/driver/until-founded.ts';
import type { Disk } from '#consensus/storage/disk.ts';
import { openFileLog } from '#consensus/storage/file-log.ts';
import type { LogStorage, RecoveredLog } from '#consensus/storage/log-storage.ts';
import { NodeDisk } from '#consensus/storage/node-disk.ts';
import type { Links } from '#consensus/transport/links.ts';
import type { TcpLinks } from '#consensus/transport/tcp-links.ts';
import { openLinks } from '#consensus/transport/tcp-links.ts';
import { GraphCache } from '#server/cache/graph-cache.ts';
import { systemClock } from '#server/cluster/clock.ts';
import { InstafaceNode } from '#server/cluster/instaface-node.ts';
import type { InstafaceNodeOptions, RaftMember } from '#server/cluster/instaface-node-options.ts';
import type { NodeLog } from '#server/cluster/node-log.ts';
import type { Config } from '#server/config/config.ts';
import type { Declarations } from '#server/graph/declarations.ts';
import type { GraphStore } from '#server/graph/store-port.ts';
import type { Metrics } from '#server/observability/metrics.ts';
import { openStore } from '#server/store/open-store.ts';
import { meteredStore } from './metered-store.ts';

export interface BuildNodeOptions {
  readonly declarations: Declarations;
  readonly log: NodeLog;
  /** Null: nothing is measured. */
  readonly metrics: Metrics | null;
  readonly version: string;
  /** The node cannot go on (a log that cannot be written, a broken invariant): end the process. Called once. */
  readonly ended: (reason: Error) => void;
  /** Ends the wait to be founded; `buildNode` then rejects. */
  readonly signal: AbortSignal;
  /** The links listen, and founding has not begun: the moment to tell them of further peers. */
  readonly onLinks?: (links: Links) => Promise<void>;
  /** In place of the disk itself, for tests of what a kill may lose. */
  readonly wrapDisk?: (disk: Disk) => Disk;
  /** In place of the one that `databaseUrl` names, for tests that count or break its calls. */
  readonly wrapStore?: (store: GraphStore) => GraphStore;
}

export interface BuiltNode {
  readonly service: InstafaceNode;
  readonly clusterId: string;
  readonly links: Links;
  /** Hands leadership over where that is possible; what was acknowledged is on disk already. */
  close(): Promise<void>;
}

/** The log's own bounds; what they multiply up to stays far below what a node may take. */
const segmentBytesMax = 16 * 1024 * 1024;
const inflightMessagesMax = 64;
const inflightBytesMax = 8 * 1024 * 1024;
const entriesBytesPerMessageMax = 1024 * 1024;
const uncommittedBytesMax = 16 * 1024 * 1024;

/**
 * One node from its parts, running. Waits until it is part of a cluster, which is at once on every start but the first. Rejects with
 * IdentityError, LogDamaged, ListenFailed or InsecureLinks, and then leaves nothing behind.
 */
export async function buildNode(config: Config, options: BuildNodeOptions): Promise<BuiltNode> {
  const { declarations, log, ended, signal, onLinks } = options;
  const self = config.nodeId as NodeId;
  const logFolder = join(config.dataFolder, 'log');
  const identity = openIdentity({
    folder: config.dataFolder,
    nodeId: self,
    members: config.members as readonly NodeId[],
    clusterId: null,
    logFolder,
  });
  const nodeDisk = new NodeDisk(logFolder);
  const disk = options.wrapDisk?.(nodeDisk) ?? nodeDisk;
  const { recovered, storage } = openFileLog({ disk, onFailure: ended, segmentBytesMax });
  if (recovered.tornBytes > 0) log.warn({ tornBytes: recovered.tornBytes }, 'a write that never finished was cut off');
  let links: TcpLinks | null = null;
  try {
    const founding = openFounding(config, { identity, options, ask: (to) => ask(links, to) });
    links = await openLinks({
      self,
      clusterId: () => founding.clusterId(),
      schemaDigest: declarations.digest,
      secret: config.clusterSecret,
      listen: config.peerListen,
      peers: peersOf(config),
      tls: config.peerTls,
      log,
    });
    links.onRequest('monitor', async (_from, payload) => (isFoundingQuestion(payload) ? founding.answer() : null));
    await onLinks?.(links);
    const clusterId = await founding.untilFounded();
    signal.throwIfAborted();
    return joinParts(config, { options, links, clusterId, recovered, storage, identity, founding });
  } catch (error) {
    await links?.close();
    await new Promise<void>((resolve) => storage.close(resolve));
    throw error;
  }
}

interface Parts {
  readonly options: BuildNodeOptions;
  readonly links: TcpLinks;
  readonly clusterId: string;
  readonly recovered: RecoveredLog;
  readonly storage: LogStorage;
  readonly identity: Identity;
  readonly founding: Founding;
}

function joinParts(config: Config, parts: Parts): BuiltNode {
  const { options, links, clusterId, founding } = parts;
  const { declarations, log, metrics, version, ended, wrapStore } = options;
  const mark = markOf(parts);
  const opened = openStore(config.databaseUrl, { timeoutMs: config.timings.databaseTimeoutMs, log });
  const wrapped = wrapStore?.(opened) ?? opened;
  const store = metrics === null ? wrapped : meteredStore(wrapped, metrics.database);
  const cache = new GraphCache({
    bytesMax: config.limits.cacheBytesMax,
    declarations,
    horizon: mark.index,
  });
  const service = new InstafaceNode({
    config,
    clusterId,
    raft: ({ events, send }) => memberOf(config, { ...parts, mark, events, send }),
    links,
    store,
    cache,
    declarations,
    log,
    clock: systemClock,
    version,
    metrics,
    foundingAnswer: () => founding.answer(),
    ended,
  });
  metrics?.expose({
    cache: () => service.report().cache,
    log: () => {
      const { role, ...report } = service.report();
      return { ...report, leading: role === 'LEADER', hasQuorum: service.hasQuorum() };
    },
    links: () => links.states(),
    database: () => service.databaseReport(),
  });
  service.start();
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await service.stop();
    await links.close();
    await store.close();
  };
  return { service, clusterId, links, close: () => (closing ??= close()) };
}

function memberOf(
  config: Config,
  parts: Parts & { readonly mark: SnapshotMark } & Parameters<InstafaceNodeOptions['raft']>[0],
): RaftMember {
  const { recovered, storage, mark, events, send } = parts;
  const { electionTimeoutTicks, heartbeatTicks, tickMs } = config.timings;
  const core = new Raft({
    id: config.nodeId as NodeId,
    hardState: recovered.hardState,
    mark,
    entries: recovered.entries,
    electionTimeoutTicks,
    heartbeatTicks,
    random: Math.random,
    inflightMessagesMax,
    inflightBytesMax,
    entriesBytesPerMessageMax,
    uncommittedBytesMax,
  });
  return new RaftDriver({ core, storage, send, events, tickMs });
}

/** An empty log begins with the founding members as voters. */
function markOf({ recovered, identity }: Parts): SnapshotMark {
  const { mark } = recovered;
  if (mark.index > 0 || mark.configuration.voters.length > 0) return mark;
  return { ...mark, configuration: { voters: identity.members, learners: [] } };
}

function openFounding(
  config: Config,
  parts: {
    readonly identity: Identity;
    readonly options: BuildNodeOptions;
    readonly ask: (member: NodeId) => Promise<unknown>;
  },
): Founding {
  const { identity, options, ask: askMember } = parts;
  return new Founding({
    self: identity.nodeId,
    members: identity.members,
    state: identity.state,
    ask: askMember,
    persist: (state) => writeIdentity(config.dataFolder, { ...identity, state }),
    newClusterId: randomUUID,
    log: options.log,
    signal: options.signal,
  });
}

function ask(links: Links | null, member: NodeId): Promise<unknown> {
  if (links === null) return Promise.reject(new Error('the links are not open yet'));
  return links.request(member, 'monitor', foundingQuestion, { timeoutMs: 500 });
}

function peersOf({ peers, nodeId }: Config): ReadonlyMap<NodeId, { readonly host: string; readonly port: number }> {
  const others = [...peers].filter(([id]) => id !== nodeId);
  return new Map(others.map(([id, address]) => [id as NodeId, address]));
}

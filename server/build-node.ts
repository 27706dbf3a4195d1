import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { HardState, MemberAddress, NodeId, SnapshotMark } from '#consensus/core/types.ts';
import { Raft } from '#consensus/core/raft.ts';
import { isFoundingQuestion } from '#consensus/driver/founding-message.ts';
import type { FoundingQuestion } from '#consensus/driver/founding-message.ts';
import type { Joining } from '#consensus/driver/founding.ts';
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
import { AddressBook, readMemberAddress } from '#server/cluster/address-book.ts';
import { systemClock } from '#server/cluster/clock.ts';
import { InstafaceNode } from '#server/cluster/instaface-node.ts';
import type { InstafaceNodeOptions, RaftMember } from '#server/cluster/instaface-node-options.ts';
import type { NodeLog } from '#server/cluster/node-log.ts';
import { writeAddress } from '#server/config/address.ts';
import type { Config } from '#server/config/config.ts';
import type { Declarations } from '#server/graph/declarations.ts';
import type { GraphStore } from '#server/graph/store-port.ts';
import type { Metrics } from '#server/observability/metrics.ts';
import { openStore } from '#server/store/open-store.ts';
import { storeProbe } from '#server/store/store-probe.ts';
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
  /** The links listen, and founding has not begun: the moment to tell where further nodes are. */
  readonly onAddresses?: (addresses: AddressBook) => Promise<void>;
  /** The node takes no part yet; `waitsFor` says why at any time (null: it is about to). */
  readonly onWaiting?: (waitsFor: () => string | null) => void;
  /** In place of the disk itself, for tests of what a kill may lose. */
  readonly wrapDisk?: (disk: Disk) => Disk;
  /** In place of the one that `databaseUrl` names, for tests that count or break its calls. */
  readonly wrapStore?: (store: GraphStore) => GraphStore;
  /** In place of a look at the database that `databaseUrl` names, likewise. */
  readonly probeDatabase?: () => Promise<void>;
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
  const { declarations, log, ended, signal, onAddresses, onWaiting } = options;
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
  reportLog(recovered, log);
  let links: TcpLinks | null = null;
  try {
    const question = { about: 'founding', address: ownAddress(config) } as const satisfies FoundingQuestion;
    let addresses: AddressBook | null = null;
    const founding = openFounding(config, {
      identity,
      options,
      ask: (to) => ask(links, to, question),
      addresses: () => addresses,
    });
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
    const book = new AddressBook({
      links,
      clock: systemClock,
      log,
      peers: config.peers,
      publicUrls: config.publicUrls,
    });
    addresses = book;
    answerWhileWaiting({ links, book, founding });
    await onAddresses?.(book);
    onWaiting?.(() => founding.waitsFor);
    const clusterId = await founding.untilFounded();
    signal.throwIfAborted();
    const joined = founding.joined ?? identity.joined ?? null;
    return joinParts(config, {
      options,
      links,
      addresses: book,
      clusterId,
      recovered,
      storage,
      identity,
      joined,
      founding,
    });
  } catch (error) {
    await links?.close();
    await new Promise<void>((resolve) => storage.close(resolve));
    throw error;
  }
}

/** Whoever asks may be known to nobody: the answer travels on the link to where it says that it is. */
function answerWhileWaiting(parts: {
  readonly links: Links;
  readonly book: AddressBook;
  readonly founding: Founding;
}): void {
  const { links, book, founding } = parts;
  links.onRequest('monitor', async (from, payload) => {
    if (!isFoundingQuestion(payload)) return null;
    const told = readMemberAddress(from, payload.address);
    if (told !== null) book.onHeard(told);
    return founding.answer();
  });
}

interface Parts {
  readonly options: BuildNodeOptions;
  readonly links: TcpLinks;
  readonly addresses: AddressBook;
  readonly clusterId: string;
  readonly recovered: RecoveredLog;
  readonly storage: LogStorage;
  readonly identity: Identity;
  readonly joined: Joining | null;
  readonly founding: Founding;
}

function joinParts(config: Config, parts: Parts): BuiltNode {
  const { options, links, addresses, clusterId, founding } = parts;
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
    addresses,
    store,
    probeDatabase: options.probeDatabase ?? storeProbe(config.databaseUrl, config.timings.databaseTimeoutMs),
    cache,
    declarations,
    log,
    clock: systemClock,
    version,
    incarnation: randomUUID(),
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
    hardState: hardStateOf(parts),
    mark,
    entries: recovered.entries,
    lost: recovered.lost ?? null,
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

/** What an operator should know of the log that was found. */
function reportLog({ tornBytes, damages, lost }: RecoveredLog, log: NodeLog): void {
  if (tornBytes > 0) log.warn({ tornBytes }, 'a write that never finished was cut off');
  for (const { file, offset, durableTo, reason } of damages ?? []) {
    const fields = { code: 'LOG_DAMAGED', file, keptAs: `${file}.damaged`, offset, durableTo, reason };
    log.error(fields, 'the log is damaged where it was durable: look at the disk; the file is kept aside');
  }
  if (lost === undefined) return;
  const fields = { code: 'LOG_REPAIR', lostUpTo: lost.index, lostTerm: lost.term };
  log.error(fields, 'the log lost entries: this node does not vote before a leader has sent them again');
}

/** An empty log begins with the founding members as voters, or with the configuration that let this node in. */
function markOf({ recovered, identity, joined }: Parts): SnapshotMark {
  const { mark } = recovered;
  if (mark.index > 0 || mark.configuration.voters.length > 0) return mark;
  return { ...mark, configuration: joined?.configuration ?? { voters: identity.members, learners: [] } };
}

/** A node that joined may have been a member before, on a disk that is gone: in no term up to that one does it vote again. */
function hardStateOf({ recovered, joined }: Pick<Parts, 'recovered' | 'joined'>): HardState {
  const { hardState } = recovered;
  return joined === null || hardState.term >= joined.term ? hardState : { term: joined.term, votedFor: joined.leader };
}

function openFounding(
  config: Config,
  parts: {
    readonly identity: Identity;
    readonly options: BuildNodeOptions;
    readonly ask: (member: NodeId) => Promise<unknown>;
    readonly addresses: () => AddressBook | null;
  },
): Founding {
  const { identity, options, ask: askMember, addresses } = parts;
  return new Founding({
    self: identity.nodeId,
    members: identity.members,
    state: identity.state,
    ask: askMember,
    persist: (state, joined) =>
      writeIdentity(config.dataFolder, { ...identity, state, ...(joined === null ? {} : { joined }) }),
    others: () =>
      addresses()
        ?.all()
        .map(({ id }) => id) ?? [],
    onAddresses: (told) => told.forEach((address) => addresses()?.onHeard(address)),
    newClusterId: randomUUID,
    log: options.log,
    signal: options.signal,
  });
}

function ask(links: Links | null, member: NodeId, question: FoundingQuestion): Promise<unknown> {
  if (links === null) return Promise.reject(new Error('the links are not open yet'));
  return links.request(member, 'monitor', question, { timeoutMs: 500 });
}

function ownAddress({ nodeId, peerAddress, publicUrl }: Config): MemberAddress {
  return { id: nodeId as NodeId, peer: writeAddress(peerAddress), publicUrl };
}

function peersOf({ peers, nodeId }: Config): ReadonlyMap<NodeId, { readonly host: string; readonly port: number }> {
  const others = [...peers].filter(([id]) => id !== nodeId);
  return new Map(others.map(([id, address]) => [id as NodeId, address]));
}

import { Raft } from '#consensus/core/raft.ts';
import type { Entry, SnapshotMark } from '#consensus/core/types.ts';
import { RaftDriver } from '#consensus/driver/raft-driver.ts';
import { openFileLog } from '#consensus/storage/file-log.ts';
import type { RecoveredLog } from '#consensus/storage/log-storage.ts';
import type { SimulatedDisk } from '#consensus/storage/simulated-disk.ts';
import { GraphCache } from '#server/cache/graph-cache.ts';
import { AddressBook } from '#server/cluster/address-book.ts';
import type { Clock } from '#server/cluster/clock.ts';
import { InstafaceNode } from '#server/cluster/instaface-node.ts';
import type { InstafaceNodeOptions, RaftMember } from '#server/cluster/instaface-node-options.ts';
import type { NodeLog } from '#server/cluster/node-log.ts';
import type { Declarations } from '#server/graph/declarations.ts';
import type { NodeId } from '#server/graph/identifiers.ts';
import type { GraphStore } from '#server/graph/store-port.ts';
import type { ClusterWeather } from './cluster-weather.ts';
import type { NodeView } from './judges/cluster-hearing.ts';
import type { SimulatedLinks } from './simulated-links.ts';

const clusterId = 'simulated';

export interface ClusterNodeOptions {
  readonly id: NodeId;
  readonly founders: readonly NodeId[];
  readonly weather: ClusterWeather;
  readonly declarations: Declarations;
  readonly disk: SimulatedDisk;
  readonly random: () => number;
  /** What one process is given anew at each start. */
  readonly parts: () => { readonly clock: Clock; readonly links: SimulatedLinks; readonly store: GraphStore };
  readonly onCommitted: (entries: readonly Entry[]) => void;
  readonly onRestart: (mark: SnapshotMark) => void;
  /** The process cannot go on: `assertion` when it found what cannot be, else the disk failed. */
  readonly onEnd: (reason: Error, why: 'disk' | 'assertion') => void;
  readonly log: NodeLog;
}

/** One process of the cluster, in one life after another: the real node, consensus and log; all around it is simulated. */
export class ClusterNode {
  readonly id: NodeId;
  readonly disk: SimulatedDisk;
  /** Counts the starts. */
  life = 0;
  isPaused = false;
  /** Does not start again by itself. */
  isHeldDown = false;
  calendarOffsetMs = 0;
  readonly #options: ClusterNodeOptions;
  #process: Process | null = null;

  constructor(options: ClusterNodeOptions) {
    this.id = options.id;
    this.disk = options.disk;
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#process !== null;
  }

  get service(): InstafaceNode {
    return this.#running.service;
  }

  get driver(): RaftDriver {
    return this.#running.driver;
  }

  get links(): SimulatedLinks {
    return this.#running.links;
  }

  /** Null while it is down. */
  get view(): NodeView | null {
    return this.#process?.view ?? null;
  }

  get #running(): Process {
    if (this.#process === null) throw new Error(`${this.id} is down`);
    return this.#process;
  }

  start(): void {
    this.life += 1;
    this.#process = startProcess(this.#options, this.life);
  }

  /** Ends at once; nothing that it planned happens. */
  end(how: 'process' | 'power'): void {
    this.#process = null;
    this.isPaused = false;
    if (how === 'power') this.disk.losePower();
    else this.disk.endProcess();
  }
}

interface Process {
  readonly service: InstafaceNode;
  readonly driver: RaftDriver;
  readonly links: SimulatedLinks;
  readonly view: NodeView;
}

function startProcess(options: ClusterNodeOptions, life: number): Process {
  const { declarations, disk, id, log, onEnd, parts, weather } = options;
  const { clock, links, store } = parts();
  const { recovered, storage } = openFileLog({
    disk,
    onFailure: (error) => onEnd(error, 'disk'),
    segmentBytesMax: weather.segmentBytesMax,
  });
  const mark = markOf(recovered, options.founders);
  const cache = new GraphCache({ bytesMax: weather.cacheBytesMax, declarations, horizon: mark.index });
  const peers = new Map(options.founders.map((peer) => [peer, { host: peer, port: 1 }]));
  let driver: RaftDriver | null = null;
  const raft: InstafaceNodeOptions['raft'] = ({ events, send }) => {
    driver = new RaftDriver({
      core: coreOf(options, { ...recovered, mark }),
      storage,
      send,
      events: {
        onCommitted: (entries) => {
          options.onCommitted(entries);
          events.onCommitted(entries);
        },
        onRestart: (to) => {
          options.onRestart(to);
          events.onRestart(to);
        },
        onStatus: (status) => events.onStatus(status),
      },
      tickMs: weather.tickMs,
    });
    return tickedFromOutside(driver);
  };
  const service = new InstafaceNode({
    config: {
      publicUrl: `http://${id}`,
      peerAddress: { host: id, port: 1 },
      timings: timingsOf(weather),
      limits: limitsOf(weather),
    },
    clusterId,
    raft,
    links,
    addresses: new AddressBook({ links, clock, log, peers, publicUrls: new Map() }),
    store,
    probeDatabase: () => store.open(),
    cache,
    declarations,
    log,
    clock,
    version: 'simulated',
    incarnation: `${id} ${life}`,
    metrics: null,
    foundingAnswer: () => ({ state: { kind: 'founded', clusterId }, members: options.founders }),
    ended: (reason) => onEnd(reason, 'assertion'),
  });
  if (driver === null) throw new Error('a node builds its consensus at once');
  service.start();
  const view: NodeView = {
    id,
    life,
    get appliedIndex() {
      return cache.appliedIndex;
    },
    cached: (key) => cache.valueAt(key),
    cachedValues: () => cache.cachedValues(),
  };
  return { service, driver, links, view };
}

/** Time comes from the world, tick by tick. */
function tickedFromOutside(driver: RaftDriver): RaftMember {
  return {
    start: () => undefined,
    deliver: (message) => driver.deliver(message),
    peerClosed: (id) => driver.peerClosed(id),
    status: () => driver.status(),
    propose: (proposal) => driver.propose(proposal),
    readIndex: (options) => driver.readIndex(options),
    transferLeadership: (to) => driver.transferLeadership(to),
    compact: (upTo) => driver.compact(upTo),
    entries: (from, count) => driver.entries(from, count),
    stop: () => driver.stop(),
  };
}

function coreOf(options: ClusterNodeOptions, recovered: RecoveredLog): Raft {
  const { electionTimeoutTicks, heartbeatTicks } = options.weather;
  return new Raft({
    id: options.id,
    hardState: recovered.hardState,
    mark: recovered.mark,
    entries: recovered.entries,
    lost: recovered.lost ?? null,
    electionTimeoutTicks,
    heartbeatTicks,
    random: options.random,
    inflightMessagesMax: 64,
    inflightBytesMax: 1_000_000,
    entriesBytesPerMessageMax: 100_000,
    uncommittedBytesMax: 200_000,
  });
}

function markOf({ mark }: RecoveredLog, founders: readonly NodeId[]): SnapshotMark {
  if (mark.index > 0 || mark.configuration.voters.length > 0) return mark;
  return { ...mark, configuration: { voters: founders, learners: [] } };
}

function timingsOf(weather: ClusterWeather): InstafaceNodeOptions['config']['timings'] {
  const { tickMs, heartbeatTicks, electionTimeoutTicks, mutationDeadlineMs, readDeadlineMs } = weather;
  const { databaseTimeoutMs, idempotencyKeyHours } = weather;
  return {
    tickMs,
    heartbeatTicks,
    electionTimeoutTicks,
    mutationDeadlineMs,
    readDeadlineMs,
    databaseTimeoutMs,
    idempotencyKeyHours,
  };
}

function limitsOf(weather: ClusterWeather): InstafaceNodeOptions['config']['limits'] {
  const { batchCommandsMax, behindEntriesMax, cacheBytesMax, recentKeysMax, retainedEntries } = weather;
  return {
    cacheBytesMax,
    behindEntriesMax,
    behindBytesMax: 1_000_000,
    retainedEntries,
    retainedBytes: 10_000_000,
    batchCommandsMax,
    batchBytesMax: 100_000,
    queueCommandsMax: 1_000,
    recentKeysMax,
    changeBufferEntriesMax: 100,
    requestBodyBytesMax: 1_000_000,
    queryDepthMax: 16,
    subscriptionsPerConnectionMax: 10,
    subscriptionsPerClientMax: 10,
    connectionsPerClientMax: 10,
    operationCostMax: 10_000_000,
    operationsPerSecondMax: 0,
  };
}

import { Raft } from '#consensus/core/raft.ts';
import type {
  Entry,
  LogIndex,
  Message,
  NodeId,
  Persist,
  Proposal,
  RaftCore,
  RaftStatus,
  SnapshotMark,
} from '#consensus/core/types.ts';
import { RaftDriver } from '#consensus/driver/raft-driver.ts';
import { openFileLog } from '#consensus/storage/file-log.ts';
import type { LogStorage, RecoveredLog } from '#consensus/storage/log-storage.ts';
import type { SimulatedDisk } from '#consensus/storage/simulated-disk.ts';
import type { Weather } from './weather.ts';
import type { Witness } from './witness.ts';

export interface SimulatedNodeOptions {
  readonly id: NodeId;
  readonly founders: SnapshotMark['configuration'];
  readonly weather: Weather;
  readonly disk: SimulatedDisk;
  readonly witness: Witness;
  readonly random: () => number;
  readonly send: (message: Message) => void;
  readonly onApplied: (entries: readonly Entry[]) => void;
  /** The disk refused something: the process ends. */
  readonly onDiskFailure: () => void;
}

/** One process of the cluster, in one life after another: the real core, driver and log on a simulated disk. */
export class SimulatedNode {
  readonly id: NodeId;
  readonly disk: SimulatedDisk;
  readonly witness: Witness;
  readonly #options: SimulatedNodeOptions;
  #driver: RaftDriver | null = null;
  #core: RaftCore | null = null;
  isPaused = false;
  /** The node ends in the middle of its next append. */
  isToCrashInAppend = false;
  /** Does not start again by itself. */
  isHeldDown = false;
  /** Bits of what it once synced are flipped: it may refuse to start for ever. */
  isDamaged = false;
  /** Its disk was replaced by an empty one. */
  isWiped = false;
  /** What its disk is asked to do is done at this time at the earliest. */
  diskHangsUntilUs = 0;
  /** Its clock stands until then, all else goes on. */
  clockStandsUntilUs = 0;
  tornTails = 0;
  #onStopped: (() => void) | null = null;

  constructor(options: SimulatedNodeOptions) {
    this.id = options.id;
    this.disk = options.disk;
    this.witness = options.witness;
    this.#options = options;
  }

  /** Nobody may count on it any more, be it up or not. */
  get isLost(): boolean {
    return this.isDamaged || this.isWiped;
  }

  get isUp(): boolean {
    return this.#driver !== null;
  }

  /** Of a running node. */
  get driver(): RaftDriver {
    if (this.#driver === null) throw new Error(`${this.id} is down`);
    return this.#driver;
  }

  get status(): RaftStatus | null {
    return this.#core?.status() ?? null;
  }

  start(): void {
    const { weather, founders, witness, disk, id, random } = this.#options;
    const opened = openFileLog({
      disk,
      segmentBytesMax: weather.segmentBytesMax,
      onFailure: () => this.#options.onDiskFailure(),
    });
    const recovered = foundedWith(founders, opened.recovered);
    if (recovered.tornBytes > 0) this.tornTails += 1;
    witness.onStart(recovered);
    const core = new Raft({
      id,
      hardState: recovered.hardState,
      mark: recovered.mark,
      entries: recovered.entries,
      lost: recovered.lost ?? null,
      electionTimeoutTicks: weather.electionTimeoutTicks,
      heartbeatTicks: weather.heartbeatTicks,
      random,
      inflightMessagesMax: weather.inflightMessagesMax,
      inflightBytesMax: 100_000,
      entriesBytesPerMessageMax: weather.entriesBytesPerMessageMax,
      uncommittedBytesMax: 4000,
      preVote: weather.preVote,
      checkQuorum: weather.checkQuorum,
    });
    this.#core = core;
    this.#driver = new RaftDriver({
      core: watchedCore(core, witness),
      storage: watchedStorage(opened.storage, witness, () => this.#onStopped?.()),
      send: (message) => {
        witness.onSend(message);
        this.#options.send(message);
      },
      events: {
        onCommitted: this.#options.onApplied,
        onRestart: () => undefined,
        onStatus: () => undefined,
      },
      tickMs: weather.tickUs / 1000,
    });
    witness.status = core.status();
    witness.before = null;
  }

  /** The end of the process, with or without the machine's power. The old driver is never heard of again. */
  crash(how: 'process' | 'power'): void {
    this.#driver = null;
    this.#core = null;
    this.isPaused = false;
    this.isToCrashInAppend = false;
    this.#onStopped = null;
    if (how === 'power') this.disk.losePower();
    else this.disk.endProcess();
    this.witness.onCrash();
    this.witness.status = null;
  }

  /** Ends in good order; `stopped` is called when the log is closed, if nothing worse happens before. */
  stop(stopped: () => void): void {
    this.#onStopped = stopped;
    // The promise is kept in a later turn of the event loop, of which a simulation knows nothing.
    void this.driver.stop();
  }

  refreshStatus(): void {
    if (this.#core !== null) this.witness.status = this.#core.status();
  }

  /** Whether the log in memory is the one that the writes describe. */
  isLogAsWritten(): boolean {
    if (this.#core === null) return true;
    const { log } = this.witness;
    const held = this.#core.entries((log.mark.index + 1) as LogIndex, Number.MAX_SAFE_INTEGER);
    return log.equals({ hardState: log.hardState, mark: log.mark, entries: held });
  }
}

/** An empty log does not name its founders; a founded node knows them from its identity. */
function foundedWith(founders: SnapshotMark['configuration'], recovered: RecoveredLog): RecoveredLog {
  if (recovered.mark.index !== 0) return recovered;
  return { ...recovered, mark: { ...recovered.mark, configuration: founders } };
}

function watchedCore(core: RaftCore, witness: Witness): RaftCore {
  return {
    step: (message) => core.step(message),
    tick: () => core.tick(),
    propose: (proposal: Proposal) => core.propose(proposal),
    readIndex: (request) => {
      witness.onReadAsked(request);
      core.readIndex(request);
    },
    transferLeadership: (to) => core.transferLeadership(to),
    peerClosed: (id) => core.peerClosed(id),
    compact: (upTo) => core.compact(upTo),
    persisted: (sequence) => core.persisted(sequence),
    takeOutbox: () => {
      const outbox = core.takeOutbox();
      witness.onOutbox(outbox);
      return outbox;
    },
    status: () => core.status(),
    entries: (from, count) => core.entries(from, count),
  };
}

function watchedStorage(storage: LogStorage, witness: Witness, onClosed: () => void): LogStorage {
  return {
    persist: (write: Persist, done) =>
      storage.persist(write, () => {
        witness.onDurable(write);
        done();
      }),
    close: (done) =>
      storage.close(() => {
        done();
        onClosed();
      }),
  };
}

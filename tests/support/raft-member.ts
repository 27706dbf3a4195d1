// A process that is one member of a consensus and nothing else: core, driver, file log and links as the product builds them, no graph. It
// does what its parent says over the channel: see `RaftOrder`.
import { type LogIndex, type Message, type NodeId, type Term } from '#consensus/core/types.ts';
import { Raft } from '#consensus/core/raft.ts';
import { checkMessage } from '#consensus/driver/check-message.ts';
import { RaftDriver } from '#consensus/driver/raft-driver.ts';
import { openFileLog } from '#consensus/storage/file-log.ts';
import { NodeDisk } from '#consensus/storage/node-disk.ts';
import { openLinks, type TcpLinks } from '#consensus/transport/tcp-links.ts';
import { timingSettings } from '#server/config/setting.ts';

export interface RaftMemberPlace {
  readonly id: string;
  readonly folder: string;
  readonly members: readonly string[];
}

export type RaftOrder =
  | { readonly kind: 'peers'; readonly ports: Readonly<Record<string, number>> }
  | { readonly kind: 'propose'; readonly inFlight: number; readonly dataBytes: number; readonly forMs: number };

export type RaftReport =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'leading' }
  | {
      readonly kind: 'proposed';
      readonly committed: number;
      readonly tookMs: number;
      readonly latenciesMs: readonly number[];
      readonly cpuSeconds: number;
    };

const tickMs = timingSettings.tickMs.fallback;
/** As the product keeps them behind what is materialized. */
const retainedEntries = 16_384;

class RaftMember {
  readonly #links: TcpLinks;
  readonly #driver: RaftDriver;
  #compactAt = retainedEntries * 2;
  #isLeading = false;
  /** Proposals under way: index → when each was made. */
  readonly #proposedMs = new Map<LogIndex, number>();
  readonly #latenciesMs: number[] = [];
  #propose: () => void = () => {};

  constructor(place: RaftMemberPlace, links: TcpLinks) {
    this.#links = links;
    const { recovered, storage } = openFileLog({
      disk: new NodeDisk(place.folder),
      segmentBytesMax: 16 * 1024 * 1024,
      onFailure: (error) => {
        throw error;
      },
    });
    const voters = place.members as readonly NodeId[];
    const core = new Raft({
      id: links.self,
      hardState: recovered.hardState,
      mark: { index: 0 as LogIndex, term: 0 as Term, configuration: { voters, learners: [] } },
      entries: recovered.entries,
      electionTimeoutTicks: timingSettings.electionTimeoutTicks.fallback,
      heartbeatTicks: timingSettings.heartbeatTicks.fallback,
      random: Math.random,
      inflightMessagesMax: 64,
      inflightBytesMax: 8 * 1024 * 1024,
      entriesBytesPerMessageMax: 1024 * 1024,
      uncommittedBytesMax: 16 * 1024 * 1024,
    });
    this.#driver = new RaftDriver({
      core,
      storage,
      tickMs,
      send: (message: Message) => void links.send(message.to, 'raft', message),
      events: {
        onCommitted: (entries) => this.#onCommitted(entries.map(({ index }) => index)),
        onRestart: () => {},
        onStatus: (status) => {
          if (status.ownTermCommitted && !this.#isLeading) report({ kind: 'leading' });
          this.#isLeading = status.ownTermCommitted;
        },
      },
    });
    links.onMessage('raft', (from, payload) => {
      const message = checkMessage(payload, { from, to: links.self });
      if (message !== null) this.#driver.deliver(message);
    });
    links.onClosed((peer) => this.#driver.peerClosed(peer));
  }

  take(order: RaftOrder): void {
    if (order.kind === 'propose') return this.#proposeFor(order);
    for (const [id, port] of Object.entries(order.ports)) {
      this.#links.setPeer(id as NodeId, { host: '127.0.0.1', port });
    }
    this.#driver.start();
  }

  /** Each that is committed makes room for the next. */
  #proposeFor(order: Extract<RaftOrder, { readonly kind: 'propose' }>): void {
    const data = new Uint8Array(order.dataBytes).fill(7);
    const startedMs = performance.now();
    const cpu = process.cpuUsage();
    this.#latenciesMs.length = 0;
    this.#propose = () => {
      const nowMs = performance.now();
      if (nowMs < startedMs + order.forMs) {
        const proposed = this.#driver.propose({ kind: 'command', data });
        if ('refused' in proposed) throw new Error(`a proposal was refused: ${proposed.refused}`);
        this.#proposedMs.set(proposed.index, nowMs);
      } else if (this.#proposedMs.size === 0) {
        this.#propose = () => {};
        const { user, system } = process.cpuUsage(cpu);
        const committed = this.#latenciesMs.length;
        const times = { tookMs: nowMs - startedMs, cpuSeconds: (user + system) / 1e6 };
        report({ kind: 'proposed', committed, latenciesMs: this.#latenciesMs, ...times });
      }
    };
    for (let count = 0; count < order.inFlight; count += 1) this.#propose();
  }

  #onCommitted(indexes: readonly LogIndex[]): void {
    for (const index of indexes) {
      const atMs = this.#proposedMs.get(index);
      if (atMs === undefined) continue;
      this.#proposedMs.delete(index);
      this.#latenciesMs.push(performance.now() - atMs);
      this.#propose();
    }
    const last = indexes.at(-1) ?? 0;
    if (last < this.#compactAt) return;
    this.#compactAt = last + retainedEntries;
    this.#driver.compact((last - retainedEntries) as LogIndex);
  }
}

function report(text: RaftReport): void {
  process.send?.(text);
}

const place = JSON.parse(process.argv[2] ?? '{}') as RaftMemberPlace;
const links = await openLinks({
  self: place.id as NodeId,
  clusterId: () => 'members',
  schemaDigest: '',
  secret: 'a secret among three processes',
  listen: { host: '127.0.0.1', port: 0 },
  peers: new Map(),
  log: { info: () => {}, warn: () => {} },
});
const member = new RaftMember(place, links);
process.on('message', (order) => member.take(order as RaftOrder));
process.on('disconnect', () => process.exit(0));
report({ kind: 'listening', port: links.address().port });

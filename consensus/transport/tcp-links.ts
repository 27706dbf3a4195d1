import type { Server } from 'node:net';
import type { NodeId } from '../core/types.ts';
import type { CloseReason, Connection, Self } from './connection.ts';
import type { Frame, FrameHead } from './frame.ts';
import { frameOf } from './frame.ts';
import type { WriteOutcome } from './frame-writer.ts';
import { FlushQueue } from './frame-writer.ts';
import { isForeignCluster } from './handshake.ts';
import { InboundLinks } from './inbound-links.ts';
import { requestFailed } from './link-error.ts';
import type { LinkLimits } from './link-limits.ts';
import { defaultLinkLimits } from './link-limits.ts';
import type { LinkLog } from './link-log.ts';
import type { Channel, Links, LinkState, Payload } from './links.ts';
import { OutboundLink } from './outbound-link.ts';
import { decodePayload } from './payload-codec.ts';
import { PendingRequests } from './pending-requests.ts';
import { readFailure, ServedRequests } from './served-requests.ts';
import type { Address, LinkTls } from './sockets.ts';
import { addressOf, listen } from './sockets.ts';

export interface TcpLinksOptions {
  readonly self: NodeId;
  /** Asked at each handshake and each frame: null until this node is founded, and never changes after that. */
  readonly clusterId: () => string | null;
  /** Of the GraphQL schema; nodes with another one stay connected, and `schemaDigests` tells. */
  readonly schemaDigest: string;
  /** The cluster secret. Empty only where every address is on this machine, or with TLS. */
  readonly secret: string;
  /** Port 0 lets the system choose; `address()` says what it chose. */
  readonly listen: Address;
  readonly peers: ReadonlyMap<NodeId, Address>;
  readonly tls?: LinkTls | null;
  readonly limits?: Partial<LinkLimits>;
  readonly log: LinkLog;
}

/** Links were asked to trust anyone who can reach them. */
class InsecureLinks extends Error {
  readonly code = 'INSECURE_LINKS';
}

type MessageHandler = (from: NodeId, payload: Payload) => void;

const loopback = /^(localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/i;

/**
 * Listens and begins to dial every peer. Resolves once it listens: peers may come later. Rejects with ListenFailed, or
 * InsecureLinks where an empty secret would be reachable from other machines.
 */
export async function openLinks(options: TcpLinksOptions): Promise<TcpLinks> {
  for (const address of [options.listen, ...options.peers.values()]) checkSecrecy(options, address);
  let links: TcpLinks | null = null;
  const server = await listen(options.listen, (socket) => {
    if (links === null) socket.destroy();
    else links.onSocket(socket);
  });
  try {
    links = new TcpLinks(options, server);
    return links;
  } catch (error) {
    // A certificate that cannot be used, for one.
    server.close();
    throw error;
  }
}

function checkSecrecy(options: Pick<TcpLinksOptions, 'secret' | 'tls'>, address: Address): void {
  if (options.secret !== '' || (options.tls ?? null) !== null || loopback.test(address.host)) return;
  throw new InsecureLinks(
    `links to other machines (${address.host}:${address.port}) need a cluster secret or TLS certificates`,
  );
}

/** The links of one node over TCP or TLS; see the room's README for what travels where. */
export class TcpLinks implements Links {
  readonly self: NodeId;
  readonly #options: TcpLinksOptions;
  readonly #limits: LinkLimits;
  readonly #server: Server;
  readonly #address: Address;
  readonly #queue = new FlushQueue();
  readonly #inbound: InboundLinks;
  readonly #outbound = new Map<NodeId, OutboundLink>();
  readonly #cut = new Set<NodeId>();
  readonly #pending: PendingRequests;
  readonly #served: ServedRequests;
  readonly #messageHandlers = new Map<Channel, MessageHandler>();
  readonly #closedHandlers: ((peer: NodeId) => void)[] = [];
  readonly #digests = new Map<NodeId, string>();
  readonly #pings: NodeJS.Timeout;
  #plugged = true;
  #stopped = false;

  /** Use `openLinks`. */
  constructor(options: TcpLinksOptions, server: Server) {
    this.self = options.self;
    this.#options = options;
    this.#server = server;
    this.#address = addressOf(server);
    this.#limits = { ...defaultLinkLimits, ...options.limits };
    this.#pending = new PendingRequests(this.#limits.pendingRequestsMax);
    this.#served = new ServedRequests(this.#limits.servedRequestsMax, (to, head, payload) =>
      this.#write(to, head, payload),
    );
    this.#inbound = new InboundLinks({
      self: () => this.#introduction(),
      tls: options.tls ?? null,
      limits: this.#limits,
      queue: this.#queue,
      log: options.log,
      onOpen: (from, connection) => this.#onInboundOpen(from, connection),
      onFrame: (from, connection, frame) => this.#onFrame(from, connection, frame),
      onClosed: (from, reason) => this.#onClosed(from, reason),
    });
    this.#pings = setInterval(() => this.#ping(), this.#limits.pingIntervalMs);
    for (const [id, address] of options.peers) this.setPeer(id, address);
  }

  /** Where this node listens; the port that was chosen when 0 was asked for. */
  address(): Address {
    return this.#address;
  }

  /** The digest of the schema of each peer that has been heard, as of its last handshake. */
  schemaDigests(): ReadonlyMap<NodeId, string> {
    return this.#digests;
  }

  /** Why links cannot be opened, by peer: codes such as ECONNREFUSED, WRONG_SECRET, WRONG_CLUSTER. */
  failures(): ReadonlyMap<NodeId, string> {
    const failures = new Map<NodeId, string>();
    for (const { to, failure } of this.#outbound.values()) if (failure !== null) failures.set(to, failure);
    return failures;
  }

  onSocket(...[socket]: Parameters<InboundLinks['onSocket']>): void {
    this.#inbound.onSocket(socket);
  }

  send(to: NodeId, channel: Channel, payload: Payload): boolean {
    return this.#write(to, { kind: 'message', channel, correlation: 0 }, payload) === 'queued';
  }

  request(to: NodeId, channel: Channel, payload: Payload, options: { readonly timeoutMs: number }): Promise<Payload> {
    if (this.#pending.isFull) {
      return Promise.reject(requestFailed('unsent', to, `${this.#limits.pendingRequestsMax} requests already wait`));
    }
    const correlation = this.#pending.nextCorrelation();
    const outcome = this.#write(to, { kind: 'request', channel, correlation }, payload);
    if (outcome !== 'queued') return Promise.reject(requestFailed('unsent', to, unsentReasons[outcome]));
    return this.#pending.wait(to, correlation, options.timeoutMs);
  }

  /** One handler a channel; a later one takes the place of the earlier. An exception in it passes: it is a bug. */
  onMessage(channel: Channel, handler: MessageHandler): void {
    this.#messageHandlers.set(channel, handler);
  }

  /** One handler a channel; a later one takes the place of the earlier. */
  onRequest(channel: Channel, handler: (from: NodeId, payload: Payload) => Promise<Payload>): void {
    this.#served.setHandler(channel, handler);
  }

  /** Every handler is called, and twice when both connections of a pair close, as they do when a process ends. */
  onClosed(handler: (peer: NodeId) => void): void {
    this.#closedHandlers.push(handler);
  }

  /** Same address: nothing happens. An address outside this machine without a secret or TLS throws InsecureLinks. */
  setPeer(id: NodeId, address: Address | null): void {
    if (id === this.self || this.#stopped) return;
    if (address !== null) checkSecrecy(this.#options, address);
    const present = this.#outbound.get(id);
    if (address !== null && present?.address.host === address.host && present.address.port === address.port) return;
    this.#outbound.delete(id);
    present?.stop({ code: 'ADDRESS_CHANGED', message: 'the peer was forgotten or has another address' });
    if (address === null) this.#digests.delete(id);
    else this.#outbound.set(id, this.#openOutbound(id, address));
  }

  setCut(to: NodeId, cut: boolean): void {
    if (cut) this.#cut.add(to);
    else this.#cut.delete(to);
  }

  setPlugged(plugged: boolean): void {
    this.#plugged = plugged;
  }

  isPlugged(): boolean {
    return this.#plugged;
  }

  states(): readonly LinkState[] {
    return [...this.#outbound.values()].map((link) => ({
      to: link.to,
      open: link.open !== null,
      cut: this.#cut.has(link.to),
      roundTripMs: link.roundTripMs,
    }));
  }

  /** What was sent before still leaves where peers take it within a second. No handler is called any more. */
  async close(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    clearInterval(this.#pings);
    this.#queue.flush();
    const closed = new Promise<void>((resolve) => this.#server.once('close', () => resolve()));
    for (const link of this.#outbound.values()) link.stop({ code: 'STOPPED', message: 'this node stops' });
    this.#inbound.stop(this.#server);
    this.#pending.closeAll(null, 'this node stops');
    await closed;
  }

  #introduction(): Self {
    const { clusterId, schemaDigest, secret } = this.#options;
    return { self: this.self, clusterId: clusterId(), schemaDigest, secret };
  }

  #openOutbound(to: NodeId, address: Address): OutboundLink {
    return new OutboundLink({
      to,
      address,
      self: () => this.#introduction(),
      tls: this.#options.tls ?? null,
      limits: this.#limits,
      queue: this.#queue,
      log: this.#options.log,
      onOpen: (peer) => this.#digests.set(peer.id, peer.schemaDigest),
      onClosed: (reason) => this.#onClosed(to, reason),
    });
  }

  #ping(): void {
    for (const link of this.#outbound.values()) link.ping();
    this.#inbound.countSilence();
  }

  /** The one place where frames of all channels leave, and so where cuts and plugs hold. */
  #write(to: NodeId, head: FrameHead, payload: Payload): WriteOutcome | 'down' | 'cut' | 'not-founded' {
    const clusterId = this.#options.clusterId();
    if (head.channel !== 'monitor') {
      if (!this.#plugged || this.#cut.has(to)) return 'cut';
      if (clusterId === null) return 'not-founded';
    }
    const connection = this.#outbound.get(to)?.open ?? null;
    if (connection === null || connection.isClosed) return 'down';
    if (clusterId !== null && connection.announcedClusterId === null) {
      // The handshake was made before this node was founded: its peer must know of it before it sees such a frame.
      const announcement = frameOf({ kind: 'founded', channel: 'monitor', correlation: 0 }, Buffer.from(clusterId));
      if (connection.writeFrame(announcement) !== 'queued') return 'full';
      connection.announcedClusterId = clusterId;
    }
    return connection.write(head, payload);
  }

  #onInboundOpen(from: NodeId, connection: Connection): void {
    if (connection.peer !== null) this.#digests.set(from, connection.peer.schemaDigest);
    this.#options.log.info({ peer: from }, 'link from a peer is open');
    this.#outbound.get(from)?.hurry();
  }

  #onFrame(from: NodeId, connection: Connection, frame: Frame): void {
    connection.silentPings = 0;
    switch (frame.kind) {
      case 'ping':
        connection.writeFrame(frameOf({ kind: 'pong', channel: 'monitor', correlation: frame.correlation }, noBytes));
        return;
      case 'founded':
        this.#onFounded(connection, frame.bytes.toString('utf8', frame.start, Math.min(frame.end, frame.start + 256)));
        return;
      case 'message':
      case 'request':
      case 'response':
      case 'failure':
        if (this.#mayEnter(connection, frame.channel)) this.#onPayload(from, connection, frame);
        return;
      case 'pong':
      case 'hello':
      case 'challenge':
      case 'proof':
      case 'welcome':
      case 'refusal':
        connection.refuse({ code: 'MALFORMED', message: `nobody expects the frame "${frame.kind}" here` });
        return;
    }
  }

  #onFounded(connection: Connection, clusterId: string): void {
    const known = connection.peer?.clusterId ?? null;
    if (isForeignCluster(known, clusterId) || isForeignCluster(this.#options.clusterId(), clusterId)) {
      connection.refuse({ code: 'WRONG_CLUSTER', message: `the peer is of cluster ${clusterId}` });
      return;
    }
    connection.peerFounded(clusterId);
  }

  /** Without a cluster in common there is nothing to say but who one is; and nothing enters an unplugged node. */
  #mayEnter(connection: Connection, channel: Channel): boolean {
    if (channel === 'monitor') return true;
    const clusterId = this.#options.clusterId();
    return this.#plugged && clusterId !== null && connection.peer?.clusterId === clusterId;
  }

  #onPayload(from: NodeId, connection: Connection, frame: Frame): void {
    let payload: Payload;
    try {
      payload = decodePayload(frame);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      connection.refuse({ code: 'MALFORMED', message: `a body that is no msgpack value: ${reason}` });
      return;
    }
    if (frame.kind === 'message') this.#messageHandlers.get(frame.channel)?.(from, payload);
    else if (frame.kind === 'request')
      this.#served.serve({ from, channel: frame.channel, correlation: frame.correlation, payload });
    else if (frame.kind === 'response') this.#pending.resolve(from, frame.correlation, payload);
    else this.#pending.reject(from, frame.correlation, readFailure(from, payload));
  }

  #onClosed(peer: NodeId, reason: CloseReason): void {
    if (this.#stopped) return;
    this.#pending.closeAll(peer, `the connection closed (${reason.code})`);
    for (const handler of this.#closedHandlers) handler(peer);
  }
}

const noBytes = Buffer.alloc(0);

const unsentReasons = {
  down: 'not connected',
  cut: 'unplugged or cut by an operator',
  'not-founded': 'this node is not a member of a cluster yet',
  full: 'the buffer for this peer is full',
  'too-large': 'the request is larger than a frame may be',
} as const;

import type { Server, Socket } from 'node:net';
import type { NodeId } from '../core/types.ts';
import type { CloseReason, ConnectionEvents, Self } from './connection.ts';
import { Connection } from './connection.ts';
import type { Frame } from './frame.ts';
import type { FlushQueue } from './frame-writer.ts';
import type { PeerIdentity } from './handshake.ts';
import type { LinkLimits } from './link-limits.ts';
import type { LinkLog } from './link-log.ts';
import type { LinkTls } from './sockets.ts';
import { acceptorFor } from './sockets.ts';

export interface InboundLinksOptions {
  readonly self: () => Self;
  readonly tls: LinkTls | null;
  readonly limits: LinkLimits;
  readonly queue: FlushQueue;
  readonly log: LinkLog;
  readonly onOpen: (from: NodeId, connection: Connection) => void;
  readonly onFrame: (from: NodeId, connection: Connection, frame: Frame) => void;
  readonly onClosed: (from: NodeId, reason: CloseReason) => void;
}

/** Refusals are logged at most this often: a stranger who knocks without end must not fill the disk. */
const refusalLogPauseMs = 1_000;

/** The connections that other nodes dialled: at most one a node, and a bounded crowd of those still at the door. */
export class InboundLinks {
  readonly #options: InboundLinksOptions;
  readonly #accept: ReturnType<typeof acceptorFor>;
  readonly #events: ConnectionEvents;
  /** Sockets that have not proven themselves, oldest first, each with its deadline. */
  readonly #strangers = new Map<Socket, NodeJS.Timeout>();
  readonly #origins = new Map<Connection, { readonly raw: Socket; readonly remote: string }>();
  readonly #peers = new Map<NodeId, Connection>();
  #refusalLoggedAtMs = -Infinity;
  #stopped = false;

  constructor(options: InboundLinksOptions) {
    this.#options = options;
    this.#accept = acceptorFor(options.tls);
    this.#events = {
      onOpen: (connection, peer) => this.#onOpen(connection, peer),
      onFrame: (connection, frame) => {
        if (connection.peer !== null) this.#options.onFrame(connection.peer.id, connection, frame);
      },
      onClosed: (connection, reason) => this.#onClosed(connection, reason),
    };
  }

  /** The connection from this peer, if it is open. */
  from(id: NodeId): Connection | null {
    return this.#peers.get(id) ?? null;
  }

  onSocket(raw: Socket): void {
    if (this.#stopped) {
      raw.destroy();
      return;
    }
    // Under TLS errors of the raw socket are repeated here; nothing is lost, the close follows.
    raw.on('error', () => {});
    this.#admit(raw);
    // A closed socket no longer knows it.
    const remote = raw.remoteAddress ?? 'unknown';
    this.#accept(raw, (socket) => {
      const { limits, queue, self } = this.#options;
      const connection = new Connection(socket, null, { self: self(), limits, queue, events: this.#events });
      this.#origins.set(connection, { raw, remote });
      connection.begin();
    });
  }

  /** Once per `pingIntervalMs`: a peer that did not even ping for that long is gone without a word. */
  countSilence(): void {
    for (const connection of this.#peers.values()) {
      connection.silentPings += 1;
      if (connection.silentPings > this.#options.limits.silentPingsMax) {
        connection.close({ code: 'SILENT', message: `nothing came for ${connection.silentPings} ping intervals` });
      }
    }
  }

  stop(server: Server): void {
    this.#stopped = true;
    server.close();
    for (const [socket, deadline] of this.#strangers) {
      clearTimeout(deadline);
      socket.destroy();
    }
    for (const connection of this.#peers.values()) {
      connection.close({ code: 'STOPPED', message: 'this node stops' });
    }
  }

  #admit(raw: Socket): void {
    const { handshakesMax, handshakeTimeoutMs } = this.#options.limits;
    const oldest = this.#strangers.keys().next();
    if (this.#strangers.size >= handshakesMax && oldest.done === false) this.#dismiss(oldest.value);
    this.#strangers.set(
      raw,
      setTimeout(() => this.#dismiss(raw), handshakeTimeoutMs),
    );
    raw.once('close', () => this.#forget(raw));
  }

  #dismiss(raw: Socket): void {
    this.#forget(raw);
    raw.destroy();
  }

  #forget(raw: Socket): void {
    const deadline = this.#strangers.get(raw);
    if (deadline !== undefined) clearTimeout(deadline);
    this.#strangers.delete(raw);
  }

  #onOpen(connection: Connection, peer: PeerIdentity): void {
    const origin = this.#origins.get(connection);
    if (origin !== undefined) this.#forget(origin.raw);
    const earlier = this.#peers.get(peer.id);
    if (earlier === undefined && this.#peers.size >= this.#options.limits.inboundPeersMax) {
      connection.refuse({ code: 'TOO_MANY_PEERS', message: `${this.#peers.size} other nodes are connected` });
      return;
    }
    // The peer has dialled again, so it has given its earlier connection up; what that one still holds must not be
    // read after newer messages.
    earlier?.close({ code: 'REPLACED', message: `${peer.id} has connected anew` });
    this.#peers.set(peer.id, connection);
    this.#options.onOpen(peer.id, connection);
  }

  #onClosed(connection: Connection, reason: CloseReason): void {
    const remote = this.#origins.get(connection)?.remote ?? 'unknown';
    this.#origins.delete(connection);
    const peer = connection.peer;
    if (peer === null) {
      this.#logRefusal(remote, reason);
      return;
    }
    if (this.#peers.get(peer.id) !== connection) return;
    this.#peers.delete(peer.id);
    if (!this.#stopped) this.#options.log.info({ peer: peer.id, code: reason.code }, 'link from a peer closed');
    this.#options.onClosed(peer.id, reason);
  }

  #logRefusal(remote: string, reason: CloseReason): void {
    const nowMs = performance.now();
    if (this.#stopped || nowMs - this.#refusalLoggedAtMs < refusalLogPauseMs) return;
    this.#refusalLoggedAtMs = nowMs;
    const fields = { remote, code: reason.code, reason: reason.message };
    this.#options.log.warn(fields, 'a connection did not get through the handshake');
  }
}

import type { Socket } from 'node:net';
import type { NodeId } from '../core/types.ts';
import type { CloseReason, ConnectionEvents, Self } from './connection.ts';
import { Connection } from './connection.ts';
import type { Frame } from './frame.ts';
import { frameOf } from './frame.ts';
import type { FlushQueue } from './frame-writer.ts';
import type { PeerIdentity } from './handshake.ts';
import type { LinkLimits } from './link-limits.ts';
import { redialDelayMs } from './link-limits.ts';
import type { LinkLog } from './link-log.ts';
import type { Address, LinkTls } from './sockets.ts';
import { dial } from './sockets.ts';

export interface OutboundLinkOptions {
  readonly to: NodeId;
  readonly address: Address;
  readonly self: () => Self;
  readonly tls: LinkTls | null;
  readonly limits: LinkLimits;
  readonly queue: FlushQueue;
  readonly log: LinkLog;
  readonly onOpen: (peer: PeerIdentity) => void;
  /** An open connection closed; not called for a dial that failed. */
  readonly onClosed: (reason: CloseReason) => void;
}

/** A connection that was open for so long was no flicker: the next one is dialled without the pause of failures before. */
const settledMs = 2_000;

/** The road from this node to one peer: dials, dials again, pings, and says whether it is open. */
export class OutboundLink {
  readonly to: NodeId;
  readonly address: Address;
  roundTripMs: number | null = null;
  readonly #options: OutboundLinkOptions;
  readonly #events: ConnectionEvents;
  #connection: Connection | null = null;
  #open: Connection | null = null;
  #openedAtMs = 0;
  #attempt = 0;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;
  #pingNumber = 0;
  #pingSentAtMs = 0;
  /** The last failure that was logged: a peer that stays away is reported once, not twice a second. */
  #reported: string | null = null;

  constructor(options: OutboundLinkOptions) {
    this.to = options.to;
    this.address = options.address;
    this.#options = options;
    this.#events = {
      onOpen: (connection, peer) => this.#onOpen(connection, peer),
      onFrame: (connection, frame) => this.#onFrame(connection, frame),
      onClosed: (connection, reason) => this.#onClosed(connection, reason),
    };
    this.#dial();
  }

  /** The connection that takes frames now, or null. */
  get open(): Connection | null {
    return this.#open;
  }

  /** The code of why the last try to open this link failed; null while it is open, or was never tried. */
  get failure(): string | null {
    return this.#reported;
  }

  /** The peer has just connected to this node, so it is there: no use in waiting out the pause. */
  hurry(): void {
    if (this.#connection !== null || this.#stopped) return;
    this.#dial();
  }

  /** Once per `pingIntervalMs`. A peer whose machine vanished sends no end of its connection; this notices. */
  ping(): void {
    const connection = this.#open;
    if (connection === null) return;
    if (connection.silentPings >= this.#options.limits.silentPingsMax) {
      connection.close({ code: 'SILENT', message: `${connection.silentPings} pings in a row brought nothing back` });
      return;
    }
    connection.silentPings += 1;
    this.#pingNumber += 1;
    this.#pingSentAtMs = performance.now();
    const head = { kind: 'ping', channel: 'monitor', correlation: this.#pingNumber } as const;
    connection.writeFrame(frameOf(head, Buffer.alloc(0)));
  }

  /** For good. */
  stop(reason: CloseReason): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#open !== null) this.#open.closeAfterWrites(reason);
    else this.#connection?.close(reason);
  }

  #dial(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const { limits, queue, self, tls } = this.#options;
    let connection: Connection | null = null;
    let socket: Socket;
    try {
      socket = dial(this.address, tls, () => connection?.begin());
    } catch (error) {
      // An address or a certificate that cannot even be tried; it may be corrected while we wait.
      this.#redial({ code: 'BAD_ADDRESS', message: error instanceof Error ? error.message : String(error) });
      return;
    }
    connection = new Connection(socket, this.to, { self: self(), limits, queue, events: this.#events });
    this.#connection = connection;
    const dialled = connection;
    this.#timer = setTimeout(() => {
      dialled.close({ code: 'HANDSHAKE_TIMEOUT', message: `no handshake within ${limits.handshakeTimeoutMs} ms` });
    }, limits.handshakeTimeoutMs);
  }

  #onOpen(connection: Connection, peer: PeerIdentity): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#open = connection;
    this.#openedAtMs = performance.now();
    this.#reported = null;
    this.#options.log.info({ peer: this.to, address: this.address }, 'link to a peer is open');
    this.#options.onOpen(peer);
    this.ping();
  }

  #onFrame(connection: Connection, frame: Frame): void {
    // The dialled side sends nothing else here: its messages and answers travel on the connection that it dials.
    if (frame.kind !== 'pong') {
      connection.refuse({ code: 'MALFORMED', message: `a dialler does not expect the frame "${frame.kind}"` });
      return;
    }
    connection.silentPings = 0;
    if (frame.correlation === this.#pingNumber) this.roundTripMs = performance.now() - this.#pingSentAtMs;
  }

  #onClosed(connection: Connection, reason: CloseReason): void {
    const wasOpen = this.#open === connection;
    this.#connection = null;
    this.#open = null;
    this.roundTripMs = null;
    if (wasOpen) {
      if (performance.now() - this.#openedAtMs >= settledMs) this.#attempt = 0;
      if (!this.#stopped) this.#options.log.info({ peer: this.to, code: reason.code }, 'link to a peer closed');
    }
    this.#redial(wasOpen ? null : reason);
    if (wasOpen) this.#options.onClosed(reason);
  }

  #redial(failure: CloseReason | null): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#stopped) return;
    if (failure !== null && failure.code !== this.#reported) {
      this.#reported = failure.code;
      const fields = { peer: this.to, address: this.address, code: failure.code, reason: failure.message };
      this.#options.log.warn(fields, 'a peer cannot be reached; trying again');
    }
    const delayMs = redialDelayMs(this.#attempt, this.#options.limits, Math.random());
    this.#attempt += 1;
    this.#timer = setTimeout(() => this.#dial(), delayMs);
  }
}

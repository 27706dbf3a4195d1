import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { NodeId } from '../core/types.ts';
import type { Frame, FrameHead } from './frame.ts';
import { FrameError, FrameReader, frameOf } from './frame.ts';
import type { FlushQueue, WriteOutcome } from './frame-writer.ts';
import { FrameWriter } from './frame-writer.ts';
import type { HandshakeFrame, HandshakeSettings, HandshakeStep, PeerIdentity } from './handshake.ts';
import { AcceptorHandshake, DiallerHandshake, HandshakeRefused, refusalFrame } from './handshake.ts';
import type { LinkLimits } from './link-limits.ts';
import { handshakeFrameBytesMax } from './link-limits.ts';
import type { Payload } from './links.ts';
import { channelBindingOf } from './sockets.ts';

/** Why a connection is no more. The code is stable; the message is for a person. */
export interface CloseReason {
  readonly code: string;
  readonly message: string;
}

export interface ConnectionEvents {
  /** Both sides have proven themselves; frames may flow. */
  onOpen(connection: Connection, peer: PeerIdentity): void;
  onFrame(connection: Connection, frame: Frame): void;
  /** Once, at once, whoever closed it. */
  onClosed(connection: Connection, reason: CloseReason): void;
}

/** What a node says of itself in each handshake; asked anew for each, since a node gets its cluster id while it runs. */
export type Self = Omit<HandshakeSettings, 'nonce' | 'channelBinding'>;

export interface ConnectionOptions {
  readonly self: Self;
  readonly limits: LinkLimits;
  readonly queue: FlushQueue;
  readonly events: ConnectionEvents;
}

/** How long a peer has to take what was written before this side closes for good. */
const lastWordMs = 1_000;

const emptyHead = { channel: 'raft', correlation: 0 } as const;

/** One authenticated stream of frames over one socket, from either end. A socket error never gets past it. */
export class Connection {
  /** The cluster id that the other side knows of this node. Changes once, from null, when this node is founded. */
  announcedClusterId: string | null;
  /** Pings in a row that brought nothing back. */
  silentPings = 0;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #target: NodeId | null;
  #handshake: DiallerHandshake | AcceptorHandshake | null = null;
  #peer: PeerIdentity | null = null;
  #closed = false;

  /** `target`: the node that was dialled; null at the side that accepted. */
  constructor(socket: Socket, target: NodeId | null, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#target = target;
    this.announcedClusterId = options.self.clusterId;
    const { frameBytesMax, sendBufferBytesMax } = options.limits;
    this.#writer = new FrameWriter({ socket, queue: options.queue, frameBytesMax, sendBufferBytesMax });
    this.#reader = new FrameReader({
      frameBytesMax: handshakeFrameBytesMax,
      onFrame: (frame) => this.#onFrame(frame),
    });
    this.#watch(socket);
  }

  get peer(): PeerIdentity | null {
    return this.#peer;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** The socket carries bytes: the dialler introduces itself, the acceptor begins to listen. */
  begin(): void {
    if (this.#closed) return;
    const binding = channelBindingOf(this.#socket);
    const settings = { ...this.#options.self, nonce: randomBytes(32), channelBinding: binding };
    if (this.#target === null) {
      this.#handshake = new AcceptorHandshake(settings);
    } else {
      const dialler = new DiallerHandshake(settings, this.#target);
      this.#handshake = dialler;
      this.#sendNow(dialler.start());
    }
  }

  write(head: FrameHead, payload: Payload): WriteOutcome {
    return this.#writer.write(head, payload);
  }

  writeFrame(frame: Buffer): WriteOutcome {
    return this.#writer.writeFrame(frame);
  }

  /** The peer says that it has become a member of a cluster. */
  peerFounded(clusterId: string): void {
    if (this.#peer !== null) this.#peer = { ...this.#peer, clusterId };
  }

  /** Tells the other side why, then closes. */
  refuse(reason: CloseReason): void {
    if (this.#closed) return;
    this.#sendNow(refusalFrame(reason));
    this.#end(reason, () => {
      this.#socket.setTimeout(lastWordMs, () => this.#socket.destroy());
      this.#socket.end(() => this.#socket.destroy());
    });
  }

  close(reason: CloseReason): void {
    this.#end(reason, () => this.#socket.destroy());
  }

  /** What was written still leaves, if the peer takes it. */
  closeAfterWrites(reason: CloseReason): void {
    this.#writer.flush();
    this.#end(reason, () => {
      this.#socket.setTimeout(lastWordMs, () => this.#socket.destroy());
      this.#socket.destroySoon();
    });
  }

  #watch(socket: Socket): void {
    let failure: NodeJS.ErrnoException | null = null;
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    // The other end is gone or will never speak again: waiting for our own half to drain would only delay the news.
    socket.on('end', () => this.close({ code: 'ENDED', message: 'the other side closed the connection' }));
    socket.on('close', () =>
      this.close({ code: failure?.code ?? 'CLOSED', message: failure?.message ?? 'the connection closed' }),
    );
  }

  #onData(chunk: Buffer): void {
    if (this.#closed) return;
    // Only what the bytes themselves can cause is caught. What a handler of frames throws is a bug (or a failed
    // assertion, which must stop the node) and passes.
    try {
      this.#reader.push(chunk);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.refuse({ code: error.code, message: error.message });
    }
  }

  #onFrame(frame: Frame): void {
    if (this.#peer !== null) this.#options.events.onFrame(this, frame);
    else this.#onHandshakeFrame(frame);
  }

  #onHandshakeFrame(frame: Frame): void {
    const handshake = this.#handshake;
    if (handshake === null) return this.refuse({ code: 'MALFORMED', message: 'a frame before the handshake' });
    let step: HandshakeStep;
    try {
      step = handshake.receive(frame.kind, frame.bytes.subarray(frame.start, frame.end));
    } catch (error) {
      if (!(error instanceof HandshakeRefused)) throw error;
      return error.byPeer ? this.close(error) : this.refuse(error);
    }
    if (step.send !== null) this.#sendNow(step.send);
    if (step.peer === null) return;
    this.#handshake = null;
    this.#peer = step.peer;
    this.#reader.frameBytesMax = this.#options.limits.frameBytesMax;
    this.#options.events.onOpen(this, step.peer);
  }

  /** Frames of the handshake do not wait for the end of the turn. */
  #sendNow(frame: HandshakeFrame): void {
    this.#writer.writeFrame(frameOf({ kind: frame.kind, ...emptyHead }, frame.body));
    this.#writer.flush();
  }

  #end(reason: CloseReason, release: () => void): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reader.stop();
    release();
    this.#options.events.onClosed(this, reason);
  }
}

import { createServer, connect as connectTcp, isIP } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { TLSSocket, connect as connectTls, createServer as createTlsServer } from 'node:tls';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** PEM texts. Both ends show a certificate of `ca`: a client without one gets no further than TLS. */
export interface LinkTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** The address cannot be listened on. `code` is the system's, such as EADDRINUSE. */
class ListenFailed extends Error {
  readonly code: string;
  readonly address: Address;

  constructor(address: Address, cause: NodeJS.ErrnoException) {
    const why = cause.code === 'EADDRINUSE' ? 'another process listens there' : cause.message;
    super(`links cannot listen on ${address.host}:${address.port}: ${why}`, { cause });
    this.name = 'ListenFailed';
    this.code = cause.code ?? 'LISTEN_FAILED';
    this.address = address;
  }
}

/** Starts listening. `onSocket` gets raw sockets; `secureAccepted` makes one ready for frames. */
export async function listen(address: Address, onSocket: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ noDelay: true }, onSocket);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new ListenFailed(address, error)));
    server.listen({ host: address.host, port: address.port }, () => resolve());
  });
  // What goes wrong with a listening socket later (too many open files) concerns one accept, never the process.
  server.on('error', () => {});
  return server;
}

export function addressOf(server: Server): Address {
  const address = server.address() as AddressInfo;
  return { host: address.address, port: address.port };
}

/** Opens a socket to a peer; `onReady` is called once it may carry frames. Errors arrive as the socket's events. */
export function dial(address: Address, tls: LinkTls | null, onReady: () => void): Socket {
  if (tls === null) {
    return connectTcp({ host: address.host, port: address.port, noDelay: true }, onReady);
  }
  const servername = isIP(address.host) === 0 ? { servername: address.host } : {};
  const socket = connectTls(
    { ...tls, ...servername, host: address.host, port: address.port, minVersion: 'TLSv1.3' },
    onReady,
  );
  socket.setNoDelay(true);
  return socket;
}

/** Makes accepted sockets ready for frames: at once over TCP, after the client's certificate was checked over TLS. */
export function acceptorFor(tls: LinkTls | null): (raw: Socket, onReady: (socket: Socket) => void) => void {
  if (tls === null) return (raw, onReady) => onReady(raw);
  const waiting = new Map<string, (socket: Socket) => void>();
  // Never listens itself: it is given the sockets of the plain server, which counts and bounds them first.
  const server = createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('secureConnection', (socket) => waiting.get(remoteOf(socket))?.(socket));
  return (raw, onReady) => {
    // The address of the other end tells live sockets of one port apart, and both wrappings of a socket know it.
    const remote = remoteOf(raw);
    waiting.set(remote, onReady);
    raw.once('close', () => {
      if (waiting.get(remote) === onReady) waiting.delete(remote);
    });
    server.emit('connection', raw);
  };
}

function remoteOf(socket: Socket): string {
  return `${socket.remoteAddress ?? ''} ${socket.remotePort ?? 0}`;
}

/** What only the two ends of this TLS session can compute; empty without TLS. */
export function channelBindingOf(socket: Socket): Buffer {
  if (!(socket instanceof TLSSocket)) return Buffer.alloc(0);
  return socket.exportKeyingMaterial(32, 'EXPORTER-instaface-link', Buffer.alloc(0));
}

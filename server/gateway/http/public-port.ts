import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { refuse, reply, type Exchange } from './reply.ts';

/** How long a client may take to send its headers, and its whole request. */
const timeouts = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000 };

export interface PortHandlers {
  onRequest(exchange: Exchange): void;
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface PublicPortOptions {
  /** Port 0: any free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly log: { error(details: object, message: string): void };
}

/**
 * The one port that clients see. It listens before its node takes part in a cluster, which may take long: until a gateway serves, it
 * says that the process lives, and what it waits for.
 */
export class PublicPort {
  readonly server: Server;
  #handlers: PortHandlers;

  private constructor(handlers: PortHandlers) {
    this.#handlers = handlers;
    this.server = createServer(timeouts, (request, response: ServerResponse) =>
      this.#handlers.onRequest({ request, response }),
    );
    this.server.on('upgrade', (request, socket, head) => this.#handlers.onUpgrade(request, socket, head));
  }

  /** Rejects when the port cannot be had (EADDRINUSE). */
  static async open(options: PublicPortOptions, handlers: PortHandlers): Promise<PublicPort> {
    const port = new PublicPort(handlers);
    const { server } = port;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.listen, () => {
        server.off('error', reject);
        resolve();
      });
    });
    server.on('error', (error) => options.log.error({ err: error }, 'the public port failed'));
    return port;
  }

  get number(): number {
    const address: string | AddressInfo | null = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('The public port has no number.');
    return address.port;
  }

  /** From now on requests are for these. */
  serve(handlers: PortHandlers): void {
    this.#handlers = handlers;
  }

  /** For a start that failed: nothing is under way that would be worth waiting for. */
  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** Why a node takes no part. A `code` says that it stays so until somebody does what the reason tells. */
export interface NotReady {
  readonly reason: string;
  readonly code?: string;
}

/** While a node takes no part: it lives, and is not ready, for what `waiting()` says. */
export function waitingHandlers(node: string, waiting: () => NotReady): PortHandlers {
  return {
    onRequest: (exchange) => {
      exchange.response.setHeader('connection', 'close');
      const [path] = (exchange.request.url ?? '/').split('?');
      if (path === '/health/live') return replyJson(exchange, 200, { live: true, node });
      const { reason, ...code } = waiting();
      if (path === '/health/ready') return replyJson(exchange, 503, { ready: false, node, ...code, reasons: [reason] });
      return refuse(exchange, { status: 503, code: 'NO_LEADER', message: `${node} takes no part yet: ${reason}` });
    },
    onUpgrade: (_request, socket) => {
      socket.on('error', () => socket.destroy());
      endSocket(socket, '503 Service Unavailable');
    },
  };
}

export function endSocket(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
}

export function replyJson(exchange: Exchange, status: number, value: unknown): void {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  reply(exchange, { status, headers, body: `${JSON.stringify(value)}\n` });
}

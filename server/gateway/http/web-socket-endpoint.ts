import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GraphQLError, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { handleProtocols, makeServer, type Server } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { assert } from '#server/graph/errors.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import { clientError } from '../execution/client-errors.ts';
import type { OperationEngine } from '../execution/operation-engine.ts';
import type { OperationRequest } from '../execution/operation-plan.ts';
import type { Role } from '../execution/role.ts';
import type { GatewayLog } from '../gateway-options.ts';
import type { Access, Client } from './access.ts';
import { atExpiry } from './expiry.ts';
import { ClientShares } from '../execution/client-shares.ts';
import { endSocket } from './public-port.ts';
import { clientAt, rateLimitedMessage, type RateLimit } from './rate-limit.ts';
import type { Consumer, SlowConsumers } from './slow-consumers.ts';

const connectionsMax = 10_000;
/** A client that is gone without a word is noticed after twice this. */
const keepAliveMs = 12_000;
/** Of what is written to one connection and not taken yet. */
const unsentBytesMax = 16 * 1024 * 1024;
/** RFC 6455 and IANA; those from 4400 on are of graphql-transport-ws. */
const closeCodes = { goingAway: 1001, tryAgainLater: 1013, unauthorized: 4401, internalError: 4500 } as const;

export interface WebSocketOptions {
  readonly engine: OperationEngine;
  readonly log: GatewayLog;
  readonly access: Access;
  readonly rate: RateLimit;
  readonly slowConsumers: SlowConsumers;
  readonly messageBytesMax: number;
  readonly operationsPerConnectionMax: number;
  readonly connectionsPerClientMax: number;
  /** What the request of an operation is called in logs. */
  readonly nextRequestId: () => string;
}

interface Extra {
  /** Null until it has said who it is. */
  client: Client | null;
  /** False: it has too many connections, and this one is closed. */
  become(client: Client): boolean;
  readonly address: string | undefined;
  /** Aborted when the connection is closed. */
  readonly signal: AbortSignal;
}

/** GraphQL over WebSocket (graphql-transport-ws): any operation, many at once over one connection, each taken at the client's pace. */
export class WebSocketEndpoint {
  readonly #options: WebSocketOptions;
  readonly #sockets: WebSocketServer;
  readonly #protocol: Server<Extra>;
  /** By address until a client has said who it is. */
  readonly #connected: ClientShares;

  constructor(options: WebSocketOptions) {
    this.#options = options;
    this.#sockets = new WebSocketServer({ noServer: true, maxPayload: options.messageBytesMax, handleProtocols });
    this.#connected = new ClientShares(options.connectionsPerClientMax);
    const { engine, access, rate } = options;
    this.#protocol = makeServer<Record<string, unknown>, Extra>({
      // False closes the connection with 4403, as the protocol has it.
      onConnect: async ({ connectionParams, extra }) => {
        const token = connectionParams?.['token'];
        const client = await access.clientOf(typeof token === 'string' ? token : undefined, extra.address);
        return client.role !== null && extra.become(client);
      },
      onSubscribe: (context, _id, { query, operationName, variables }) => {
        const { signal, client } = context.extra;
        assert(client !== null && client.role !== null, 'an operation before the connection was acknowledged');
        const { name, role } = client;
        const retryAfterSeconds = rate.take(name);
        if (retryAfterSeconds > 0) return [tooOften(retryAfterSeconds)];
        const { operationsPerConnectionMax } = options;
        if (Object.keys(context.subscriptions).length > operationsPerConnectionMax)
          return [tooMany(operationsPerConnectionMax)];
        return this.#prepare({ query, operationName, variableValues: variables, signal, client: name, role });
      },
      execute: async (args) => plain(await engine.execute(requestOf(args))),
      subscribe: async (args) => {
        const stream = await engine.subscribe(requestOf(args));
        return Symbol.asyncIterator in stream ? stream : plain(stream);
      },
    });
  }

  get connections(): number {
    return this.#sockets.clients.size;
  }

  /** Takes an upgrade request whose host and origin were checked. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.connections >= connectionsMax) return endSocket(socket, '503 Service Unavailable');
    const address = request.socket.remoteAddress;
    if (!this.#connected.take(clientAt(address))) return endSocket(socket, '429 Too Many Requests');
    const abandoned = (): void => this.#connected.giveBack(clientAt(address));
    socket.once('close', abandoned);
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('close', abandoned);
      this.#serve(webSocket, address);
    });
  }

  /** Says goodbye to everyone; who does not answer is cut off by whoever closes the server. */
  close(): void {
    for (const socket of this.#sockets.clients) socket.close(closeCodes.goingAway, 'the node stops');
    this.#sockets.close();
  }

  terminate(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  /** The errors of the operation, or what `execute` and `subscribe` get. */
  #prepare(operation: {
    readonly query: string;
    readonly operationName: string | null | undefined;
    readonly variableValues: Record<string, unknown> | null | undefined;
    readonly signal: AbortSignal;
    readonly client: string;
    readonly role: Role;
  }): ExecutionArgs | readonly GraphQLError[] {
    const { engine, log, nextRequestId } = this.#options;
    try {
      const document = engine.parse(operation.query);
      const errors = engine.validate(document);
      if (errors.length > 0) return errors.map(withoutHttp);
      const { operationName, variableValues, signal, client, role } = operation;
      const request: OperationRequest = {
        document,
        operationName,
        variableValues,
        atLeast: 0 as LogIndex,
        client,
        role,
        requestId: nextRequestId(),
        signal,
      };
      return { schema: engine.schema, document, operationName: operationName ?? null, contextValue: request };
    } catch (error) {
      return [withoutHttp(clientError(error, log))];
    }
  }

  #serve(socket: WebSocket, address: string | undefined): void {
    const { log, slowConsumers } = this.#options;
    const left = new AbortController();
    const consumer: Consumer = {
      isBehind: () => socket.bufferedAmount > 0,
      cutOff: () => cutOff(socket, log),
    };
    let forgetExpiry = (): void => {};
    let holder = clientAt(address);
    const extra: Extra = {
      client: null,
      address,
      signal: left.signal,
      become: (client) => {
        if (left.signal.aborted) return false;
        if (client.name !== holder) {
          if (!this.#connected.take(client.name)) {
            end(socket, closeCodes.tryAgainLater, 'too many connections');
            return false;
          }
          this.#connected.giveBack(holder);
          holder = client.name;
        }
        extra.client = client;
        forgetExpiry = atExpiry(client, () => end(socket, closeCodes.unauthorized, 'the token has expired'));
        return true;
      },
    };
    const closed = this.#protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => send(socket, text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) => {
          socket.on('message', (data) => {
            // Who was told to go asks for nothing any more.
            if (socket.readyState !== socket.OPEN) return;
            if (socket.bufferedAmount > unsentBytesMax) return cutOff(socket, log);
            // `ws` gives a Buffer for text and binary alike, unless it is told otherwise.
            take(Buffer.isBuffer(data) ? data.toString('utf8') : '').catch((error: unknown) => {
              log.error({ err: error }, 'a WebSocket message could not be handled');
              socket.close(closeCodes.internalError, 'Internal server error');
            });
          });
        },
      },
      extra,
    );
    const stopPinging = keepAlive(socket);
    slowConsumers.watch(consumer);
    socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket connection broke'));
    socket.once('close', (code, reason) => {
      stopPinging();
      forgetExpiry();
      slowConsumers.forget(consumer);
      this.#connected.giveBack(holder);
      left.abort();
      closed(code, String(reason)).catch((error: unknown) =>
        log.error({ err: error }, 'a WebSocket connection did not end cleanly'),
      );
    });
  }
}

function requestOf(args: ExecutionArgs): OperationRequest {
  // `#prepare` made it.
  return args.contextValue as OperationRequest;
}

function plain(result: ExecutionResult): ExecutionResult {
  return result.errors === undefined ? result : { ...result, errors: result.errors.map(withoutHttp) };
}

/** There are no status codes here. */
function withoutHttp(error: GraphQLError): GraphQLError {
  const { http, ...extensions } = error.extensions;
  if (http === undefined) return error;
  const { nodes, source, positions, path } = error;
  return new GraphQLError(error.message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: nodes === undefined ? (positions ?? null) : null,
    path: path ?? null,
    extensions,
  });
}

function tooMany(operationsMax: number): GraphQLError {
  const message = `a connection carries at most ${operationsMax} operations at once`;
  return new GraphQLError(message, { extensions: { code: 'LIMIT_EXCEEDED' } });
}

function tooOften(retryAfterSeconds: number): GraphQLError {
  return new GraphQLError(rateLimitedMessage(retryAfterSeconds), {
    extensions: { code: 'RATE_LIMITED', retryAfterSeconds },
  });
}

/** Resolves when the system has taken it, so that the next result of a stream waits for a client that reads slowly. */
function send(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) return resolve();
    return socket.send(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** The reason stands behind what was not taken, so the connection ends without waiting for its answer. */
function cutOff(socket: WebSocket, log: GatewayLog): void {
  log.warn({ unsentBytes: socket.bufferedAmount }, 'a WebSocket client that does not read was cut off');
  end(socket, closeCodes.tryAgainLater, 'too slow');
}

function end(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason);
  setTimeout(() => socket.terminate(), 1_000).unref();
}

function keepAlive(socket: WebSocket): () => void {
  let isAnswered = true;
  socket.on('pong', () => (isAnswered = true));
  const timer = setInterval(() => {
    if (!isAnswered) return socket.terminate();
    isAnswered = false;
    return socket.ping();
  }, keepAliveMs);
  return () => clearInterval(timer);
}

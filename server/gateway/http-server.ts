import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { OperationEngine } from './execution/operation-engine.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { boundedRequest } from './http/body-limit.ts';
import { Access, type Client } from './http/access.ts';
import { isPromise } from './execution/maybe-promise.ts';
import { atExpiry } from './http/expiry.ts';
import { DirectRoute, type YogaRoute } from './http/direct-route.ts';
import { graphqlEndpoint, type GraphqlEndpoint } from './http/graphql-endpoint.ts';
import { MemberOrigins } from './http/member-origins.ts';
import { Playground } from './http/playground.ts';
import { endSocket, type NotReady, PublicPort, replyJson, waitingHandlers } from './http/public-port.ts';
import { clientAt, RateLimit, rateLimitedMessage } from './http/rate-limit.ts';
import { refuse, reply, type Exchange } from './http/reply.ts';
import { clientPolicy, commonHeaders } from './http/security-headers.ts';
import { SlowConsumers } from './http/slow-consumers.ts';
import { StaticFiles } from './http/static-files.ts';
import { WebSocketEndpoint } from './http/web-socket-endpoint.ts';

/** How long requests under way may still take when the node stops. */
const drainMs = 3_000;
const closeIdleMs = 50;
/** How long a client that was too slow may still read why it is cut off. */
const farewellMs = 1_000;

export interface RunningGateway {
  readonly port: number;
  /** Takes nothing new, lets what is under way end, then closes every connection. */
  close(): Promise<void>;
}

/** A port that listens already, and says why its node is not ready until a gateway serves there. */
export function openPublicPort(
  options: Pick<GatewayOptions, 'config' | 'log'> & { readonly node: string; readonly waiting: () => NotReady },
): Promise<PublicPort> {
  const { config, log, node, waiting } = options;
  return PublicPort.open({ listen: config.listen, log }, waitingHandlers(node, waiting));
}

/** Serves everything that clients see of a node, on its one public port. Rejects when the port cannot be had (EADDRINUSE). */
export async function startGateway(options: GatewayOptions, opened?: PublicPort): Promise<RunningGateway> {
  const { service } = options;
  const port =
    opened ?? (await openPublicPort({ ...options, node: service.nodeId, waiting: () => ({ reason: 'starting' }) }));
  const gateway = new Gateway(options, port);
  return { port: port.number, close: () => gateway.close() };
}

class Gateway {
  readonly #options: GatewayOptions;
  readonly #origins: MemberOrigins;
  readonly #access: Access;
  readonly #rate: RateLimit;
  readonly #engine: OperationEngine;
  readonly #graphql: GraphqlEndpoint;
  readonly #direct: DirectRoute;
  readonly #webSockets: WebSocketEndpoint;
  readonly #playground = new Playground();
  readonly #slowConsumers = new SlowConsumers();
  readonly #files: StaticFiles;
  readonly #server: PublicPort['server'];
  #requests = 0;
  #isClosing = false;

  constructor(options: GatewayOptions, port: PublicPort) {
    this.#options = options;
    const { log, config, service } = options;
    this.#origins = new MemberOrigins({ config, service });
    this.#access = new Access(config, log);
    this.#rate = new RateLimit(config.limits);
    this.#engine = new OperationEngine(options);
    const nextRequestId = (): string => `${service.nodeId}-${(++this.#requests).toString(36)}`;
    this.#graphql = graphqlEndpoint({ engine: this.#engine, log, nextRequestId });
    this.#direct = new DirectRoute({ engine: this.#engine, nextRequestId });
    this.#webSockets = new WebSocketEndpoint({
      engine: this.#engine,
      log,
      access: this.#access,
      rate: this.#rate,
      slowConsumers: this.#slowConsumers,
      messageBytesMax: config.limits.requestBodyBytesMax,
      operationsPerConnectionMax: config.limits.subscriptionsPerConnectionMax,
      connectionsPerClientMax: config.limits.connectionsPerClientMax,
      nextRequestId,
    });
    this.#files = new StaticFiles(options.webFolder);
    this.#server = port.server;
    port.serve({
      onRequest: (exchange) => this.#onRequest(exchange),
      onUpgrade: (request, socket, head) => this.#onUpgrade(request, socket, head),
    });
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#webSockets.close();
    await this.#engine.close();
    // Connections become idle one by one, as their last answers end.
    const closeIdle = setInterval(() => this.#server.closeIdleConnections(), closeIdleMs);
    this.#server.closeIdleConnections();
    const cutOff = setTimeout(() => {
      this.#webSockets.terminate();
      this.#server.closeAllConnections();
    }, drainMs);
    await closed;
    clearInterval(closeIdle);
    clearTimeout(cutOff);
  }

  #onRequest(exchange: Exchange): void {
    this.#route(exchange).catch((error: unknown) => {
      this.#options.log.error({ err: error, url: exchange.request.url }, 'a request failed');
      if (exchange.response.headersSent) exchange.response.destroy();
      else
        refuse(exchange, { status: 500, code: 'INTERNAL_SERVER_ERROR', message: 'Something went wrong on this node.' });
    });
  }

  async #route(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    if (this.#isClosing) response.setHeader('connection', 'close');
    if (!this.#origins.isKnownHost(request.headers.host)) return refuseHost(exchange);
    const path = pathOf(request);
    switch (path) {
      case '/graphql':
        return this.#onGraphql(exchange);
      case '/health/live':
        return this.#onRead(exchange, () =>
          replyJson(exchange, 200, { live: true, node: this.#options.service.nodeId }),
        );
      case '/health/ready':
        return this.#onRead(exchange, () => this.#onReady(exchange));
      case '/metrics':
        return this.#onRead(exchange, () => this.#onMetrics(exchange));
      default:
        return this.#onRead(exchange, () => this.#onFile(exchange, path));
    }
  }

  async #onGraphql(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const { headers, method } = request;
    if (!this.#origins.isAllowed(headers)) return refuseOrigin(exchange);
    if (headers.origin !== undefined) {
      response.setHeader('access-control-allow-origin', headers.origin);
      response.setHeader('vary', 'Origin');
    }
    if (method === 'OPTIONS') return replyPreflight(exchange);
    if (isPageVisit(request)) return this.#playground.serve(exchange);
    if (isForgeable(request)) {
      const message = 'POST takes application/json; a page of a stranger could send this without asking';
      return refuse(exchange, { status: 415, code: 'BAD_INPUT', message });
    }
    const bounded = boundedRequest(exchange, this.#options.config.limits.requestBodyBytesMax);
    if (bounded === null) return;
    const found = this.#access.clientOfHeader(headers.authorization, request.socket.remoteAddress);
    const client = isPromise(found) ? await found : found;
    if (request.destroyed) return;
    const { name, role } = client;
    const retryAfterSeconds = this.#rate.take(name);
    if (retryAfterSeconds > 0) return refuseHaste(exchange, retryAfterSeconds);
    if (role === null) return refuseStranger(exchange);
    const yoga: YogaRoute = (again, answered) => {
      this.#watchPace(response);
      endAtExpiry(response, client);
      for (const [header, value] of Object.entries(commonHeaders)) response.setHeader(header, value);
      return this.#graphql(again, response, { client: name, role, answered });
    };
    const answerType = this.#direct.answerType(request);
    if (answerType === null) return yoga(bounded, null);
    await this.#direct.serve(exchange, { answerType, client: name, role, yoga });
    if (!response.writableFinished && response.writableNeedDrain) this.#watchPace(response);
  }

  async #onRead(exchange: Exchange, answer: () => void | Promise<void>): Promise<void> {
    const { method } = exchange.request;
    if (method === 'GET' || method === 'HEAD') return answer();
    const headers = { allow: 'GET, HEAD' };
    return refuse(exchange, { status: 405, code: 'BAD_INPUT', message: `${method} is not for this address`, headers });
  }

  #onReady(exchange: Exchange): void {
    const health = this.#options.service.health();
    const reasons = this.#isClosing ? [...health.reasons, 'the node stops'] : health.reasons;
    const ready = health.ready && !this.#isClosing;
    replyJson(exchange, ready ? 200 : 503, { ...health, ready, reasons });
  }

  async #onMetrics(exchange: Exchange): Promise<void> {
    const { headers, socket } = exchange.request;
    const { role } = await this.#access.clientOfHeader(headers.authorization, socket.remoteAddress);
    if (role === null) return refuseStranger(exchange);
    const { metrics } = this.#options;
    reply(exchange, { status: 200, headers: { 'content-type': metrics.contentType }, body: await metrics.metrics() });
  }

  async #onFile(exchange: Exchange, path: string): Promise<void> {
    const policy = (): string => clientPolicy(this.#origins.connectSources());
    if (await this.#files.serve(exchange, path, policy)) return;
    if (path !== '/') return refuse(exchange, { status: 404, code: 'NOT_FOUND', message: 'there is nothing here' });
    reply(exchange, {
      status: 404,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: '<!doctype html><title>Instaface</title><p>The web client is not built: <code>npm run build</code>. The <a href="/graphql">playground</a> is here.</p>\n',
    });
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const isOurs = this.#origins.isKnownHost(request.headers.host) && this.#origins.isAllowed(request.headers);
    if (this.#isClosing) return endSocket(socket, '503 Service Unavailable');
    if (!isOurs) return endSocket(socket, '403 Forbidden');
    if (pathOf(request) !== '/graphql') return endSocket(socket, '404 Not Found');
    // Whoever connects has not said yet who it is.
    if (this.#rate.take(clientAt(request.socket.remoteAddress)) > 0) return endSocket(socket, '429 Too Many Requests');
    return this.#webSockets.accept(request, socket, head);
  }

  /** Answers that go on, such as server-sent events, are cut off when their client reads nothing for long. */
  #watchPace(response: ServerResponse): void {
    const consumer = {
      isBehind: () => response.writableNeedDrain,
      cutOff: () => {
        this.#options.log.warn({}, 'a client that does not read its answer was cut off');
        endSlow(response);
      },
    };
    this.#slowConsumers.watch(consumer);
    response.once('close', () => this.#slowConsumers.forget(consumer));
  }
}

/** Of server-sent events the reason stands behind what was not taken; the connection ends without waiting for a client that reads nothing. */
function endSlow(response: ServerResponse): void {
  if (String(response.getHeader('content-type')).startsWith('text/event-stream')) {
    const errors = [{ message: 'the client reads too slowly', extensions: { code: 'OVERLOADED' } }];
    response.write(`event: next\ndata: ${JSON.stringify({ errors })}\n\nevent: complete\ndata:\n\n`);
  }
  // As long as it has to read what is left, once it reads again.
  setTimeout(() => response.destroy(), farewellMs).unref();
}

/** An answer that goes on, such as server-sent events, goes on no longer than the token that it was asked for with. */
function endAtExpiry(response: ServerResponse, client: Client): void {
  if (client.expiresAtMs !== null)
    response.once(
      'close',
      atExpiry(client, () => response.destroy()),
    );
}

/** Of the request line, percent-decoding left alone: no file of ours needs it. */
function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/';
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

/** A person who opens the address, not a program that asks a query. */
function isPageVisit({ method, headers, url }: IncomingMessage): boolean {
  const wantsPage = (headers.accept ?? '').includes('text/html');
  return (method === 'GET' || method === 'HEAD') && wantsPage && !/[?&]query=/.test(url ?? '');
}

/** A browser sends these for any page without asking first (CSRF). */
function isForgeable({ method, headers }: IncomingMessage): boolean {
  if (method !== 'POST') return headers['sec-fetch-site'] === 'cross-site' && headers.origin === undefined;
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return ['', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'].includes(type);
}

function refuseHost(exchange: Exchange): void {
  const message =
    'this name is not one of this node; without tokens it answers to names of its own machine and of the members alone';
  refuse(exchange, { status: 403, code: 'FORBIDDEN', message });
}

function refuseStranger(exchange: Exchange): void {
  const message = 'this node answers to tokens alone: send one as `Authorization: Bearer …`';
  refuse(exchange, { status: 401, code: 'UNAUTHENTICATED', message, headers: { 'www-authenticate': 'Bearer' } });
}

function refuseHaste(exchange: Exchange, retryAfterSeconds: number): void {
  refuse(exchange, {
    status: 429,
    code: 'RATE_LIMITED',
    message: rateLimitedMessage(retryAfterSeconds),
    headers: { 'retry-after': String(retryAfterSeconds) },
    details: { retryAfterSeconds },
  });
}

function refuseOrigin(exchange: Exchange): void {
  const headers = { vary: 'Origin' };
  refuse(exchange, { status: 403, code: 'FORBIDDEN', message: 'pages of this origin may not ask this node', headers });
}

function replyPreflight(exchange: Exchange): void {
  const headers = {
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'content-type, accept, authorization, instaface-at-least',
    'access-control-max-age': '600',
  };
  reply(exchange, { status: 204, headers });
}

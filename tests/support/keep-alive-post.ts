import { connect, type Socket } from 'node:net';

/**
 * JSON over connections that are kept: for clients that send thousands of requests on the same processors as the nodes they measure, and so
 * must cost as little as they can. It speaks as much of HTTP/1.1 as answers of known length take, over plain sockets, one request at a
 * time on each: `node:http` costs a client more than a node takes to answer.
 */
export class KeepAlivePost {
  readonly #socketsPerHostMax: number;
  readonly #hosts = new Map<string, Host>();

  constructor({ socketsPerHostMax = 1_024 }: { readonly socketsPerHostMax?: number } = {}) {
    this.#socketsPerHostMax = socketsPerHostMax;
  }

  /** Rejects when there is no whole answer within the time. */
  send(url: string, body: string, timeoutMs: number): Promise<unknown> {
    let host = this.#hosts.get(url);
    if (host === undefined) {
      host = new Host(new URL(url), this.#socketsPerHostMax);
      this.#hosts.set(url, host);
    }
    return host.send(body, timeoutMs);
  }

  close(): void {
    for (const host of this.#hosts.values()) host.close();
  }
}

/** Servers close what is idle for five seconds, and a request may be on its way to them when they do. */
const idleMsMax = 3_000;

interface Exchange {
  readonly body: string;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Whose turn it is, or null while it waits. */
  connection: Connection | null;
  timer: NodeJS.Timeout | null;
  isOver: boolean;
}

class Host {
  readonly #url: URL;
  readonly #socketsMax: number;
  readonly #head: string;
  readonly #idle: Connection[] = [];
  readonly #connections = new Set<Connection>();
  readonly #waiting: Exchange[] = [];

  constructor(url: URL, socketsMax: number) {
    this.#url = url;
    this.#socketsMax = socketsMax;
    this.#head = `POST ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\ncontent-length: `;
  }

  send(body: string, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const exchange: Exchange = { body, resolve, reject, connection: null, timer: null, isOver: false };
      exchange.timer = setTimeout(() => this.#expire(exchange, timeoutMs), timeoutMs);
      this.#waiting.push(exchange);
      this.#serve();
    });
  }

  close(): void {
    for (const connection of this.#connections) connection.close(new Error('the client was closed'));
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      const connection = this.#takeIdle() ?? this.#open();
      if (connection === null) return;
      const exchange = this.#waiting.shift();
      if (exchange === undefined || exchange.isOver) {
        this.#idle.push(connection);
        continue;
      }
      exchange.connection = connection;
      connection.write(exchange, `${this.#head}${Buffer.byteLength(exchange.body)}\r\n\r\n${exchange.body}`);
    }
  }

  #takeIdle(): Connection | null {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined) return null;
      if (performance.now() - connection.idleSinceMs < idleMsMax) return connection;
      this.#connections.delete(connection);
      connection.close(new Error('idle for too long'));
    }
  }

  #open(): Connection | null {
    if (this.#connections.size >= this.#socketsMax) return null;
    const connection = new Connection(connect(Number(this.#url.port), this.#url.hostname), {
      onIdle: () => {
        this.#idle.push(connection);
        this.#serve();
      },
      onClosed: () => {
        this.#connections.delete(connection);
        const place = this.#idle.indexOf(connection);
        if (place >= 0) this.#idle.splice(place, 1);
        this.#serve();
      },
    });
    this.#connections.add(connection);
    return connection;
  }

  #expire(exchange: Exchange, timeoutMs: number): void {
    const error = new Error(`no answer within ${timeoutMs} ms`);
    if (exchange.connection === null) finish(exchange, error);
    else exchange.connection.close(error);
  }
}

interface ConnectionEvents {
  readonly onIdle: () => void;
  readonly onClosed: () => void;
}

class Connection {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  #exchange: Exchange | null = null;
  #received: Buffer | null = null;
  /** `performance.now()`. */
  idleSinceMs = performance.now();

  constructor(socket: Socket, events: ConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.setNoDelay(true);
    socket.on('data', (part) => this.#onData(part));
    socket.on('error', (error) => this.close(error));
    socket.on('close', () => {
      this.close(new Error('the connection was closed'));
      events.onClosed();
    });
  }

  write(exchange: Exchange, request: string): void {
    this.#exchange = exchange;
    this.#socket.write(request);
  }

  close(reason: Error): void {
    const exchange = this.#exchange;
    this.#exchange = null;
    if (exchange !== null) finish(exchange, reason);
    this.#socket.destroy();
  }

  #onData(part: Buffer): void {
    const bytes = this.#received === null ? part : Buffer.concat([this.#received, part]);
    const exchange = this.#exchange;
    if (exchange === null) return this.close(new Error('an answer that nobody asked for'));
    const answer = readAnswer(bytes);
    if (answer === null) {
      this.#received = bytes;
      return;
    }
    this.#received = null;
    if (answer instanceof Error) return this.close(answer);
    this.#exchange = null;
    finish(exchange, answer.json);
    // A server that will close says so; what is sent meanwhile would be lost.
    if (!answer.mayStay) return void this.#socket.destroy();
    this.idleSinceMs = performance.now();
    this.#events.onIdle();
  }
}

function finish(exchange: Exchange, outcome: unknown): void {
  if (exchange.isOver) return;
  exchange.isOver = true;
  if (exchange.timer !== null) clearTimeout(exchange.timer);
  if (outcome instanceof Error) exchange.reject(outcome);
  else exchange.resolve(outcome);
}

/** Null: there is more to come. */
function readAnswer(bytes: Buffer): { readonly json: unknown; readonly mayStay: boolean } | Error | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const head = bytes.toString('latin1', 0, headEnd);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  const bodyAt = headEnd + 4;
  const isChunked = length === undefined && /\r\ntransfer-encoding: *chunked/i.test(head);
  if (length === undefined && !isChunked) return new Error(`an answer of no known length: ${head}`);
  if (length !== undefined && bytes.length < bodyAt + Number(length)) return null;
  const text = isChunked ? joinChunks(bytes, bodyAt) : bytes.toString('utf8', bodyAt, bodyAt + Number(length));
  if (text === null) return null;
  try {
    return { json: JSON.parse(text), mayStay: !/\r\nconnection: *close/i.test(head) };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Null: there is more to come. */
function joinChunks(bytes: Buffer, from: number): string | null {
  const parts: Buffer[] = [];
  for (let at = from; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const next = lineEnd + 2 + size;
    if (bytes.length < next + 2) return null;
    if (size === 0) return Buffer.concat(parts).toString('utf8');
    parts.push(bytes.subarray(lineEnd + 2, next));
    at = next + 2;
  }
}

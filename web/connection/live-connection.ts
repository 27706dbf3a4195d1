import { Endpoints } from './endpoints.ts';
import type { Endpoint, NodeAddress } from './endpoints.ts';
import { Observable } from './observable.ts';

/** The socket that carries subscriptions; graphql-ws in the browser, a hand-driven one in the tests. */
export interface Socket {
  subscribe(request: SocketRequest, sink: SocketSink): () => void;
  /** Ends the socket at once, without waiting for the other side. */
  terminate(): void;
}

export interface SocketRequest {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

export interface SocketSink {
  next(result: SocketResult): void;
  error(error: unknown): void;
  complete(): void;
}

interface SocketResult {
  readonly data?: Record<string, unknown> | null | undefined;
  readonly errors?: readonly unknown[] | undefined;
  readonly extensions?: Record<string, unknown> | undefined;
}

export interface SocketEvents {
  onOpen(): void;
  onClose(): void;
  onRoundTrip(ms: number): void;
}

export type OpenSocket = (origin: string, events: SocketEvents) => Socket;

export type ConnectionState =
  | { readonly kind: 'connecting'; readonly endpoint: Endpoint }
  | { readonly kind: 'live'; readonly endpoint: Endpoint; readonly roundTripMs: number | null }
  | { readonly kind: 'waiting'; readonly endpoint: Endpoint; readonly retryAtMs: number; readonly attempts: number };

interface Timers {
  nowMs(): number;
  after(ms: number, act: () => void): () => void;
}

export interface LiveConnectionOptions {
  readonly pageOrigin: string;
  readonly open: OpenSocket;
  readonly timers: Timers;
}

interface Subscription {
  readonly request: SocketRequest;
  readonly sink: SocketSink;
  /** The newest commit that a result of this subscription named; the next socket goes on from there. */
  lastCommit: string | null;
  stop: (() => void) | null;
}

const WAIT_FIRST_MS = 250;
const WAIT_MAX_MS = 5_000;

/**
 * One socket to one node, which moves to another node of the cluster by itself when its node goes away, and takes all
 * subscriptions along. A subscription goes on from the last commit that it saw (`fromCommit` is inclusive: at least once), so
 * nothing that happened in between is lost.
 *
 * Every node is tried once in a round, at once; between rounds the wait doubles up to 5 s. There is no end to the rounds: the
 * page stays useful with the data that it has, and says how long until the next try.
 */
export class LiveConnection {
  readonly state: Observable<ConnectionState>;
  readonly endpoints: Observable<Endpoints>;
  private readonly options: LiveConnectionOptions;
  private readonly subscriptions = new Set<Subscription>();
  private socket: Socket | null = null;
  private generation = 0;
  private failures = 0;
  private cancelWait: (() => void) | null = null;

  constructor(options: LiveConnectionOptions) {
    this.options = options;
    const endpoint: Endpoint = { nodeId: null, origin: options.pageOrigin };
    this.endpoints = new Observable(Endpoints.from(options.pageOrigin));
    this.state = new Observable<ConnectionState>({ kind: 'connecting', endpoint });
  }

  start(): void {
    this.connect(this.state.get().endpoint);
  }

  /** The origin that requests go to now. */
  get origin(): string {
    return this.state.get().endpoint.origin;
  }

  /** Moves to this node. An unknown name is remembered until the cluster has named its nodes. */
  choose(nodeId: string): void {
    const endpoint = this.endpoints.get().byNode(nodeId);
    if (endpoint === null || endpoint.origin === this.origin) return;
    this.failures = 0;
    this.connect(endpoint);
  }

  retryNow(): void {
    if (this.state.get().kind === 'waiting') this.connect(this.state.get().endpoint);
  }

  learn(addresses: readonly NodeAddress[]): void {
    this.endpoints.set(this.endpoints.get().learn(addresses));
  }

  /** The node at this origin said who it is. */
  identify(origin: string, nodeId: string): void {
    this.endpoints.set(this.endpoints.get().identify(origin, nodeId));
    const state = this.state.get();
    if (state.endpoint.origin !== origin || state.endpoint.nodeId === nodeId) return;
    this.state.set({ ...state, endpoint: { origin, nodeId } });
  }

  /** The origin did not answer a request: when the socket is still there, leave it, since its node may hang. */
  reportUnreachable(origin: string): void {
    if (this.origin === origin && this.state.get().kind === 'live') this.onClose(this.generation);
  }

  subscribe(request: SocketRequest, sink: SocketSink): () => void {
    const subscription: Subscription = { request, sink, lastCommit: null, stop: null };
    this.subscriptions.add(subscription);
    if (this.state.get().kind === 'live') this.begin(subscription);
    return () => {
      this.subscriptions.delete(subscription);
      subscription.stop?.();
      subscription.stop = null;
    };
  }

  private connect(endpoint: Endpoint): void {
    this.cancelWait?.();
    this.cancelWait = null;
    const generation = ++this.generation;
    this.drop();
    this.state.set({ kind: 'connecting', endpoint });
    this.socket = this.options.open(endpoint.origin, {
      onOpen: () => this.onOpen(generation),
      onClose: () => this.onClose(generation),
      onRoundTrip: (ms) => this.onRoundTrip(generation, ms),
    });
  }

  private onOpen(generation: number): void {
    if (generation !== this.generation) return;
    this.failures = 0;
    this.state.set({ kind: 'live', endpoint: this.state.get().endpoint, roundTripMs: null });
    for (const subscription of this.subscriptions) this.begin(subscription);
  }

  private onRoundTrip(generation: number, ms: number): void {
    const state = this.state.get();
    if (generation !== this.generation || state.kind !== 'live') return;
    this.state.set({ ...state, roundTripMs: ms });
  }

  private onClose(generation: number): void {
    if (generation !== this.generation) return;
    this.generation++;
    this.drop();
    this.failures++;
    const endpoints = this.endpoints.get();
    const endpoint = endpoints.after(this.origin);
    const rounds = Math.floor(this.failures / endpoints.all.length);
    if (this.failures % endpoints.all.length !== 0) {
      this.connect(endpoint);
      return;
    }
    const waitMs = Math.min(WAIT_FIRST_MS * 2 ** (rounds - 1), WAIT_MAX_MS);
    const retryAtMs = this.options.timers.nowMs() + waitMs;
    this.state.set({ kind: 'waiting', endpoint, retryAtMs, attempts: this.failures });
    this.cancelWait = this.options.timers.after(waitMs, () => this.connect(endpoint));
  }

  /** The generation has moved on before this: a socket may report its end while it is being ended. */
  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    for (const subscription of this.subscriptions) subscription.stop = null;
    socket?.terminate();
  }

  private begin(subscription: Subscription): void {
    const { socket, generation } = this;
    if (socket === null) return;
    const mine = (): boolean => generation === this.generation && this.subscriptions.has(subscription);
    subscription.stop = socket.subscribe(resumed(subscription), {
      next: (result) => {
        if (!mine()) return;
        subscription.lastCommit = newestCommit(result) ?? subscription.lastCommit;
        subscription.sink.next(result);
      },
      error: (error) => {
        // A socket that closed also ends its subscriptions; those are begun again on the next one.
        if (!mine() || !isGraphqlErrors(error)) return;
        this.subscriptions.delete(subscription);
        subscription.sink.error(error);
      },
      complete: () => {
        if (!mine()) return;
        this.subscriptions.delete(subscription);
        subscription.sink.complete();
      },
    });
  }
}

function resumed(subscription: Subscription): SocketRequest {
  const { request, lastCommit } = subscription;
  if (lastCommit === null) return request;
  return { ...request, variables: { ...request.variables, fromCommit: lastCommit } };
}

/** The commit that a change belongs to, or null for results that are not changes of the graph. */
function newestCommit(result: SocketResult): string | null {
  for (const field of Object.values(result.data ?? {})) {
    if (typeof field !== 'object' || field === null || !('commit' in field)) continue;
    const { commit } = field;
    if (typeof commit === 'object' && commit !== null && 'index' in commit && typeof commit.index === 'string') {
      return commit.index;
    }
  }
  return null;
}

function isGraphqlErrors(error: unknown): boolean {
  return Array.isArray(error);
}

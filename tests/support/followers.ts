// Clients that follow one list over failovers as a program of somebody else would: with the protocols' own clients, which connect again, and
// with nothing but the index of the last commit that they were told of.
import { setTimeout as elapse } from 'node:timers/promises';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/** One change, as it came. Some come twice: after each new connection those of the last commit that was seen. */
export interface Heard {
  readonly commit: number;
  readonly to: string;
}

export interface Follower {
  readonly name: string;
  readonly heard: readonly Heard[];
  /** What the subscription itself failed with; nothing of that kind should happen. */
  readonly failures: readonly unknown[];
  /** How often it began anew. */
  readonly connections: () => number;
  /** Loses its connection, as over a bad network. */
  drop(): void;
  stop(): Promise<void>;
}

export interface FollowOptions {
  /** Where it begins, and where it goes on when a node does not serve it. */
  readonly urls: readonly string[];
  readonly from: string;
  readonly type: string;
}

interface Told {
  readonly associationsChanged: { readonly to: string; readonly commit: { readonly index: string } };
}

const query = `subscription Follow($from: [ID!]!, $types: [String!], $fromCommit: LogIndex) {
  associationsChanged(from: $from, types: $types, fromCommit: $fromCommit) { to commit { index } } }`;
const retries = 1_000;
const retryAfterMs = 50;

/** What both kinds of clients share: where to go next, and what was heard. */
class Story {
  readonly heard: Heard[] = [];
  readonly failures: unknown[] = [];
  readonly payload: { readonly query: string; readonly variables: Record<string, unknown> };
  connections = 0;
  readonly #urls: readonly string[];

  constructor({ urls, from, type }: FollowOptions) {
    this.#urls = urls;
    const last = (): string | null => this.heard.at(-1)?.commit.toString() ?? null;
    // The clients write the request anew for each connection, and so ask from where they are by then.
    const variables = {
      from: [from],
      types: [type],
      get fromCommit() {
        return last() ?? '1';
      },
    };
    this.payload = { query, variables };
  }

  /** Of the next connection: the node that it begins at, then one after the other. */
  url(): string {
    return `${this.#urls[this.connections++ % this.#urls.length] ?? ''}/graphql`;
  }

  readonly sink = {
    next: ({ data, errors }: { readonly data?: Told | null | undefined; readonly errors?: unknown }): void => {
      if (errors !== undefined) this.failures.push(errors);
      if (!data) return;
      const { to, commit } = data.associationsChanged;
      this.heard.push({ commit: Number(commit.index), to });
    },
    error: (error: unknown): void => void this.failures.push(error),
    complete: (): void => {},
  };
}

export function followByWebSocket(options: FollowOptions): Follower {
  const story = new Story(options);
  const client = createWsClient({
    url: () => story.url().replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: retries,
    retryWait: () => elapse(retryAfterMs),
    shouldRetry: () => true,
  });
  client.subscribe<Told>(story.payload, story.sink);
  return {
    name: `WebSocket, first at ${options.urls[0]}`,
    heard: story.heard,
    failures: story.failures,
    connections: () => story.connections,
    drop: () => client.terminate(),
    stop: async () => client.dispose(),
  };
}

export function followByServerSentEvents(options: FollowOptions): Follower {
  const story = new Story(options);
  const connections = new Set<AbortController>();
  const client = createSseClient({
    url: () => story.url(),
    retryAttempts: retries,
    retry: () => elapse(retryAfterMs),
    // A network that loses a connection: the client has no such switch of its own.
    fetchFn: (url: string, init: RequestInit) => {
      const lost = new AbortController();
      connections.add(lost);
      const { signal } = init;
      return fetch(url, { ...init, signal: signal ? AbortSignal.any([signal, lost.signal]) : lost.signal });
    },
  });
  client.subscribe<Told>(story.payload, story.sink);
  return {
    name: `server-sent events, first at ${options.urls[0]}`,
    heard: story.heard,
    failures: story.failures,
    connections: () => story.connections,
    drop: () => {
      for (const connection of connections) connection.abort(new TypeError('the network lost the connection'));
      connections.clear();
    },
    stop: async () => client.dispose(),
  };
}

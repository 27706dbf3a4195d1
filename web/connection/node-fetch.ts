import { withToken } from './bearer.ts';
import type { LiveConnection } from './live-connection.ts';

type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

export interface NodeFetchOptions {
  readonly connection: Pick<LiveConnection, 'origin' | 'endpoints' | 'reportUnreachable'>;
  readonly fetch: Fetch;
  /** The commit that a query must include, or null to take what the node has. */
  readonly atLeast: () => string | null;
  /** What shows the cluster who asks, where it wants to know. */
  readonly token: () => string | null;
  /** The node does not take this token, or wants one. */
  readonly onRefused: () => void;
}

/**
 * Sends a request to the node that the page is connected to and, when that node does not answer at all, to each other node
 * once. That is safe for mutations because each carries an idempotency key. An answer, whatever it says, is final: what a node
 * refuses is shown, not tried elsewhere.
 */
export function createNodeFetch(options: NodeFetchOptions): Fetch {
  return async (input, init) => {
    const { connection } = options;
    const path = new URL(input, connection.origin).pathname;
    let origin = connection.origin;
    const tries = Math.max(connection.endpoints.get().all.length, 1);
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await options.fetch(`${origin}${path}`, requestOf(init, options));
        if (response.status === 401) options.onRefused();
        return response;
      } catch (error) {
        // Only a request that got no response is a TypeError; an aborted one is not.
        if (!(error instanceof TypeError) || attempt >= tries) throw error;
        connection.reportUnreachable(origin);
        origin = connection.endpoints.get().after(origin).origin;
      }
    }
  };
}

function requestOf(init: RequestInit | undefined, options: NodeFetchOptions): RequestInit {
  const headers = withToken(new Headers(init?.headers), options.token());
  const atLeast = options.atLeast();
  if (atLeast !== null) headers.set('instaface-at-least', atLeast);
  return { ...init, headers };
}

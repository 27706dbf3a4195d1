import { createClient } from 'graphql-ws';
import type { Client } from 'graphql-ws';
import { currentToken, reportRefusedToken } from './token.ts';
import type { OpenSocket } from './live-connection.ts';

const PING_EVERY_MS = 4_000;
const PONG_WITHIN_MS = 3_000;
const ACKNOWLEDGE_WITHIN_MS = 3_000;
/** The close code for who may not come in (graphql-transport-ws). */
const FORBIDDEN_CLOSE = 4403;

/** A graphql-ws socket to one node, without retries of its own: `LiveConnection` decides where to go next. */
export const openGraphqlSocket: OpenSocket = (origin, events) => {
  let pingedAtMs = 0;
  let pongTimer: ReturnType<typeof setTimeout> | undefined;
  const client: Client = createClient({
    url: `${origin.replace(/^http/, 'ws')}/graphql`,
    connectionParams: () => {
      const token = currentToken();
      return token === null ? {} : { token };
    },
    lazy: false,
    retryAttempts: 0,
    keepAlive: PING_EVERY_MS,
    connectionAckWaitTimeout: ACKNOWLEDGE_WITHIN_MS,
    // The end of the socket is told by `closed`; the default would write it to the console as an error.
    onNonLazyError: () => undefined,
    on: {
      connected: () => events.onOpen(),
      closed: (event) => {
        if (isRefusal(event)) reportRefusedToken();
        clearTimeout(pongTimer);
        events.onClose();
      },
      ping: (received) => {
        if (received) return;
        pingedAtMs = performance.now();
        // A node that hangs keeps its sockets open for minutes.
        pongTimer = setTimeout(() => client.terminate(), PONG_WITHIN_MS);
      },
      pong: (received) => {
        if (!received) return;
        clearTimeout(pongTimer);
        events.onRoundTrip(performance.now() - pingedAtMs);
      },
    },
  });
  return {
    subscribe: (request, sink) => client.subscribe(request, sink),
    terminate: () => {
      clearTimeout(pongTimer);
      client.terminate();
    },
  };
};

function isRefusal(event: unknown): boolean {
  return event instanceof CloseEvent && event.code === FORBIDDEN_CLOSE;
}

import { Client, fetchExchange, mapExchange, subscriptionExchange } from 'urql';
import { lastAnswer, ownCommit, readAnswer } from './answers.ts';
import { graphCache } from './graph-cache.ts';
import { openGraphqlSocket } from './graphql-socket.ts';
import { LiveConnection } from './live-connection.ts';
import { createNodeFetch } from './node-fetch.ts';
import { currentToken, reportRefusedToken } from './token.ts';

/** The page's one connection. Nothing happens before `start()`. */
export const connection = new LiveConnection({
  pageOrigin: location.origin,
  open: openGraphqlSocket,
  timers: {
    nowMs: () => Date.now(),
    after: (ms, act) => {
      const timer = setTimeout(act, ms);
      return () => clearTimeout(timer);
    },
  },
});

/** Set while the connected node says that it cannot reach a leader: it is asked for what it has, not for more. */
let mayBeStale = false;
export function allowStale(allow: boolean): void {
  mayBeStale = allow;
}

/** GraphQL over HTTP for queries and mutations, over the connection's socket for subscriptions. */
export const graphClient = new Client({
  url: `${location.origin}/graphql`,
  preferGetMethod: false,
  fetch: createNodeFetch({
    connection,
    fetch: (url, init) => fetch(url, init),
    token: currentToken,
    onRefused: reportRefusedToken,
    atLeast: () => (mayBeStale ? null : ownCommit.get()),
  }) as typeof fetch,
  exchanges: [
    mapExchange({
      onResult: (result) => {
        const answer = readAnswer(result.extensions);
        if (answer !== null && result.operation.kind === 'query') lastAnswer.set(answer);
      },
    }),
    graphCache,
    subscriptionExchange({
      forwardSubscription: (request) => ({
        subscribe: (sink) => ({
          unsubscribe: connection.subscribe(
            { query: request.query ?? '', variables: { ...request.variables } },
            {
              next: (result) => sink.next(result as Parameters<typeof sink.next>[0]),
              error: (errors) => sink.error(errors),
              complete: () => sink.complete(),
            },
          ),
        }),
      }),
    }),
    fetchExchange,
  ],
});

import { stringifyDocument } from 'urql';
import { WhoAnswersDocument } from '../generated/graphql.ts';
import { readAnswer } from './answers.ts';
import { withToken } from './bearer.ts';
import { connection } from './graph-client.ts';
import { currentToken } from './token.ts';

/** Asks each node that the page connects to who it is; a socket does not say. Runs as long as the page. */
export function identifyNodes(): void {
  let asked: string | null = null;
  connection.state.subscribe(() => {
    const state = connection.state.get();
    if (state.kind !== 'live') {
      asked = null;
      return;
    }
    const { origin, nodeId } = state.endpoint;
    if (nodeId !== null || asked === origin) return;
    asked = origin;
    void ask(origin);
  });
}

async function ask(origin: string): Promise<void> {
  try {
    const response = await fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: withToken(
        new Headers({
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json',
        }),
        currentToken(),
      ),
      body: JSON.stringify({ query: stringifyDocument(WhoAnswersDocument) }),
    });
    const body = (await response.json()) as { extensions?: unknown };
    const answer = readAnswer(body.extensions);
    if (answer !== null) connection.identify(origin, answer.node);
  } catch {
    // The socket notices by itself when the node is gone; until it is known, the chip shows the address.
  }
}

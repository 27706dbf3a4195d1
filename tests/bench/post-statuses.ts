import { v7 as uuidv7 } from 'uuid';
import type { KeepAlivePost } from '#tests/support/keep-alive-post.ts';
import { measureLoad, type LoadFigures } from '#tests/support/measured-load.ts';

const warmUpMs = 3_000;
const requestTimeoutMs = 10_000;
const post = 'mutation ($input: PostStatusInput!) { postStatus(input: $input) { status { id } } }';

/** Where statuses are posted, and the processes whose time is counted, by a name for each. */
export interface WritePlace {
  readonly urls: readonly string[];
  readonly author: string;
  readonly pids: ReadonlyMap<string, number>;
}

/** Whole mutations, each under a key of its own. Ends with the first failure: none is expected. */
export function postStatuses(
  { urls, author, pids }: WritePlace,
  options: { readonly posts: KeepAlivePost; readonly inFlight: number; readonly measureMs: number },
): Promise<LoadFigures> {
  const { posts, inFlight, measureMs } = options;
  return measureLoad({
    inFlight,
    warmUpMs,
    measureMs,
    pids,
    send: async (client) => {
      const key = uuidv7();
      const body = JSON.stringify({ query: post, variables: { input: { author, text: key, idempotencyKey: key } } });
      const answer = await posts.send(`${urls[client % urls.length]}/graphql`, body, requestTimeoutMs);
      if (typeof answer !== 'object' || answer === null || 'errors' in answer) throw new Error(JSON.stringify(answer));
    },
  });
}

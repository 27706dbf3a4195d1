/** One error of a GraphQL answer, as far as a client acts on it. */
export interface GraphQlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: string; readonly [name: string]: unknown };
}

export interface GraphQlAnswer {
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly GraphQlError[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** The cluster answered, and the answer is an error that trying again will not change. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** No node gave a final answer within the time allowed. The mutation may still take effect: its key stays the same. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

export interface GraphClientOptions {
  /** Base addresses of nodes, such as `http://127.0.0.1:4000`. Any of them will do. */
  readonly urls: readonly string[];
  readonly requestTimeoutMs: number;
  /** How long a request is tried again, over all nodes. */
  readonly patienceMs: number;
  /** Default: INSTAFACE_TOKEN of the environment; without either no token is sent. */
  readonly token?: string;
  readonly onRetry?: (reason: string) => void;
}

/** Worth another try under the same key: the answer says that the cluster could not tell or take it just now. */
const transientCodes = new Set([
  'NO_LEADER',
  'NO_QUORUM',
  'OUTCOME_UNKNOWN',
  'BUSY',
  'OVERLOADED',
  'RATE_LIMITED',
  'DEADLINE_EXCEEDED',
  'DATABASE_BEHIND',
  'DATABASE_UNAVAILABLE',
]);
const retryPauseMsMin = 20;
const retryPauseMsMax = 500;

/**
 * GraphQL over HTTP to any node of a cluster. A request that finds its node gone, cut off or without a leader is tried at the
 * next one, unchanged: a mutation's idempotency key is what makes that safe, so every mutation must carry one.
 */
export class GraphClient {
  readonly #options: GraphClientOptions;
  readonly #token: string | undefined;
  #current = 0;

  constructor(options: GraphClientOptions) {
    if (options.urls.length === 0) throw new Error('a client needs the address of at least one node');
    this.#options = options;
    this.#token = options.token ?? (process.env['INSTAFACE_TOKEN'] || undefined);
  }

  /** The node asked next. */
  get url(): string {
    return this.#options.urls[this.#current % this.#options.urls.length] ?? '';
  }

  useNode(place: number): void {
    this.#current = place;
  }

  /** Rejects with RequestRefused or, after `patienceMs`, with NoAnswer. */
  async request(
    query: string,
    variables: Readonly<Record<string, unknown>> = {},
    signal?: AbortSignal,
  ): Promise<GraphQlAnswer> {
    const end = performance.now() + this.#options.patienceMs;
    let pauseMs = retryPauseMsMin;
    for (;;) {
      const outcome = await this.#send(query, variables, signal);
      if (outcome.kind === 'answer') return outcome.answer;
      if (signal?.aborted) throw new NoAnswer('stopped');
      if (performance.now() + pauseMs > end) throw new NoAnswer(outcome.reason);
      this.#options.onRetry?.(outcome.reason);
      this.#current += 1;
      await pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, retryPauseMsMax);
    }
  }

  async #send(
    query: string,
    variables: Readonly<Record<string, unknown>>,
    signal: AbortSignal | undefined,
  ): Promise<
    { readonly kind: 'answer'; readonly answer: GraphQlAnswer } | { readonly kind: 'again'; readonly reason: string }
  > {
    const url = this.url;
    const timeout = AbortSignal.timeout(this.#options.requestTimeoutMs);
    let answer: GraphQlAnswer;
    try {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json',
          ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        },
        body: JSON.stringify({ query, variables }),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      answer = readAnswer(await response.json(), response.status);
    } catch (error) {
      if (error instanceof RequestRefused) throw error;
      return { kind: 'again', reason: `${url}: ${describe(error)}` };
    }
    const transient = answer.errors.find((error) => transientCodes.has(error.extensions?.code ?? ''));
    if (transient) return { kind: 'again', reason: `${url}: ${transient.extensions?.code}: ${transient.message}` };
    const [final] = answer.errors;
    if (final) throw new RequestRefused(final.extensions?.code ?? 'UNKNOWN', final.message);
    return { kind: 'answer', answer };
  }
}

function readAnswer(body: unknown, status: number): GraphQlAnswer {
  if (typeof body !== 'object' || body === null)
    throw new Error(`the answer (status ${status}) is not a GraphQL answer`);
  const { data = null, errors = [], extensions = {} } = body as Partial<GraphQlAnswer>;
  if (!Array.isArray(errors)) throw new Error(`the answer (status ${status}) is not a GraphQL answer`);
  return { data, errors, extensions };
}

/** fetch hides what happened in `cause`. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { DocumentNode, ExecutionResult } from 'graphql';
import { andThen, type MaybePromise } from '../execution/maybe-promise.ts';
import type { OperationEngine } from '../execution/operation-engine.ts';
import type { Role } from '../execution/role.ts';
import { atLeastOf } from './at-least.ts';
import { withBody } from './body-limit.ts';
import type { Exchange } from './reply.ts';
import { commonHeaders } from './security-headers.ts';

/** What clients accept, and what yoga then answers with. Whoever accepts anything else is answered by yoga itself. */
const answerTypes: ReadonlyMap<string | undefined, string> = new Map([
  [undefined, 'application/json; charset=utf-8'],
  ['*/*', 'application/json; charset=utf-8'],
  ['application/json', 'application/json; charset=utf-8'],
  ['application/graphql-response+json', 'application/graphql-response+json; charset=utf-8'],
  // Of the bot and both imports.
  ['application/graphql-response+json, application/json', 'application/graphql-response+json; charset=utf-8'],
  // As GraphQL over HTTP recommends it.
  [
    'application/graphql-response+json; charset=utf-8, application/json; charset=utf-8',
    'application/graphql-response+json; charset=utf-8',
  ],
  // Of graphql's own client of the web page (urql).
  [
    'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
    'application/graphql-response+json; charset=utf-8',
  ],
]);
const jsonTypes: ReadonlySet<string | undefined> = new Set(['application/json', 'application/json; charset=utf-8']);

/** The result of an operation that was carried out already and only wants to be answered, or null: nothing was carried out. */
export type Answered = ExecutionResult | null;

/** Answers by yoga: `request` can be read from its beginning again. */
export type YogaRoute = (request: IncomingMessage, answered: Answered) => Promise<void>;

interface PlainRequest {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variableValues: Readonly<Record<string, unknown>> | null;
}

/**
 * A short way for what nearly every request is: one query or mutation as JSON by POST, whose answer holds no errors. It costs a third of
 * the way through yoga, which makes a Request and a Response of the web of it. Whatever is not so plain (a document that is refused,
 * a subscription, errors and the status codes they have) is yoga's, which is handed the same body again: so what clients see
 * is the same on both ways.
 */
export class DirectRoute {
  readonly #engine: OperationEngine;
  readonly #nextRequestId: () => string;

  constructor(options: { readonly engine: OperationEngine; readonly nextRequestId: () => string }) {
    this.#engine = options.engine;
    this.#nextRequestId = options.nextRequestId;
  }

  /** The type of the answer, or null where the request goes to yoga unread. Its length is stated, so it is bounded. */
  answerType({ method, headers, url }: IncomingMessage): string | null {
    const isPlain =
      method === 'POST' &&
      url === '/graphql' &&
      headers['content-length'] !== undefined &&
      headers['content-encoding'] === undefined &&
      jsonTypes.has(headers['content-type']);
    return isPlain ? (answerTypes.get(headers.accept) ?? null) : null;
  }

  async serve(
    exchange: Exchange,
    options: { readonly answerType: string; readonly client: string; readonly role: Role; readonly yoga: YogaRoute },
  ): Promise<void> {
    const { answerType, client, role, yoga } = options;
    const body = await wholeBody(exchange.request);
    if (body === null) return;
    const plain = this.#understand(body);
    const atLeast = atLeastOf(exchange.request.headers['instaface-at-least']);
    if (plain === null || atLeast instanceof Error) return yoga(again(exchange.request, body), null);
    const leaving = new AbortController();
    // Only when it is still owed: each abort costs an exception with its stack.
    exchange.response.once('close', () => exchange.response.writableFinished || leaving.abort());
    const requestId = this.#nextRequestId();
    const carriedOut = this.#engine.execute({ ...plain, atLeast, client, role, requestId, signal: leaving.signal });
    const answer = (result: ExecutionResult): MaybePromise<void> =>
      result.errors === undefined
        ? answerPlainly(exchange, answerType, result)
        : yoga(again(exchange.request, body), result);
    return andThen(carriedOut, answer);
  }

  /** Null: yoga will say what is wrong with it, or knows what to do with it. */
  #understand(body: Buffer): PlainRequest | null {
    const params = parsedObject(body);
    if (params === null) return null;
    const { query, operationName = null, variables = null, ...others } = params;
    if (typeof query !== 'string' || !isNullOr(operationName, 'string') || !isNullOr(variables, 'object')) return null;
    if (Array.isArray(variables) || Object.keys(others).length > 0) return null;
    const document = this.#engine.plainDocument(query);
    if (document === null) return null;
    return {
      document,
      operationName: operationName as string | null,
      variableValues: variables as Readonly<Record<string, unknown>> | null,
    };
  }
}

function answerPlainly({ response }: Exchange, type: string, result: ExecutionResult): void {
  const body = JSON.stringify(result);
  response.writeHead(200, {
    ...commonHeaders,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** Null: the client went away. */
function wholeBody(request: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => resolve(parts.length === 1 ? (parts[0] ?? null) : Buffer.concat(parts)));
    request.on('error', () => resolve(null));
    request.on('close', () => resolve(null));
  });
}

function parsedObject(body: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}

function isNullOr(value: unknown, type: 'string' | 'object'): boolean {
  return value === null || typeof value === type;
}

/** To be read once more. */
function again(request: IncomingMessage, body: Buffer): IncomingMessage {
  return withBody(request, Readable.from([body], { objectMode: false }));
}

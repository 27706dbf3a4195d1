import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorCode } from '#server/graph/errors.ts';
import { commonHeaders } from './security-headers.ts';

/** What is answered at once and whole. HEAD gets the headers alone. */
export function reply(
  exchange: Exchange,
  answer: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | Buffer;
  },
): void {
  const { request, response } = exchange;
  const body = answer.body ?? '';
  const hasBody = answer.status !== 204 && answer.status !== 304;
  const length = hasBody ? { 'content-length': String(Buffer.byteLength(body)) } : {};
  response.writeHead(answer.status, { ...commonHeaders, ...length, ...answer.headers });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** A refusal, in the shape of a GraphQL answer. What the client still sends is not waited for. */
export function refuse(
  exchange: Exchange,
  refusal: {
    readonly status: number;
    readonly code: ErrorCode | 'INTERNAL_SERVER_ERROR';
    readonly message: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly details?: Readonly<Record<string, unknown>>;
  },
): void {
  const { status, code, message, headers, details } = refusal;
  const isUnread = !exchange.request.complete;
  reply(exchange, {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(isUnread ? { connection: 'close' } : {}),
      ...headers,
    },
    body: JSON.stringify({ errors: [{ message, extensions: { code, ...details } }] }),
  });
}

/** One request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

import type { IncomingMessage } from 'node:http';
import { Transform, type Readable, type TransformCallback } from 'node:stream';
import { refuse, type Exchange } from './reply.ts';

/**
 * The request with a body that cannot grow past the bound, or null when it was refused. A stated length is enforced by Node itself, so
 * only a body without one has to be counted as it comes.
 */
export function boundedRequest(exchange: Exchange, bytesMax: number): IncomingMessage | null {
  const { request } = exchange;
  const stated = request.headers['content-length'];
  const isChunked = stated === undefined && request.headers['transfer-encoding'] !== undefined;
  if (Number(stated ?? 0) > bytesMax) {
    refuseLarge(exchange, bytesMax);
    return null;
  }
  return isChunked ? countedRequest(exchange, bytesMax) : request;
}

function refuseLarge(exchange: Exchange, bytesMax: number): void {
  if (exchange.response.headersSent) return;
  refuse(exchange, { status: 413, code: 'TOO_LARGE', message: `a request may hold at most ${bytesMax} bytes` });
}

function countedRequest(exchange: Exchange, bytesMax: number): IncomingMessage {
  const { request } = exchange;
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      bytes += chunk.length;
      if (bytes <= bytesMax) return done(null, chunk);
      refuseLarge(exchange, bytesMax);
      request.unpipe(counted);
      request.resume();
      return done(new Error('the body is too large'));
    },
  });
  request.on('error', (error) => counted.destroy(error));
  request.on('close', () => {
    if (!request.complete) counted.destroy(new Error('the client went away'));
  });
  request.pipe(counted);
  return withBody(request, counted);
}

/** The request with its body from elsewhere, as far as yoga reads one. */
export function withBody({ headers, method, url, socket }: IncomingMessage, body: Readable): IncomingMessage {
  return Object.assign(body, { headers, method, url, socket }) as unknown as IncomingMessage;
}

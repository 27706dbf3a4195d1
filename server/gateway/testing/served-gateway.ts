import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatewayConfig } from '../gateway-options.ts';
import { startGateway } from '../http-server.ts';
import { readDeclarations } from '../read-declarations.ts';
import { MemoryNode } from './memory-node.ts';
import { recordingLog, schemaFolder } from './test-gateway.ts';

export const bodyBytesMax = 64 * 1024;

export const gatewayConfig: GatewayConfig = {
  listen: { host: '127.0.0.1', port: 0 },
  trustedNetwork: false,
  tokenRoles: null,
  jsonWebTokens: null,
  publicUrl: 'http://127.0.0.1:4000',
  publicUrls: new Map([['n2', 'http://n2.example:4001']]),
  timings: { readDeadlineMs: 1000 },
  limits: {
    requestBodyBytesMax: bodyBytesMax,
    queryDepthMax: 16,
    operationCostMax: 10_000_000,
    subscriptionsPerConnectionMax: 3,
    subscriptionsPerClientMax: 5,
    connectionsPerClientMax: 4,
    operationsPerSecondMax: 0,
  },
};

/** A gateway on a free port of this machine, over a node in memory, with a small web client. */
export async function serveGateway(config: Partial<GatewayConfig> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'web-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>client</title>');
  writeFileSync(join(folder, 'assets', 'main-abc123.js'), `console.log(${JSON.stringify('x'.repeat(5000))})`);
  writeFileSync(join(folder, 'secret.bin'), 'in the folder');
  const read = readDeclarations(schemaFolder);
  const service = new MemoryNode(read.declarations);
  const log = recordingLog();
  const gateway = await startGateway({
    ...read,
    service,
    log,
    webFolder: folder,
    metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', metrics: async () => 'up 1\n' },
    config: { ...gatewayConfig, ...config },
  });
  const url = `http://127.0.0.1:${gateway.port}`;
  return {
    url,
    port: gateway.port,
    service,
    log,
    fetch: (path: string, options: FetchOptions = {}) => fetchText(gateway.port, path, options),
    post: (query: string, more: object = {}, headers: Record<string, string> = {}) =>
      fetchText(gateway.port, '/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, ...more }),
      }),
    close: async () => {
      await gateway.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type ServedGateway = Awaited<ReturnType<typeof serveGateway>>;

interface FetchOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  /** Sends it without saying how long it is. */
  readonly chunked?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  json(): Answered;
}

export interface Answered {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly unknown[];
    readonly extensions: Readonly<Record<string, unknown>>;
  }[];
  readonly extensions?: { readonly instaface: Readonly<Record<string, unknown>> };
}

/** Unlike fetch it lets a test choose the path and every header, Host included. */
function fetchText(port: number, path: string, options: FetchOptions): Promise<Answer> {
  const { method = 'GET', headers = {}, body, chunked = false } = options;
  const length = body === undefined || chunked ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, path, method, headers: { ...length, ...headers }, agent: false },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const whole = Buffer.concat(parts);
          const text = whole.toString('utf8');
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: whole,
            text,
            json: () => JSON.parse(text) as Answered,
          });
        });
      },
    );
    request.on('error', reject);
    if (chunked && body !== undefined) request.write(body);
    request.end(chunked ? undefined : body);
  });
}

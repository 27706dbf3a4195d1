// Goal: a request meets every kind of trouble a cluster has and still ends in one answer. Method: nodes that answer from a script.
import { createServer, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { GraphClient, NoAnswer, RequestRefused } from './graph-client.ts';

type Reply = { readonly status?: number; readonly body: string } | 'hang up';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((closed) => server.close(closed))));
});

/** A node that gives these replies in turn, the last one for ever, and remembers the bodies it was sent. */
async function scriptedNode(replies: readonly Reply[]): Promise<{ readonly url: string; readonly bodies: string[] }> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const reply = replies[Math.min(bodies.length, replies.length - 1)] ?? 'hang up';
      bodies.push(body);
      if (reply === 'hang up') request.socket.destroy();
      else
        response
          .writeHead(reply.status ?? 200, { 'content-type': 'application/json', connection: 'close' })
          .end(reply.body);
    });
  });
  servers.push(server);
  await new Promise<void>((listening) => {
    server.listen({ host: '127.0.0.1', port: 0 }, listening);
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, bodies };
}

const failure = (code: string): Reply => ({
  body: JSON.stringify({ data: null, errors: [{ message: 'no', extensions: { code } }] }),
});
const success: Reply = { body: JSON.stringify({ data: { done: true } }) };
const options = { requestTimeoutMs: 1_000, patienceMs: 5_000 };

test('the same mutation goes to the next node until one answers', async () => {
  const first = await scriptedNode(['hang up']);
  const second = await scriptedNode([failure('NO_LEADER'), failure('OUTCOME_UNKNOWN'), success]);
  const reasons: string[] = [];
  const client = new GraphClient({
    ...options,
    urls: [first.url, second.url],
    onRetry: (reason) => reasons.push(reason),
  });
  const variables = { input: { idempotencyKey: 'once' } };
  await expect(client.request('mutation', variables)).resolves.toMatchObject({ data: { done: true } });
  const bodies = new Set([...first.bodies, ...second.bodies]);
  expect(bodies).toEqual(new Set([JSON.stringify({ query: 'mutation', variables })]));
  expect(reasons.join()).toMatch(/NO_LEADER.*OUTCOME_UNKNOWN/);
});

test('a refusal is an answer: it is not asked again', async () => {
  const node = await scriptedNode([failure('CONFLICT')]);
  const request = new GraphClient({ ...options, urls: [node.url] }).request('mutation');
  await expect(request).rejects.toThrow(RequestRefused);
  expect(node.bodies).toHaveLength(1);
});

test('patience ends', async () => {
  const node = await scriptedNode([failure('NO_QUORUM')]);
  const request = new GraphClient({ ...options, patienceMs: 200, urls: [node.url] }).request('mutation');
  await expect(request).rejects.toThrow(NoAnswer);
});

test.each([
  ['no JSON', { status: 502, body: '<html>bad gateway</html>' }],
  ['no GraphQL answer', { body: '"text"' }],
] as const)('an answer that is %s is tried elsewhere', async (_name, reply) => {
  const first = await scriptedNode([reply]);
  const second = await scriptedNode([success]);
  const client = new GraphClient({ ...options, urls: [first.url, second.url] });
  await expect(client.request('query')).resolves.toMatchObject({ data: { done: true } });
});

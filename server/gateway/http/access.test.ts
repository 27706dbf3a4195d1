/** Goal: with tokens nobody gets in without one, on any way in, and each does what its role allows and nothing more. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { serveGateway, type ServedGateway } from '../testing/served-gateway.ts';

const tokens = { read: 'r'.repeat(20), write: 'w'.repeat(20), operate: 'o'.repeat(20) };
const digest = (token: string): string => createHash('sha256').update(token).digest('hex');
const asks = {
  read: '{ __typename }',
  watch: 'subscription { cluster { id } }',
  write: 'mutation { createUser(input: { handle: "someone", name: "Some", idempotencyKey: "k" }) { user { id } } }',
  operate:
    'mutation { ...f } fragment f on Mutation { ... on Mutation { setPlugged(node: "n1", plugged: true) { id } } }',
  both: 'mutation { createUser(input: { handle: "not.made", name: "No" }) { user { id } } setPlugged(node: "n1", plugged: true) { id } }',
};
const allowed = { read: ['read'], write: ['read', 'write'], operate: ['read', 'write', 'operate', 'both'] };

let gateway: ServedGateway;
beforeAll(async () => {
  const tokenRoles = new Map(
    Object.entries(tokens).map(([role, token]) => [digest(token), role as keyof typeof tokens]),
  );
  gateway = await serveGateway({ tokenRoles });
});
afterAll(() => gateway.close());

describe.each(['/graphql', '/graphql?'])('over HTTP, at %s', (path) => {
  const ask = (query: string, authorization?: string) =>
    gateway.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
      body: JSON.stringify({ query }),
    });

  test.each([
    undefined,
    '',
    'Bearer',
    'Bearer nobody',
    `Basic ${tokens.read}`,
    `Bearer ${tokens.read} more`,
    tokens.read,
  ])('refuses who sends %s', async (authorization) => {
    const answer = await ask(asks.read, authorization);
    const code = answer.json().errors?.[0]?.extensions['code'];
    expect([answer.status, code, answer.headers['www-authenticate']]).toEqual([401, 'UNAUTHENTICATED', 'Bearer']);
  });

  test.each(['read', 'write', 'operate'] as const)('a token to %s allows that and what it includes', async (role) => {
    const answered: string[] = [];
    for (const kind of ['read', 'write', 'operate', 'both'] as const) {
      const answer = await ask(asks[kind], `Bearer ${tokens[role]}`);
      const refusal = answer.json().errors?.find((error) => error.extensions['code'] === 'FORBIDDEN');
      if (refusal === undefined) answered.push(kind);
      else expect(answer.status).toBe(403);
    }
    expect(answered).toEqual(allowed[role]);
  });
});

test('a refused document changes nothing, not even where its first half would have been allowed', async () => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${tokens.write}` };
  await gateway.fetch('/graphql', {
    method: 'POST',
    headers,
    body: JSON.stringify({ query: asks.both.replace('not.made', 'never.made') }),
  });
  const look = JSON.stringify({ query: '{ user(handle: "never.made") { id } }' });
  expect((await gateway.fetch('/graphql', { method: 'POST', headers, body: look })).json().data).toEqual({
    user: null,
  });
});

test('metrics need a token, health and the pages of the client need none', async () => {
  const status = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await gateway.fetch(path, { headers })).status;
  expect(await status('/metrics')).toBe(401);
  expect(await status('/metrics', { authorization: `Bearer ${tokens.read}` })).toBe(200);
  expect([await status('/health/live'), await status('/health/ready'), await status('/')]).toEqual([200, 200, 200]);
});

test('any host name will do: a page of a stranger has no token', async () => {
  const answer = await gateway.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', host: 'node.example', authorization: `Bearer ${tokens.read}` },
    body: JSON.stringify({ query: asks.read }),
  });
  expect(answer.status).toBe(200);
});

describe('over WebSocket', () => {
  async function connect(
    payload: object,
  ): Promise<{ readonly next: () => Promise<unknown>; readonly socket: WebSocket }> {
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/graphql`, 'graphql-transport-ws');
    onTestFinished(() => socket.terminate());
    const messages: unknown[] = [];
    const waiting: ((message: unknown) => void)[] = [];
    const take = (message: unknown): void => {
      const waiter = waiting.shift();
      if (waiter === undefined) messages.push(message);
      else waiter(message);
    };
    socket.on('message', (data) => take(JSON.parse(textOf(data))));
    socket.on('close', (code) => take({ closed: code }));
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload }));
    const next = (): Promise<unknown> =>
      messages.length > 0 ? Promise.resolve(messages.shift()) : new Promise((resolve) => waiting.push(resolve));
    return { next, socket };
  }

  test.each([{}, { token: 'nobody' }, { token: 7 }])('closes the connection of who begins with %j', async (payload) => {
    const { next } = await connect(payload);
    expect(await next()).toEqual({ closed: 4403 });
  });

  test('lets a reader watch, and change nothing', async () => {
    const { next, socket } = await connect({ token: tokens.read });
    expect(await next()).toEqual({ type: 'connection_ack' });
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: asks.watch } }));
    expect(await next()).toMatchObject({ id: '1', type: 'next' });
    socket.send(JSON.stringify({ id: '1', type: 'complete' }));
    socket.send(JSON.stringify({ id: '2', type: 'subscribe', payload: { query: asks.write } }));
    expect(await next()).toMatchObject({ id: '2', payload: { errors: [{ extensions: { code: 'FORBIDDEN' } }] } });
  });
});

function textOf(data: unknown): string {
  return Buffer.isBuffer(data) ? data.toString('utf8') : '';
}

/** Goal: a client gets its rate on every way in, no more, and costs bounded memory. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { gatewayConfig, serveGateway, type ServedGateway } from '../testing/served-gateway.ts';
import type { GatewayConfig } from '../gateway-options.ts';
import { clientAt, RateLimit } from './rate-limit.ts';

/** A limit on a clock that stands until it is moved. */
function limitAt(operationsPerSecondMax: number, clientsMax = 1_000) {
  const clock = { ms: 1_000 };
  return { clock, limit: new RateLimit({ operationsPerSecondMax, clientsMax, now: () => clock.ms }) };
}

/** Operations that are let through when many are asked for at once. */
function letThrough(limit: RateLimit, client: string): number {
  let count = 0;
  while (count < 1_000 && limit.take(client) === 0) count++;
  return count;
}

test('a client asks for a burst at once, then at its rate, and is told when', () => {
  const { clock, limit } = limitAt(10);
  expect([letThrough(limit, 'a'), limit.take('a'), letThrough(limit, 'b')]).toEqual([50, 1, 50]);
  clock.ms += 1_000;
  expect([letThrough(limit, 'a'), limit.take('a')]).toEqual([10, 1]);
  clock.ms += 3_600_000;
  expect(letThrough(limit, 'a')).toBe(50);
});

test('over a long time a client that asks without pause gets its rate', () => {
  const { clock, limit } = limitAt(10);
  letThrough(limit, 'a');
  let count = 0;
  for (let tenths = 0; tenths < 1_000; tenths++) {
    clock.ms += 100;
    count += letThrough(limit, 'a');
  }
  expect(Math.abs(count - 1_000)).toBeLessThanOrEqual(1);
});

test('clients beyond the bound share one allowance, push nobody out and are forgotten', () => {
  const { clock, limit } = limitAt(1, 10);
  for (let client = 0; client < 10; client++) letThrough(limit, `c${client}`);
  expect([letThrough(limit, 'd'), letThrough(limit, 'e'), letThrough(limit, 'c0')]).toEqual([5, 0, 0]);
  expect(limit.clients).toBe(11);
  clock.ms += 20_000;
  expect([limit.take('c0'), limit.clients]).toEqual([0, 1]);
});

test('a rate of 0 is no limit', () => expect(letThrough(limitAt(0).limit, 'a')).toBe(1_000));

test.each([
  ['10.0.0.7', '10.0.0.7'],
  ['::ffff:10.0.0.7', '::ffff:10.0.0.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('the client at %s is %s', (address, client) => expect(clientAt(address)).toBe(client));

const tokens = { one: '1'.repeat(20), other: '2'.repeat(20) };
const operationsPerSecondMax = 1;
/** Of one operation a second. */
const burst = 5;

async function limitedGateway(config: Partial<GatewayConfig> = {}): Promise<ServedGateway> {
  const limits = { ...gatewayConfig.limits, operationsPerSecondMax, subscriptionsPerConnectionMax: 100 };
  const gateway = await serveGateway({ ...config, limits });
  onTestFinished(() => gateway.close());
  return gateway;
}

const tokenRoles = new Map(
  Object.values(tokens).map((token) => [createHash('sha256').update(token).digest('hex'), 'read'] as const),
);

test.each([
  ['the direct route', '/graphql', 'application/json'],
  ['the route of yoga', '/graphql?', 'application/json'],
  ['server-sent events', '/graphql', 'text/event-stream'],
])('%s refuses a client that asks too often, and no other', async (_name, path, accept) => {
  const gateway = await limitedGateway({ tokenRoles });
  const ask = (token: string) =>
    gateway.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: '{ __typename }' }),
    });
  for (let count = 0; count < burst; count++) expect((await ask(tokens.one)).status).toBe(200);
  const refused = await ask(tokens.one);
  expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
  expect(refused.json().errors?.[0]?.extensions).toEqual({ code: 'RATE_LIMITED', retryAfterSeconds: 1 });
  expect((await ask(tokens.other)).status).toBe(200);
});

test('who guesses tokens is limited by address, and the tokens that there are are not', async () => {
  const gateway = await limitedGateway({ tokenRoles });
  const statusOf = async (authorization: string) =>
    (await gateway.post('{ __typename }', {}, { authorization })).status;
  const statuses: number[] = [];
  for (let guess = 0; guess <= burst; guess++) statuses.push(await statusOf(`Bearer guess-${guess}`));
  expect(statuses).toEqual([...Array<number>(burst).fill(401), 429]);
  expect(await statusOf(`Bearer ${tokens.one}`)).toBe(200);
});

test('over WebSocket each operation counts, and so does a connection', async () => {
  const gateway = await limitedGateway();
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/graphql`, 'graphql-transport-ws');
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  const codes: string[] = [];
  const ended = new Promise<void>((resolve) => {
    socket.on('message', (data: Buffer) => {
      const { type, payload } = JSON.parse(data.toString('utf8')) as {
        readonly type: string;
        readonly payload?: readonly { readonly extensions: { readonly code: string } }[];
      };
      if (type === 'error') codes.push(String(payload?.[0]?.extensions.code));
      else if (type === 'next') codes.push('answered');
      if (codes.length === burst) resolve();
    });
  });
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await once(socket, 'message');
  for (let id = 0; id < burst; id++)
    socket.send(JSON.stringify({ id: `${id}`, type: 'subscribe', payload: { query: '{ __typename }' } }));
  await ended;
  expect(codes.toSorted()).toEqual(['RATE_LIMITED', ...Array<string>(burst - 1).fill('answered')]);
  const second = new WebSocket(`ws://127.0.0.1:${gateway.port}/graphql`, 'graphql-transport-ws');
  const [error] = (await once(second, 'error')) as [Error];
  expect(error.message).toContain('429');
});

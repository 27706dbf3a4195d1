/** Goal: subscriptions over WebSocket and server-sent events end cleanly, stay bounded, and cost nothing once their client is gone. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createClient, type Client } from 'graphql-ws';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { serveGateway, type ServedGateway } from '../testing/served-gateway.ts';

let gateway: ServedGateway;
let client: Client;
beforeEach(async () => {
  gateway = await serveGateway();
  client = createClient({ url: `ws://127.0.0.1:${gateway.port}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
});
afterEach(async () => {
  await client.dispose();
  await gateway.close();
});

const create = (handle: string): Promise<unknown> =>
  gateway.post(`mutation { createUser(input: { handle: "${handle}", name: "N" }) { commit { index } } }`);

describe('over WebSocket', () => {
  test('a subscription tells what happens, and its source ends when the client leaves', async () => {
    await create('ada');
    const events = client.iterate({
      query: 'subscription { entityChanged(ids: ["VXNlcjo0MDk2"], fromCommit: "1") { kind commit { index } } }',
    });
    expect((await events.next()).value).toMatchObject({
      data: { entityChanged: { kind: 'ADDED', commit: { index: '1' } } },
    });
    expect(gateway.service.followers).toBe(1);
    await events.return?.();
    await vi.waitFor(() => expect(gateway.service.followers).toBe(0));
  });

  test('queries and mutations work too, with what they cost', async () => {
    const results = client.iterate({
      query: 'mutation { createUser(input: { handle: "x", name: "X" }) { user { handle } } }',
    });
    expect((await results.next()).value).toMatchObject({
      data: { createUser: { user: { handle: 'x' } } },
      extensions: { instaface: { node: 'n1' } },
    });
  });

  test('what cannot begin is told with its code, and without status codes of HTTP', async () => {
    const errorsOf = async (query: string): Promise<unknown> => {
      const results = client.iterate({ query });
      return results.next().then(
        (result) => result.value?.errors,
        (errors: unknown) => errors,
      );
    };
    for (const query of ['{ nobody }', '{', 'subscription { entityChanged(ids: ["x"]) { kind } }'])
      expect(await errorsOf(query)).toMatchObject([{ extensions: { code: 'BAD_INPUT' } }]);
    expect(JSON.stringify(await errorsOf('{ nobody }'))).not.toContain('http');
  });

  test('a connection carries so many operations and no more', async () => {
    const open = [1, 2, 3].map(() => client.iterate({ query: 'subscription { cluster { id } }' }));
    for (const stream of open) await stream.next();
    const tooMany = client.iterate({ query: 'subscription { cluster { id } }' });
    await expect(tooMany.next()).rejects.toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
  });

  test('a client has so many connections and no more, and one that it closes makes room', async () => {
    const open = (): WebSocket => new WebSocket(`ws://127.0.0.1:${gateway.port}/graphql`, 'graphql-transport-ws');
    const sockets = Array.from({ length: 4 }, open);
    await Promise.all(sockets.map((socket) => once(socket, 'open')));
    const [error] = (await once(open(), 'error')) as [Error];
    expect(error.message).toContain('429');
    sockets[0]?.close();
    const again = await vi.waitFor(async () => {
      const socket = open();
      await once(socket, 'open');
      return socket;
    });
    for (const socket of [...sockets, again]) socket.terminate();
  });

  test('a client has so many subscriptions, however it asks for them', async () => {
    const query = 'subscription { statusPosted { kind } }';
    const stream = async (): Promise<string> => {
      const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
      const leaving = new AbortController();
      onTestFinished(() => leaving.abort());
      const body = JSON.stringify({ query });
      const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body, signal: leaving.signal });
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      return (await reader?.read())?.value ?? '';
    };
    const overWebSocket = [1, 2, 3].map(() => client.iterate({ query }));
    for (const events of overWebSocket) void events.next();
    await vi.waitFor(() => expect(gateway.service.followers).toBe(3));
    expect([await stream(), await stream()].join()).not.toContain('LIMIT_EXCEEDED');
    expect(await stream()).toContain('LIMIT_EXCEEDED');
    await overWebSocket[0]?.return?.();
    await vi.waitFor(() => expect(gateway.service.followers).toBe(4));
    expect(await stream()).not.toContain('LIMIT_EXCEEDED');
  });

  test('a page of a stranger, another name and another path get no connection', async () => {
    const attempt = (path: string, headers: Record<string, string>): Promise<string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}${path}`, 'graphql-transport-ws', { headers });
        socket.on('open', () => resolve('open'));
        socket.on('error', (error) => resolve(error.message));
      });
    expect(await attempt('/graphql', { origin: 'http://evil.example' })).toContain('403');
    expect(await attempt('/graphql', { host: 'evil.example' })).toContain('403');
    expect(await attempt('/other', {})).toContain('404');
    expect(await attempt('/graphql', { origin: 'http://n2.example:4001' })).toBe('open');
  });

  test('rubbish closes the connection and nothing else', async () => {
    const closes = (text: string | Buffer): Promise<number> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/graphql`, 'graphql-transport-ws');
        socket.on('open', () => socket.send(text));
        socket.on('error', () => {});
        socket.on('close', resolve);
      });
    expect(await closes('no json')).toBe(4400);
    expect(await closes(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{ __typename }' } }))).toBe(
      4401,
    );
    expect(await closes(Buffer.alloc(1_000_000, 97))).toBe(1009);
    expect((await gateway.post('{ __typename }')).status).toBe(200);
  });

  test('a node that stops says goodbye to its clients', async () => {
    const closed = new Promise<unknown>((resolve) => client.on('closed', resolve));
    const events = client.iterate({ query: 'subscription { statusPosted { kind } }' });
    const waiting = events.next().catch(() => null);
    await vi.waitFor(() => expect(gateway.service.followers).toBe(1));
    await gateway.close();
    expect(await closed).toMatchObject({ code: 1001 });
    await waiting;
    expect(gateway.service.followers).toBe(0);
  });
});

describe('over server-sent events', () => {
  test('a subscription is a stream of events, and its source ends when the client leaves', async () => {
    await create('ada');
    const leaving = new AbortController();
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({
        query: 'subscription { entityChanged(ids: ["VXNlcjo0MDk2"], fromCommit: "1") { kind } }',
      }),
      signal: leaving.signal,
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    let text = '';
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    while (!text.includes('data: {')) text += (await reader?.read())?.value ?? '';
    expect(text).toContain('event: next\ndata: {"data":{"entityChanged":{"kind":"ADDED"}}');
    expect(gateway.service.followers).toBe(1);
    leaving.abort();
    await vi.waitFor(() => expect(gateway.service.followers).toBe(0));
  });

  test('a node that stops ends them', async () => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: 'subscription { statusPosted { kind } }' }),
    });
    await vi.waitFor(() => expect(gateway.service.followers).toBe(1));
    const text = response.text();
    await gateway.close();
    expect(await text).toContain('event: complete');
  });
});

test('a client that sends half a request holds nothing up', async () => {
  const socket = connect(gateway.port, '127.0.0.1');
  socket.write(
    'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"query"',
  );
  await vi.waitFor(async () => expect((await gateway.post('{ __typename }')).status).toBe(200));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const started = performance.now();
  await gateway.close();
  await closed;
  expect(performance.now() - started).toBeLessThan(6_000);
});

import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openPublicPort } from './http-server.ts';
import { bodyBytesMax, gatewayConfig, serveGateway, type ServedGateway } from './testing/served-gateway.ts';
import { recordingLog } from './testing/test-gateway.ts';

let gateway: ServedGateway;
beforeAll(async () => {
  gateway = await serveGateway();
});
afterAll(() => gateway.close());

describe('GraphQL over HTTP', () => {
  test('passes every audit of the specification', async () => {
    const audits = serverAudits({ url: `${gateway.url}/graphql`, fetchFn: fetch });
    const failed: string[] = [];
    for (const audit of audits) {
      const result = await audit.fn();
      if (result.status !== 'ok') failed.push(`${result.status} ${result.name}: ${result.reason}`);
    }
    expect(audits.length).toBeGreaterThan(50);
    expect(failed).toEqual([]);
  });

  test('says with each answer which node gave it, and at what index', async () => {
    const { data, extensions } = (await gateway.post('{ __typename }')).json();
    expect(data).toEqual({ __typename: 'Query' });
    expect(extensions?.instaface).toMatchObject({ node: 'n1', role: 'LEADER', term: 1, index: '0', leaderHeardMs: 0 });
  });

  test.each([
    ['malformed JSON', '{"query": "{ __typename }"'],
    ['a body that is no object', '3'],
    ['a body without a query', '{"variables": {}}'],
    ['a syntax error', '{"query": "{ user( }"}'],
    ['an unknown field', '{"query": "{ nobody }"}'],
    [
      'variables of a wrong type',
      '{"query": "query($i: Int!) { randomUsers(count: $i) { id } }", "variables": {"i": "three"}}',
    ],
    ['a header that is no index', '{"query": "{ user(handle: \\"a\\") { id } }"}', { 'instaface-at-least': 'soon' }],
  ])('answers %s with 400 and BAD_INPUT', async (_what, body, headers: Record<string, string> = {}) => {
    const answer = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...headers },
      body,
    });
    expect([answer.status, answer.json().errors?.map((error) => error.extensions['code'])]).toEqual([
      400,
      ['BAD_INPUT'],
    ]);
  });

  test('takes neither a mutation by GET nor one that a form could send', async () => {
    const byGet = await gateway.fetch('/graphql?query=mutation{__typename}');
    expect(byGet.status).toBe(405);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const answer = await gateway.fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': type },
        body: '{"query":"{__typename}"}',
      });
      expect([type, answer.status]).toEqual([type, 415]);
    }
  });

  test('carries errors of the graph at their path, and answers the rest', async () => {
    const answer = await gateway.post(
      'mutation { a: befriend(input: { user: "VXNlcjo5OTk=", friend: "VXNlcjo5OTg=" }) { changed } b: createUser(input: { handle: "ok", name: "Ok" }) { user { handle } } }',
    );
    const { data, errors } = answer.json();
    expect(answer.status).toBe(200);
    expect(data).toEqual({ a: null, b: { user: { handle: 'ok' } } });
    expect(errors?.map((error) => [error.path, error.extensions['code']])).toEqual([[['a'], 'BAD_INPUT']]);
  });

  test('masks what nobody expected, and logs it under the id that the client gets', async () => {
    gateway.service.failing.mutate = new TypeError('secret of the house');
    const answer = await gateway.post('mutation { createUser(input: { handle: "x", name: "X" }) { user { id } } }');
    delete gateway.service.failing.mutate;
    expect(answer.text).not.toContain('secret');
    const id = answer.json().errors?.[0]?.extensions['errorId'];
    const line = gateway.log.lines.find((logged) => (logged.details as { errorId?: unknown }).errorId === id);
    expect(answer.json().errors?.[0]?.extensions['code']).toBe('INTERNAL_SERVER_ERROR');
    expect(line?.details).toMatchObject({ err: { message: 'secret of the house' } });
  });

  test('bounds the body whether its length is stated or not, and stays up', async () => {
    const large = JSON.stringify({ query: `{ user(handle: "${'x'.repeat(10 * 1024 * 1024)}") { id } }` });
    const justTooLarge = JSON.stringify({ query: `{ user(handle: "${'x'.repeat(bodyBytesMax)}") { id } }` });
    const headers = { 'content-type': 'application/json' };
    const stated = await gateway
      .fetch('/graphql', { method: 'POST', headers, body: large })
      .catch((error: NodeJS.ErrnoException) => error.code);
    // The refusal may reach the client before or after its own writing fails.
    expect(typeof stated === 'object' ? stated.status : stated).toSatisfy(
      (seen) => [413, 'EPIPE', 'ECONNRESET'].includes(String(seen)) || seen === 413,
    );
    const counted = await gateway.fetch('/graphql', { method: 'POST', headers, body: justTooLarge, chunked: true });
    expect([counted.status, counted.json().errors?.[0]?.extensions['code']]).toEqual([413, 'TOO_LARGE']);
    const small = await gateway.fetch('/graphql', {
      method: 'POST',
      headers,
      body: '{"query":"{__typename}"}',
      chunked: true,
    });
    expect(small.json().data).toEqual({ __typename: 'Query' });
  });

  test('survives hostile documents', async () => {
    const deep = `{ cluster { nodes { ${'log(last: 1) { '.repeat(20)} index ${'} '.repeat(20)} } } }`;
    const wide = `{ ${Array.from({ length: 3_000 }, (_, place) => `a${place}: __typename`).join(' ')} }`;
    const exploding = `query { ...f0 } ${Array.from({ length: 20 }, (_, place) => `fragment f${place} on Query { a: cluster { id } ...f${place + 1} ...f${place + 1} }`).join(' ')} fragment f20 on Query { __typename }`;
    const nested = `{ user(handle: ${'['.repeat(9_000)}`;
    const cyclic = '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }';
    const tokens = `{ ${'a '.repeat(20_000)} }`;
    const codes: unknown[] = [];
    for (const query of [deep, wide, exploding, nested, cyclic, tokens]) {
      const started = performance.now();
      codes.push((await gateway.post(query)).json().errors?.[0]?.extensions['code']);
      expect(performance.now() - started).toBeLessThan(2_000);
    }
    expect(codes).toEqual([
      'LIMIT_EXCEEDED',
      'LIMIT_EXCEEDED',
      'LIMIT_EXCEEDED',
      'BAD_INPUT',
      'BAD_INPUT',
      'BAD_INPUT',
    ]);
  });

  test('keeps names of JavaScript objects out of the graph', async () => {
    const query =
      'mutation($p: JSONObject) { createUser(input: { handle: "proto", name: "P", properties: $p }) { user { id } } }';
    const body = `{"query":${JSON.stringify(query)},"variables":{"p":{"__proto__":{"polluted":true}}}}`;
    const answer = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(answer.json().errors?.[0]?.extensions['code']).toBe('BAD_INPUT');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    const literal = await gateway.post(
      'mutation { createUser(input: { handle: "p2", name: "P", properties: { __proto__: { polluted: true } } }) { user { id } } }',
    );
    expect(literal.json().errors?.[0]?.extensions['code']).toBe('BAD_INPUT');
  });

  test('answers the introspection that tools begin with', async () => {
    const { getIntrospectionQuery } = await import('graphql');
    const { data, errors } = (await gateway.post(getIntrospectionQuery())).json();
    expect(errors).toBeUndefined();
    expect(data?.['__schema']).toBeDefined();
  });
});

describe('who may ask', () => {
  test('names of strangers are refused, those of this machine and of the members are not', async () => {
    const status = async (host: string): Promise<number> =>
      (await gateway.fetch('/health/live', { headers: { host } })).status;
    expect(await status('evil.example')).toBe(403);
    expect(await status('127.0.0.1.evil.example:4000')).toBe(403);
    expect(await status('localhost:1234')).toBe(200);
    expect(await status('[::1]:4000')).toBe(200);
    expect(await status('n2.example:4001')).toBe(200);
  });

  test('pages of the members may ask, pages of strangers may not', async () => {
    const ask = (origin: string) => gateway.post('{ __typename }', {}, { origin });
    expect((await ask('http://n2.example:4001')).headers['access-control-allow-origin']).toBe('http://n2.example:4001');
    expect((await ask('http://localhost:4000')).status).toBe(200);
    expect((await ask(gateway.url)).status).toBe(200);
    for (const origin of ['http://evil.example', 'null', 'http://n2.example:9999', 'file://'])
      expect([origin, (await ask(origin)).status]).toEqual([origin, 403]);
  });

  test('a browser that asks first is told what a member may send', async () => {
    const preflight = (origin: string) =>
      gateway.fetch('/graphql', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
    const allowed = await preflight('http://n2.example:4001');
    expect([allowed.status, allowed.headers['access-control-allow-headers']]).toEqual([
      204,
      'content-type, accept, authorization, instaface-at-least',
    ]);
    expect((await preflight('http://evil.example')).status).toBe(403);
  });
});

describe('what else the port serves', () => {
  test('the playground, to a browser, without a word of the internet', async () => {
    const page = await gateway.fetch('/graphql', { headers: { accept: 'text/html', 'accept-encoding': 'gzip' } });
    expect([page.status, page.headers['content-encoding']]).toEqual([200, 'gzip']);
    const html = gunzipSync(page.body).toString();
    expect(html).toContain('mostConnected');
    expect(html.match(/<(script|link)[^>]+(src|href)="https?:/g)).toBeNull();
    const again = await gateway.fetch('/graphql', {
      headers: { accept: 'text/html', 'if-none-match': String(page.headers.etag) },
    });
    expect(again.status).toBe(304);
  });

  test('whether the node lives and is ready, with the reason where it is not', async () => {
    expect((await gateway.fetch('/health/live')).status).toBe(200);
    const ready = await gateway.fetch('/health/ready');
    expect([ready.status, JSON.parse(ready.text)]).toMatchObject([
      200,
      { node: 'n1', role: 'LEADER', leader: 'n1', ready: true },
    ]);
    gateway.service.failing.ready = 'no leader is known';
    const unready = await gateway.fetch('/health/ready');
    delete gateway.service.failing.ready;
    expect([unready.status, JSON.parse(unready.text)]).toMatchObject([
      503,
      { ready: false, reasons: ['no leader is known'] },
    ]);
  });

  test('metrics', async () => {
    const answer = await gateway.fetch('/metrics');
    expect([answer.text, answer.headers['content-type']]).toEqual([
      'up 1\n',
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
  });

  test('the web client: its page for every path of it, its files for ever, and nothing outside of its folder', async () => {
    const html = { accept: 'text/html' };
    const page = await gateway.fetch('/u/VXNlcjo0MDk2?view=graph', { headers: html });
    expect([page.status, page.text]).toEqual([200, '<!doctype html><title>client</title>']);
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    expect(page.headers['content-security-policy']).toContain('http://n2.example:4001 ws://n2.example:4001');
    expect(page.headers['cache-control']).toBe('no-cache');
    const asset = await gateway.fetch('/assets/main-abc123.js', { headers: { 'accept-encoding': 'gzip, br' } });
    expect(asset.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-encoding': 'br',
      'x-content-type-options': 'nosniff',
    });
    expect(brotliDecompressSync(asset.body).toString()).toContain('xxx');
    expect((await gateway.fetch('/assets/other.js', { headers: html })).status).toBe(404);
    for (const path of [
      '/../package.json',
      '/..%2fpackage.json',
      '/assets/../../etc/passwd',
      '//etc/passwd',
      '/%00',
      '/assets/..\\secret',
    ]) {
      const answer = await gateway.fetch(path);
      expect([path, answer.status]).toEqual([path, 404]);
    }
  });

  test('nothing but reading outside of /graphql', async () => {
    expect((await gateway.fetch('/', { method: 'POST', body: 'x' })).status).toBe(405);
    expect((await gateway.fetch('/health/live', { method: 'HEAD' })).text).toBe('');
  });
});

describe('a port whose node takes no part yet', () => {
  test('says that it lives, why it is not ready, and takes nothing else', async () => {
    const port = await openPublicPort({
      config: { ...gatewayConfig, listen: { host: '127.0.0.1', port: 0 } },
      log: recordingLog(),
      node: 'n4',
      waiting: () => ({ reason: 'it waits to be added', code: 'LOG_DAMAGED' }),
    });
    onTestFinished(() => port.close());
    const url = `http://127.0.0.1:${port.number}`;
    const live = await fetch(`${url}/health/live`);
    expect([live.status, await live.json()]).toEqual([200, { live: true, node: 'n4' }]);
    const ready = await fetch(`${url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { ready: false, node: 'n4', code: 'LOG_DAMAGED', reasons: ['it waits to be added'] },
    ]);
    const query = await fetch(`${url}/graphql`, { method: 'POST', body: '{"query":"{ __typename }"}' });
    expect([query.status, await query.json()]).toMatchObject([
      503,
      { errors: [{ extensions: { code: 'NO_LEADER' } }] },
    ]);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await new Promise((resolve) => {
      socket.addEventListener('error', resolve);
    });
    expect(socket.readyState).not.toBe(WebSocket.OPEN);
  });
});

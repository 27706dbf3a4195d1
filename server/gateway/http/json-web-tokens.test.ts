/** Goal: a JSON Web Token counts when everything about it is right, and for no longer than it says. */
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import type { GatewayConfig } from '../gateway-options.ts';
import { serveGateway, type ServedGateway } from '../testing/served-gateway.ts';

const issuer = 'https://issuer.example';
const audience = 'instaface';
const secret = 's'.repeat(64);
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });

type Keys = NonNullable<GatewayConfig['jsonWebTokens']>['key'];
const bySecret: Keys = { kind: 'secret', secret };
const byKeys: Keys = {
  kind: 'keys',
  keys: [
    { ...pair.publicKey.export({ format: 'jwk' }), kid: 'rsa' },
    { ...elliptic.publicKey.export({ format: 'jwk' }), kid: 'ec' },
  ],
};

async function serve(key: Keys): Promise<ServedGateway> {
  const gateway = await serveGateway({ jsonWebTokens: { key, issuer, audience, roleClaim: 'roles' } });
  onTestFinished(() => gateway.close());
  return gateway;
}

const right = { roles: ['other', 'write', 'read'], sub: 'ada' };

/** Of a token that is right but for what the claims and options say. */
function sign(
  key: Parameters<SignJWT['sign']>[0],
  {
    claims = right,
    alg = 'RS256',
    kid,
    ...but
  }: {
    readonly claims?: JWTPayload;
    readonly alg?: string;
    readonly kid?: string;
    readonly iss?: string;
    readonly aud?: string;
    readonly exp?: number | string;
  } = {},
): Promise<string> {
  const jwt = new SignJWT(claims).setProtectedHeader(kid === undefined ? { alg } : { alg, kid });
  jwt.setIssuer(but.iss ?? issuer).setAudience(but.aud ?? audience);
  return jwt.setExpirationTime(but.exp ?? '1h').sign(key);
}

const ask = async (gateway: ServedGateway, token: string, query = '{ __typename }') => {
  const answer = await gateway.post(query, {}, { authorization: `Bearer ${token}` });
  return { status: answer.status, code: answer.json().errors?.[0]?.extensions['code'] };
};
const allowed = { status: 200, code: undefined };
const refused = { status: 401, code: 'UNAUTHENTICATED' };

test('a token by one of the keys allows what its role does, again and again', async () => {
  const gateway = await serve(byKeys);
  for (const token of [await sign(pair.privateKey), await sign(elliptic.privateKey, { alg: 'ES256', kid: 'ec' })]) {
    expect(await ask(gateway, token)).toEqual(allowed);
    expect(await ask(gateway, token)).toEqual(allowed);
    const operating = await ask(gateway, token, 'mutation { setPlugged(node: "n1", plugged: true) { id } }');
    expect(operating).toEqual({ status: 403, code: 'FORBIDDEN' });
  }
});

test('a token by the secret counts', async () => {
  const gateway = await serve(bySecret);
  expect(await ask(gateway, await sign(Buffer.from(secret), { alg: 'HS256' }))).toEqual(allowed);
});

describe('refused is a token', () => {
  let gateway: ServedGateway;
  beforeAll(async () => {
    gateway = await serveGateway({ jsonWebTokens: { key: byKeys, issuer, audience, roleClaim: 'roles' } });
    return () => gateway.close();
  });

  test.each<[string, () => string | Promise<string>]>([
    ['of another issuer', () => sign(pair.privateKey, { iss: 'https://other.example' })],
    ['for another audience', () => sign(pair.privateKey, { aud: 'other' })],
    ['that has expired', () => sign(pair.privateKey, { exp: 1 })],
    ['by another key', () => sign(stranger.privateKey)],
    ['without a role', () => sign(pair.privateKey, { claims: {} })],
    ['with a role that there is not', () => sign(pair.privateKey, { claims: { roles: 'admin' } })],
    [
      'that never expires',
      () =>
        new SignJWT(right)
          .setProtectedHeader({ alg: 'RS256' })
          .setIssuer(issuer)
          .setAudience(audience)
          .sign(pair.privateKey),
    ],
    [
      'that nobody signed',
      () => new UnsecuredJWT(right).setIssuer(issuer).setAudience(audience).setExpirationTime('1h').encode(),
    ],
    [
      'signed with the public key as if it were a secret',
      () => confused(pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()),
    ],
    ['that is none', () => 'a.b.c'],
    ['that is too long', () => `a.${'b'.repeat(9_000)}.c`],
  ])('%s', async (_what, make) => expect(await ask(gateway, await make())).toEqual(refused));
});

test('with a secret, a token by a key of its own choice is refused', async () => {
  const gateway = await serve(bySecret);
  expect(await ask(gateway, await sign(stranger.privateKey))).toEqual(refused);
});

test('a token that expires ends its WebSocket, and its server-sent events', async () => {
  const gateway = await serve(byKeys);
  const token = await sign(pair.privateKey, { exp: Math.floor(Date.now() / 1_000) + 2 });
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/graphql`, 'graphql-transport-ws');
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  const closed = once(socket, 'close');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { token } }));
  const [acknowledged] = (await once(socket, 'message')) as [Buffer];
  expect(JSON.parse(acknowledged.toString('utf8'))).toEqual({ type: 'connection_ack' });
  const stream = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: 'subscription { cluster { id } }' }),
  });
  expect(stream.status).toBe(200);
  await expect(stream.text()).rejects.toThrow();
  const [code] = (await closed) as [number];
  expect(code).toBe(4401);
  expect(await ask(gateway, token)).toEqual(refused);
});

/** By hand: the library refuses to make one. */
function confused(key: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { ...right, iss: issuer, aud: audience, exp: Math.floor(Date.now() / 1_000) + 3_600 };
  const signed = `${part({ alg: 'HS256', kid: 'rsa' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

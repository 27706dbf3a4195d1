import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { describeConfig } from './describe-config.ts';
import { readConfig } from './read-config.ts';

const secret = 'a secret of some length, '.repeat(3);
const publicKey = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
const from = { INSTAFACE_JWT_ISSUER: 'https://issuer.example', INSTAFACE_JWT_AUDIENCE: 'instaface' };

function read(text: string, variable: string, env: Readonly<Record<string, string>> = from) {
  const folder = mkdtempSync(join(tmpdir(), 'jwt-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'file');
  writeFileSync(file, text);
  return readConfig({ flags: { id: 'n1', host: '0.0.0.0' }, env: { ...env, [variable]: file } });
}

test('a secret, or public keys, let a node listen beyond loopback and are never shown', () => {
  const bySecret = read(secret, 'INSTAFACE_JWT_SECRET_FILE');
  expect(bySecret.jsonWebTokens).toMatchObject({ key: { kind: 'secret' }, roleClaim: 'role', audience: 'instaface' });
  expect(JSON.stringify(describeConfig(bySecret))).not.toContain('a secret');
  const byKeys = read(JSON.stringify({ keys: [publicKey] }), 'INSTAFACE_JWT_JWKS_FILE');
  expect(byKeys.jsonWebTokens?.key).toEqual({ kind: 'keys', keys: [publicKey] });
});

test.each([
  ['a secret that is too short', 'INSTAFACE_JWT_SECRET_FILE', 'short'],
  ['what is no key set', 'INSTAFACE_JWT_JWKS_FILE', 'keys'],
  ['a key set without a key', 'INSTAFACE_JWT_JWKS_FILE', '{"keys":[]}'],
  ['a shared secret among the keys', 'INSTAFACE_JWT_JWKS_FILE', '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}'],
  ['a private key', 'INSTAFACE_JWT_JWKS_FILE', JSON.stringify({ keys: [{ ...publicKey, d: 'c2VjcmV0' }] })],
])('%s is refused', (_what, variable, text) => {
  expect(() => read(text, variable)).toThrow(new RegExp(`${variable}.*allowed`));
});

test.each([
  ['without an issuer', { INSTAFACE_JWT_AUDIENCE: 'instaface' }],
  ['without an audience', { INSTAFACE_JWT_ISSUER: 'https://issuer.example' }],
  ['with both kinds of keys', { ...from, INSTAFACE_JWT_JWKS_FILE: '/nowhere' }],
])('%s nothing is accepted', (_what, env) => {
  expect(() => read(secret, 'INSTAFACE_JWT_SECRET_FILE', env)).toThrow(/go together; allowed/);
});

import type { Config } from './config.ts';
import type { ConfigSource, Given } from './config-source.ts';
import { readText } from './secret-files.ts';

/** As many as the longest digest of HMAC that is used for tokens has bytes, so that the key is never the weak part. */
const secretBytesMin = 64;
const keysMax = 100;

type JsonWebTokens = NonNullable<Config['jsonWebTokens']>;

/** Whose JSON Web Tokens count: one file of keys, or one with a secret, and with it issuer and audience. Null where none count. */
export function readJsonWebTokens(source: ConfigSource): Config['jsonWebTokens'] {
  const keysFile = source.variable('INSTAFACE_JWT_JWKS_FILE');
  const secretFile = source.variable('INSTAFACE_JWT_SECRET_FILE');
  const issuer = source.variable('INSTAFACE_JWT_ISSUER');
  const audience = source.variable('INSTAFACE_JWT_AUDIENCE');
  const roleClaim = source.variable('INSTAFACE_JWT_ROLE_CLAIM');
  if ([keysFile, secretFile, issuer, audience, roleClaim].every((given) => given === null)) return null;
  if (issuer === null || audience === null || (keysFile === null) === (secretFile === null)) {
    source.problems.push(
      'The variables INSTAFACE_JWT_… go together; allowed: one of INSTAFACE_JWT_JWKS_FILE and INSTAFACE_JWT_SECRET_FILE, and ' +
        'with it INSTAFACE_JWT_ISSUER and INSTAFACE_JWT_AUDIENCE; or none of them',
    );
    return null;
  }
  const key = keysFile === null ? readSecret(source, secretFile) : readKeys(source, keysFile);
  if (key === null) return null;
  return Object.freeze({
    key,
    issuer: issuer.text,
    audience: audience.text,
    roleClaim: roleClaim?.text ?? 'role',
  });
}

function readSecret(source: ConfigSource, file: Given | null): JsonWebTokens['key'] | null {
  const secret = file === null ? null : (readText(source, file)?.trim() ?? null);
  if (file === null || secret === null) return null;
  const bytes = Buffer.byteLength(secret);
  if (bytes >= secretBytesMin) return { kind: 'secret', secret };
  source.refuseSilently(file, `its secret has ${bytes} bytes`, `at least ${secretBytesMin}`);
  return null;
}

/** Public keys alone: a shared secret among them would let a public key be taken for one, and a private one belongs elsewhere. */
function readKeys(source: ConfigSource, file: Given): JsonWebTokens['key'] | null {
  const text = readText(source, file);
  if (text === null) return null;
  const keys = keysOf(text);
  const arePublic = keys?.every((key) => ['RSA', 'EC', 'OKP'].includes(String(key['kty'])) && !('d' in key)) ?? false;
  if (keys !== null && arePublic && keys.length > 0 && keys.length <= keysMax) return { kind: 'keys', keys };
  const allowed = `a JSON Web Key Set of 1 to ${keysMax} public keys (RSA, EC or OKP)`;
  source.refuseSilently(file, 'it holds something else', allowed);
  return null;
}

function keysOf(text: string): readonly Readonly<Record<string, unknown>>[] | null {
  try {
    const { keys } = JSON.parse(text) as { readonly keys?: unknown };
    const isList = Array.isArray(keys) && keys.every((key) => typeof key === 'object' && key !== null);
    return isList ? (keys as readonly Readonly<Record<string, unknown>>[]) : null;
  } catch {
    return null;
  }
}

import { createHash } from 'node:crypto';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import { roles, type Role } from '../execution/role.ts';
import type { GatewayConfig, GatewayLog } from '../gateway-options.ts';
import type { MaybePromise } from '../execution/maybe-promise.ts';
import type { Client } from './access.ts';

/** Each kind of key has its own: a public key is never taken for a secret, and what is unsigned for nothing. */
const algorithms = {
  secret: ['HS256', 'HS384', 'HS512'],
  keys: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
};
/** Tokens found good that are remembered until they expire, since a signature takes longer than a query. */
const knownMax = 10_000;
const tokenCharactersMax = 8_192;

/** Says whose a JSON Web Token is: signed with our key, from our issuer, for our audience, not expired, and with a role. */
export class JsonWebTokens {
  readonly #config: NonNullable<GatewayConfig['jsonWebTokens']>;
  readonly #log: GatewayLog;
  readonly #verify: (token: string) => Promise<JWTPayload>;
  readonly #known = new Map<string, Client>();

  constructor(config: NonNullable<GatewayConfig['jsonWebTokens']>, log: GatewayLog) {
    this.#config = config;
    this.#log = log;
    const { key, issuer, audience } = config;
    const options = { issuer, audience, algorithms: algorithms[key.kind], requiredClaims: ['exp'] };
    if (key.kind === 'secret') {
      const secret = Buffer.from(key.secret);
      this.#verify = async (token) => (await jwtVerify(token, secret, options)).payload;
    } else {
      // The configuration has looked at the type of each; the rest fails where it is used.
      const keys = createLocalJWKSet({ keys: key.keys } as unknown as JSONWebKeySet);
      this.#verify = async (token) => (await jwtVerify(token, keys, options)).payload;
    }
  }

  /** Null: none of ours. Never rejects. */
  clientOf(token: string): MaybePromise<Client | null> {
    if (token.length > tokenCharactersMax) return null;
    const digest = createHash('sha256').update(token).digest('hex');
    const known = this.#known.get(digest);
    if (known !== undefined && (known.expiresAtMs ?? 0) > Date.now()) return known;
    this.#known.delete(digest);
    return this.#verify(token).then(
      (claims) => this.#remember(digest, claims),
      (error: unknown) => {
        this.#log.debug({ reason: error instanceof Error ? error.message : 'unknown' }, 'a token was refused');
        return null;
      },
    );
  }

  #remember(digest: string, claims: JWTPayload): Client | null {
    const role = roleOf(claims[this.#config.roleClaim]);
    if (role === null || claims.exp === undefined) return null;
    // A new token is no new allowance: operations are counted under whom it is about.
    const name = claims.sub === undefined ? digest : `subject ${claims.sub}`;
    const client: Client = { name, role, expiresAtMs: claims.exp * 1_000 };
    this.#known.set(digest, client);
    if (this.#known.size > knownMax) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    return client;
  }
}

/** Of a claim that is one role or a list of them, ours and others', the one that allows most. */
function roleOf(claim: unknown): Role | null {
  const claimed: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return roles.findLast((role) => claimed.includes(role)) ?? null;
}

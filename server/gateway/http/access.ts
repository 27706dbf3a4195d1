import { createHash } from 'node:crypto';
import { andThen, type MaybePromise } from '../execution/maybe-promise.ts';
import type { Role } from '../execution/role.ts';
import type { GatewayConfig, GatewayLog } from '../gateway-options.ts';
import { JsonWebTokens } from './json-web-tokens.ts';
import { clientAt } from './rate-limit.ts';

/** Who asks. */
export interface Client {
  /** What its operations are counted under: its token or whom that is about, else its address. */
  readonly name: string;
  /** What it may do; null: it has to show a token, and has shown none of ours. */
  readonly role: Role | null;
  /** When its token ends, in milliseconds of the wall clock; null: never. */
  readonly expiresAtMs: number | null;
}

/** Who a client is and what it may do, told by its token. Without tokens everyone who reaches the port may do everything. */
export class Access {
  readonly #roles: GatewayConfig['tokenRoles'];
  readonly #jsonWebTokens: JsonWebTokens | null;

  constructor(config: Pick<GatewayConfig, 'tokenRoles' | 'jsonWebTokens'>, log: GatewayLog) {
    this.#roles = config.tokenRoles;
    this.#jsonWebTokens = config.jsonWebTokens === null ? null : new JsonWebTokens(config.jsonWebTokens, log);
  }

  /** Of `Authorization: Bearer …`. */
  clientOfHeader(authorization: string | undefined, address: string | undefined): MaybePromise<Client> {
    return this.clientOf(/^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1], address);
  }

  /** Never rejects. */
  clientOf(token: string | undefined, address: string | undefined): MaybePromise<Client> {
    if (this.#roles === null && this.#jsonWebTokens === null) return at(address, 'operate');
    if (token === undefined) return at(address, null);
    return (
      this.#withFixedToken(token) ??
      andThen(this.#jsonWebTokens?.clientOf(token) ?? null, (client) => client ?? at(address, null))
    );
  }

  #withFixedToken(token: string): Client | null {
    if (this.#roles === null) return null;
    // Looked up by its digest: how long that takes says nothing of the tokens that there are.
    const digest = createHash('sha256').update(token).digest('hex');
    const role = this.#roles.get(digest);
    return role === undefined ? null : { name: digest, role, expiresAtMs: null };
  }
}

function at(address: string | undefined, role: Role | null): Client {
  return { name: clientAt(address), role, expiresAtMs: null };
}

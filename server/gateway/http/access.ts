import { createHash } from 'node:crypto';
import type { Role } from '../execution/role.ts';
import type { GatewayConfig } from '../gateway-options.ts';
import { clientAt } from './rate-limit.ts';

/** Who asks. */
export interface Client {
  /** What its operations are counted under: its token, else its address. */
  readonly name: string;
  /** What it may do; null: it has to show a token, and has shown none of ours. */
  readonly role: Role | null;
}

/** Who a client is and what it may do, told by its token. Without tokens everyone who reaches the port may do everything. */
export class Access {
  readonly #roles: GatewayConfig['tokenRoles'];

  constructor(config: Pick<GatewayConfig, 'tokenRoles'>) {
    this.#roles = config.tokenRoles;
  }

  /** Of `Authorization: Bearer …`. */
  clientOfHeader(authorization: string | undefined, address: string | undefined): Client {
    return this.clientOf(/^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1], address);
  }

  clientOf(token: string | undefined, address: string | undefined): Client {
    if (this.#roles === null) return { name: clientAt(address), role: 'operate' };
    if (token === undefined) return { name: clientAt(address), role: null };
    // Looked up by its digest: how long that takes says nothing of the tokens that there are.
    const digest = createHash('sha256').update(token).digest('hex');
    const role = this.#roles.get(digest);
    return role === undefined ? { name: clientAt(address), role: null } : { name: digest, role };
  }
}

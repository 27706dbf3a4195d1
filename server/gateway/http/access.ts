import { createHash } from 'node:crypto';
import type { Role } from '../execution/role.ts';
import type { GatewayConfig } from '../gateway-options.ts';

/** What a client may do, told by its token. Without tokens everyone who reaches the port may do everything. */
export class Access {
  readonly #roles: GatewayConfig['tokenRoles'];

  constructor(config: Pick<GatewayConfig, 'tokenRoles'>) {
    this.#roles = config.tokenRoles;
  }

  get needsToken(): boolean {
    return this.#roles !== null;
  }

  /** Of `Authorization: Bearer …`; null: no token, or none of ours. */
  roleOfHeader(authorization: string | undefined): Role | null {
    return this.roleOf(/^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]);
  }

  roleOf(token: string | undefined): Role | null {
    if (this.#roles === null) return 'operate';
    if (token === undefined) return null;
    // Looked up by its digest: how long that takes says nothing of the tokens that there are.
    return this.#roles.get(createHash('sha256').update(token).digest('hex')) ?? null;
  }
}

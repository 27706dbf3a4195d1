import type { IncomingHttpHeaders } from 'node:http';
import type { NodeService } from '#server/cluster/node-service.ts';
import type { GatewayConfig } from '../gateway-options.ts';

const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Who may ask this node from a browser: its own pages and those of the other members, nobody else's. */
export class MemberOrigins {
  readonly #config: GatewayConfig;
  readonly #service: NodeService;
  readonly #names = new RecentNames();

  constructor(options: { readonly config: GatewayConfig; readonly service: NodeService }) {
    this.#config = options.config;
    this.#service = options.service;
  }

  /**
   * The host that a request names is one of ours. A page of a stranger whose name suddenly means this machine (DNS rebinding) sends
   * its own name, and is refused.
   */
  isKnownHost(host: string | undefined): boolean {
    const name = this.#names.of(host);
    if (name === null) return false;
    if (this.#config.trustedNetwork || loopbackNames.has(name)) return true;
    // A page of a stranger has no token.
    if (this.#config.tokenRoles !== null || this.#config.jsonWebTokens !== null) return true;
    return this.#urls().some((url) => url.hostname === name);
  }

  /** A browser sends the origin of its page with whatever could do harm; a request without one is no page's. */
  isAllowed({ origin, host }: IncomingHttpHeaders): boolean {
    if (origin === undefined) return true;
    const from = canonicalOrigin(origin);
    if (from === null) return false;
    if (host !== undefined && from === canonicalOrigin(`http://${host}`)) return true;
    return this.#urls().some((url) => canonicalOrigin(url.origin) === from);
  }

  /** What the pages of this node may connect to, for the content security policy. */
  connectSources(): readonly string[] {
    return [...new Set(this.#urls().flatMap((url) => [url.origin, url.origin.replace(/^http/, 'ws')]))];
  }

  #urls(): readonly URL[] {
    const members = this.#service.clusterState().members.map((member) => member.report.publicUrl);
    const texts = new Set([this.#config.publicUrl, ...this.#config.publicUrls.values(), ...members]);
    return [...texts].flatMap((text) => (URL.canParse(text) ? [new URL(text)] : []));
  }
}

const namesMax = 100;

/** Reading a host costs as much as a small query, and clients send the same ones again and again. */
class RecentNames {
  readonly #names = new Map<string, string | null>();

  of(host: string | undefined): string | null {
    if (host === undefined) return null;
    const known = this.#names.get(host);
    if (known !== undefined) return known;
    if (this.#names.size >= namesMax) this.#names.clear();
    const name = nameOf(host);
    this.#names.set(host, name);
    return name;
  }
}

function nameOf(host: string): string | null {
  if (!URL.canParse(`http://${host}`)) return null;
  return new URL(`http://${host}`).hostname;
}

/** The names of this machine are one: a page opened at localhost may ask a node that is known as 127.0.0.1. */
function canonicalOrigin(origin: string): string | null {
  if (!URL.canParse(origin)) return null;
  const { protocol, hostname, port } = new URL(origin);
  const isWeb = protocol === 'http:' || protocol === 'https:';
  return isWeb ? `${protocol}//${loopbackNames.has(hostname) ? 'localhost' : hostname}:${port}` : null;
}

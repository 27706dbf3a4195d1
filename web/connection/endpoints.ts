/** A node that this page can talk to. `nodeId` is null until the node has said who it is. */
export interface Endpoint {
  readonly nodeId: string | null;
  /** Origin without a path: `http://127.0.0.1:4000`. */
  readonly origin: string;
}

/** What the cluster says about one of its nodes. */
export interface NodeAddress {
  readonly id: string;
  readonly publicUrl: string;
}

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Everywhere the page can turn to: the origin that it was loaded from, and the nodes that the cluster has named since.
 * Immutable; learning gives a new value.
 */
export class Endpoints {
  readonly all: readonly Endpoint[];

  private constructor(all: readonly Endpoint[]) {
    this.all = all;
  }

  static from(pageOrigin: string): Endpoints {
    return new Endpoints([{ nodeId: null, origin: pageOrigin }]);
  }

  /** The node at `origin` said that it is `nodeId`. */
  identify(origin: string, nodeId: string): Endpoints {
    const known = this.all.find((endpoint) => endpoint.origin === origin);
    if (known === undefined || known.nodeId === nodeId) return this;
    const others = this.all.filter((endpoint) => endpoint.origin !== origin && endpoint.nodeId !== nodeId);
    return new Endpoints(sorted([...others, { nodeId, origin }]));
  }

  /** Takes the addresses of the cluster's nodes. An origin that is known to work is kept over the address a node announces. */
  learn(addresses: readonly NodeAddress[]): Endpoints {
    const page = this.all.find((endpoint) => endpoint.nodeId === null);
    const merged: Endpoint[] = page === undefined ? [] : [page];
    for (const address of addresses) {
      const known = this.all.find((endpoint) => endpoint.nodeId === address.id);
      const origin = known?.origin ?? originOf(address.publicUrl, this.all[0]?.origin);
      if (origin === null) continue;
      const taken = merged.findIndex((endpoint) => endpoint.origin === origin);
      if (taken >= 0) merged.splice(taken, 1);
      merged.push({ nodeId: address.id, origin });
    }
    const next = sorted(merged);
    return sameEndpoints(next, this.all) ? this : new Endpoints(next);
  }

  byNode(nodeId: string): Endpoint | null {
    return this.all.find((endpoint) => endpoint.nodeId === nodeId) ?? null;
  }

  /** The one to try after `origin`: the next in a fixed round, so that every node is tried before one is tried twice. */
  after(origin: string): Endpoint {
    const place = this.all.findIndex((endpoint) => endpoint.origin === origin);
    const next = this.all[(place + 1) % this.all.length];
    return next ?? { nodeId: null, origin };
  }
}

/**
 * The origin to use for a node's public address, or null when it is not an http address. A page opened as `localhost` stays
 * with `localhost` for nodes on the same machine.
 */
export function originOf(publicUrl: string, pageOrigin: string | undefined): string | null {
  if (!URL.canParse(publicUrl)) return null;
  const url = new URL(publicUrl);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  const page = pageOrigin !== undefined && URL.canParse(pageOrigin) ? new URL(pageOrigin) : null;
  if (page !== null && isLoopback(url) && isLoopback(page)) url.hostname = page.hostname;
  return url.origin;
}

function isLoopback(url: URL): boolean {
  return LOOPBACK_HOSTS.has(url.hostname);
}

function sorted(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  return endpoints.toSorted((a, b) => (a.nodeId ?? '').localeCompare(b.nodeId ?? '', 'en', { numeric: true }));
}

function sameEndpoints(a: readonly Endpoint[], b: readonly Endpoint[]): boolean {
  return (
    a.length === b.length && a.every((one, place) => one.nodeId === b[place]?.nodeId && one.origin === b[place].origin)
  );
}

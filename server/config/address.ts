import type { PeerAddress } from './config.ts';

/** Reads `host:port` and `[::1]:port`; null when it is neither. */
export function readAddress(text: string): PeerAddress | null {
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^\s:/@[\]]+)):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || !isPort(port)) return null;
  return { host, port };
}

export function writeAddress({ host, port }: PeerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65_535;
}

/** Reachable from this machine alone. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/i.test(host);
}

/** Listens on every address of the machine, and so is no address that a peer could dial. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || host === '';
}

/** `id=value,id=value` as a map; null when an item is none, or an id comes twice. */
export function readPairs(text: string): ReadonlyMap<string, string> | null {
  const pairs = new Map<string, string>();
  for (const item of text.split(',').map((part) => part.trim())) {
    if (item === '') continue;
    const place = item.indexOf('=');
    const id = item.slice(0, place).trim();
    const value = item.slice(place + 1).trim();
    if (place < 1 || !isNodeId(id) || value === '' || pairs.has(id)) return null;
    pairs.set(id, value);
  }
  return pairs;
}

export function isNodeId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
}

/** An address of the web without path, query or user; null when the text is none. */
export function readOrigin(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '') return null;
  return url.origin;
}

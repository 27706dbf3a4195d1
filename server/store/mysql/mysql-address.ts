import { StoreError } from '#server/graph/store-port.ts';

export interface MysqlAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly schema: string;
  /** Encrypted, with the server's certificate checked against the system's authorities. */
  readonly tls: boolean;
}

const defaultPort = 3306;

/** Reads `mysql://user:password@host:port/schema`, with `?tls=on` for an encrypted connection. Messages never hold the password. */
export function parseMysqlUrl(text: string): MysqlAddress {
  const wanted = 'write mysql://user:password@host:port/schema';
  const url = URL.parse(text);
  if (url === null)
    throw new StoreError('refused', `DATABASE_URL is no URL: ${wanted}, with special characters percent-encoded`);
  const schema = decodeURIComponent(url.pathname.slice(1));
  if (schema === '' || schema.includes('/')) throw new StoreError('refused', `DATABASE_URL names no schema: ${wanted}`);
  if (url.username === '') throw new StoreError('refused', `DATABASE_URL names no user: ${wanted}`);
  const tls = url.searchParams.get('tls') ?? 'off';
  if (tls !== 'on' && tls !== 'off') throw new StoreError('refused', `DATABASE_URL has tls=${tls}: it is on or off`);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || defaultPort),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    schema,
    tls: tls === 'on',
  };
}

/** For messages. */
export function describeAddress({ user, host, port, schema }: MysqlAddress): string {
  return `${user}@${host}:${port}/${schema}`;
}

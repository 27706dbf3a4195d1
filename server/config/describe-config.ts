import { writeAddress } from './address.ts';
import type { Config } from './config.ts';
import { withoutPassword } from './service-url.ts';

/** The configuration as it may be logged and shown: no password, secret or key in it. */
export function describeConfig(config: Config): Readonly<Record<string, unknown>> {
  const {
    clusterSecret,
    peerTls,
    tokenRoles,
    jsonWebTokens,
    databaseUrl,
    redisUrl,
    peers,
    publicUrls,
    listen,
    peerListen,
    peerAddress,
    ...open
  } = config;
  return {
    ...open,
    listen: writeAddress(listen),
    peerListen: writeAddress(peerListen),
    peerAddress: writeAddress(peerAddress),
    peers: Object.fromEntries([...peers].map(([id, address]) => [id, writeAddress(address)])),
    publicUrls: Object.fromEntries(publicUrls),
    databaseUrl: withoutPassword(databaseUrl),
    redisUrl: redisUrl === null ? null : withoutPassword(redisUrl),
    clusterSecret: clusterSecret === '' ? 'none' : 'given',
    tokens: tokenRoles === null ? 'none' : tokenRoles.size,
    jsonWebTokens: jsonWebTokens === null ? 'none' : `of ${jsonWebTokens.issuer}`,
    peerTls: peerTls === null ? 'none' : 'given',
  };
}

import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import {
  isLoopback,
  isNodeId,
  isPort,
  isWildcard,
  readAddress,
  readOrigin,
  readPairs,
  writeAddress,
} from './address.ts';
import type { Config, PeerAddress } from './config.ts';
import { logLevels } from './config.ts';
import { ConfigError } from './config-error.ts';
import type { ConfigInput, TextSetting } from './config-source.ts';
import { ConfigSource } from './config-source.ts';
import { readJsonWebTokens } from './json-web-tokens.ts';
import { readClusterSecret, readPeerTls } from './secret-files.ts';
import { databaseUrlProblem, redisUrlProblem } from './service-url.ts';
import type { SettingName } from './setting.ts';
import { limitSettings, numberSettings, readNumber, timingSettings } from './setting.ts';
import { readTokenRoles } from './token-file.ts';

/**
 * Reads everything a node can be told, checks it, and freezes it. Throws ConfigError (BAD_CONFIG) that names every problem
 * there is, each with its flag or variable, its value and what is allowed. Reads files (secret, certificates), nothing else.
 */
export function readConfig(input: ConfigInput): Config {
  const source = new ConfigSource(input);
  const nodeId = readNodeId(source);
  const listen = { host: source.text('host')?.text ?? '127.0.0.1', port: readPort(source, 'port', 4_000) };
  const peerListen = { host: source.text('peerHost')?.text ?? '127.0.0.1', port: readPort(source, 'peerPort', 4_100) };
  const peers = readPeers(source, nodeId, peerListen);
  const publicUrls = readPublicUrls(source, nodeId, listen);
  const dataFolder = resolve(source.text('data')?.text ?? join('.instaface', nodeId));
  const config: Config = {
    nodeId,
    dataFolder,
    listen: Object.freeze(listen),
    trustedNetwork: readTrustedNetwork(source),
    tokenRoles: readTokenRoles(source),
    jsonWebTokens: readJsonWebTokens(source),
    peerListen: Object.freeze(peerListen),
    peerAddress: Object.freeze(peers.get(nodeId) ?? peerListen),
    publicUrl: publicUrls.get(nodeId) ?? '',
    members: Object.freeze(readMembers(source, peers)),
    peers,
    publicUrls,
    databaseUrl: readDatabaseUrl(source, dataFolder),
    redisUrl: readRedisUrl(source),
    clusterName: readClusterName(source),
    clusterSecret: readClusterSecret(source),
    peerTls: readPeerTls(source),
    timings: Object.freeze(readNumbers(source, timingSettings)),
    limits: Object.freeze(readNumbers(source, limitSettings)),
    logLevel: readLogLevel(source),
  };
  checkTogether(source, config);
  if (source.problems.length > 0) throw new ConfigError('BAD_CONFIG', source.problems);
  return Object.freeze(config);
}

function readNodeId(source: ConfigSource): string {
  const given = source.text('id');
  if (given === null) {
    source.problems.push('--id (INSTAFACE_NODE_ID) is missing: the name of this node in the cluster, such as n1');
    return 'n1';
  }
  if (!isNodeId(given.text)) source.refuse(given, '1 to 64 letters, digits, ".", "_" and "-"');
  return given.text;
}

function readPort(source: ConfigSource, setting: TextSetting, fallback: number): number {
  const given = source.text(setting);
  if (given === null) return fallback;
  const port = /^\d+$/.test(given.text) ? Number(given.text) : NaN;
  if (!isPort(port)) source.refuse(given, 'a port, 0 to 65535 (0: any that is free)');
  return isPort(port) ? port : fallback;
}

/** Addresses of members, this node included. What Redis says is younger than what the command line says. */
function readPeers(source: ConfigSource, nodeId: string, peerListen: PeerAddress): ReadonlyMap<string, PeerAddress> {
  const peers = new Map<string, PeerAddress>();
  const given = source.text('peers');
  const pairs = given === null ? new Map<string, string>() : readPairs(given.text);
  if (given !== null && pairs === null) source.refuse(given, 'n2=host:port,n3=host:port, each id once');
  for (const [id, text] of pairs ?? []) {
    const address = readAddress(text);
    if (address !== null) peers.set(id, address);
    else if (given !== null) source.refuse(given, `n2=host:port,n3=host:port; "${text}" is no host:port`);
  }
  for (const [id, { peer }] of source.shared?.addresses ?? []) {
    const address = readAddress(peer);
    if (address !== null && id !== nodeId) peers.set(id, address);
  }
  const own = readOwnAddress(source);
  if (own !== null) peers.set(nodeId, own);
  else if (!peers.has(nodeId)) peers.set(nodeId, { ...peerListen, host: dialable(peerListen.host) });
  return peers;
}

function readOwnAddress(source: ConfigSource): PeerAddress | null {
  const given = source.text('peerAddress');
  if (given === null) return null;
  const address = readAddress(given.text);
  if (address === null) source.refuse(given, 'host:port under which the other nodes reach this one');
  return address;
}

/** The founding members: the list in Redis, which was written once; else what was given; else whoever has an address. */
function readMembers(source: ConfigSource, peers: ReadonlyMap<string, PeerAddress>): readonly string[] {
  const shared = source.shared?.members ?? null;
  if (shared !== null) return shared.toSorted();
  const given = source.text('members');
  if (given === null) return [...peers.keys()].toSorted();
  const ids = given.text.split(',').map((id) => id.trim());
  if (!ids.every(isNodeId) || new Set(ids).size !== ids.length) source.refuse(given, 'n1,n2,n3: node ids, each once');
  return ids.toSorted();
}

function readPublicUrls(
  source: ConfigSource,
  nodeId: string,
  listen: { readonly host: string; readonly port: number },
): ReadonlyMap<string, string> {
  const urls = new Map<string, string>();
  const given = source.text('publicUrls');
  const pairs = given === null ? new Map<string, string>() : readPairs(given.text);
  if (given !== null && pairs === null) source.refuse(given, 'n1=http://host:port,n2=http://host:port, each id once');
  for (const [id, text] of pairs ?? []) {
    const origin = readOrigin(text);
    if (origin !== null) urls.set(id, origin);
    else if (given !== null) source.refuse(given, `n1=http://host:port,…; "${text}" is no http address without a path`);
  }
  for (const [id, { publicUrl }] of source.shared?.addresses ?? []) {
    const origin = readOrigin(publicUrl);
    if (origin !== null && id !== nodeId) urls.set(id, origin);
  }
  const own = source.text('publicUrl');
  const origin = own === null ? null : readOrigin(own.text);
  if (own !== null && origin === null) source.refuse(own, 'an http or https address without a path');
  if (origin !== null) urls.set(nodeId, origin);
  else if (!urls.has(nodeId)) {
    urls.set(nodeId, `http://${writeAddress({ host: dialable(listen.host), port: listen.port })}`);
  }
  return urls;
}

function dialable(host: string): string {
  return isWildcard(host) ? hostname() : host;
}

function readDatabaseUrl(source: ConfigSource, dataFolder: string): string {
  const given = source.text('database');
  // The file belongs to the cluster, not to the node: whoever leads opens it.
  if (given === null) return `sqlite:${join(dirname(dataFolder), 'graph.db')}`;
  const problem = databaseUrlProblem(given.text);
  if (problem !== null) {
    source.refuseSilently(given, problem, 'sqlite:/path/to/file or mysql://user:password@host:port/schema');
  }
  return given.text;
}

function readRedisUrl(source: ConfigSource): string | null {
  const given = source.text('redis');
  if (given === null) return null;
  const problem = redisUrlProblem(given.text);
  if (problem !== null)
    source.refuseSilently(given, problem, 'redis://user:password@host:port/number, or rediss:// for TLS');
  return given.text;
}

function readClusterName(source: ConfigSource): string {
  const given = source.text('cluster');
  if (given === null) return 'instaface';
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(given.text)) {
    source.refuse(given, '1 to 64 letters, digits, "_" and "-"');
  }
  return given.text;
}

function readLogLevel(source: ConfigSource): Config['logLevel'] {
  const given = source.text('logLevel');
  if (given === null) return 'info';
  const level = logLevels.find((each) => each === given.text);
  if (level === undefined) source.refuse(given, logLevels.join(', '));
  return level ?? 'info';
}

function readTrustedNetwork(source: ConfigSource): boolean {
  const given = source.text('trustedNetwork');
  if (given === null || given.text === '0') return false;
  if (given.text !== '1') source.refuse(given, '1 or 0');
  return true;
}

function readNumbers<Name extends SettingName>(
  source: ConfigSource,
  settings: Readonly<Record<Name, unknown>>,
): Record<Name, number> {
  const names = Object.keys(settings) as Name[];
  return Object.fromEntries(names.map((name) => [name, readSetting(source, name)])) as Record<Name, number>;
}

function readSetting(source: ConfigSource, name: SettingName): number {
  const { fallback, min, max } = numberSettings[name];
  const given = source.number(name);
  if (given === null) return fallback;
  const value = readNumber(name, given.text);
  if (value !== null && value >= min && value <= max) return value;
  const units = /bytes/i.test(name) ? ', also with KiB, MiB or GiB' : '';
  source.refuse(given, `a whole number, ${min} to ${max}${units}`);
  return fallback;
}

/** What is right by itself and wrong together. */
function checkTogether(source: ConfigSource, config: Config): void {
  const { heartbeatTicks, electionTimeoutTicks } = config.timings;
  if (electionTimeoutTicks < 3 * heartbeatTicks) {
    source.problems.push(
      `INSTAFACE_ELECTION_TIMEOUT_TICKS is ${electionTimeoutTicks}; allowed: at least three times ` +
        `INSTAFACE_HEARTBEAT_TICKS (${heartbeatTicks}), or one late heartbeat is an election`,
    );
  }
  const needsToken = config.tokenRoles !== null || config.jsonWebTokens !== null;
  if (!isLoopback(config.listen.host) && !config.trustedNetwork && !needsToken) {
    source.problems.push(
      `--host (INSTAFACE_HOST) is ${config.listen.host}; allowed: loopback, since clients need no credentials here, or any address ` +
        'with --token-file FILE (INSTAFACE_TOKEN_FILE) or INSTAFACE_JWT_…, or with --trusted-network 1 (INSTAFACE_TRUSTED_NETWORK=1) where only those reach it who may read and change everything',
    );
  }
  const addresses = [config.peerListen, ...config.peers.values()];
  const outside = addresses.find(({ host }) => !isLoopback(host));
  if (config.clusterSecret === '' && config.peerTls === null && outside !== undefined) {
    source.problems.push(
      `INSTAFACE_CLUSTER_SECRET (or …_FILE) is missing; needed as soon as nodes talk over more than this machine ` +
        `(${writeAddress(outside)}): the same text of at least 16 characters on every node`,
    );
  }
}

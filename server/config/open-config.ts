import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import type { ConfigInput, SharedConfig } from './config-source.ts';
import { ConfigSource } from './config-source.ts';
import { MemberDirectory } from './member-directory.ts';
import { readConfig } from './read-config.ts';
import type { ConfigLog } from './redis-connection.ts';
import { connectRedis } from './redis-connection.ts';
import { proposeMembers, readShared, SharedKeys } from './shared-config.ts';

export interface OpenConfigOptions extends ConfigInput {
  readonly log: ConfigLog;
  /** How long a start waits for Redis, and for the founding list in it. */
  readonly patienceMs?: number;
  readonly renewMs?: number;
}

export interface OpenedConfig {
  readonly config: Config;
  /** Start it when the node listens, close it when the node ends; null without Redis. */
  readonly directory: MemberDirectory | null;
}

const defaultPatienceMs = 10_000;

/**
 * Reads the configuration from flags, environment and, where a Redis is named, from there. Rejects with ConfigError
 * (BAD_CONFIG, REDIS_UNREACHABLE, REDIS_REFUSED, NO_FOUNDING_LIST).
 */
export async function openConfig(options: OpenConfigOptions): Promise<OpenedConfig> {
  const { flags, env, log } = options;
  // Checks what was given before anybody waits for Redis.
  const local = readConfig({ flags, env });
  if (local.redisUrl === null) return { config: local, directory: null };
  const patienceMs = options.patienceMs ?? defaultPatienceMs;
  const redis = await connectRedis({ url: local.redisUrl, log, patienceMs });
  try {
    const keys = new SharedKeys(local.clusterName);
    if (namesMembers(options)) await proposeMembers(redis, keys, local.members);
    const shared = await untilFoundingList(redis, keys, patienceMs);
    const config = readConfig({ flags, env, shared });
    if (namesMembers(options) && config.members.join() !== local.members.join()) {
      log.warn(
        { given: local.members, redis: config.members },
        'the founding list in Redis is another one, and counts',
      );
    }
    const renewal = options.renewMs === undefined ? {} : { renewMs: options.renewMs };
    return { config, directory: new MemberDirectory({ redis, config, log, ...renewal }) };
  } catch (error) {
    redis.disconnect();
    if (error instanceof ConfigError) throw error;
    throw new ConfigError('REDIS_UNREACHABLE', [`Redis went away during the start: ${String(error)}`]);
  }
}

/** A node that was told who founds the cluster may write it down; one that was not waits for one that was. */
function namesMembers(input: ConfigInput): boolean {
  const source = new ConfigSource(input);
  return source.text('members') !== null || source.text('peers') !== null;
}

async function untilFoundingList(redis: Redis, keys: SharedKeys, patienceMs: number): Promise<SharedConfig> {
  const startMs = performance.now();
  for (;;) {
    const shared = await readShared(redis, keys);
    if (shared.members !== null) return shared;
    if (performance.now() - startMs >= patienceMs) {
      throw new ConfigError('NO_FOUNDING_LIST', [
        `${keys.members} in Redis holds no list of founding members, and neither --members (INSTAFACE_MEMBERS) nor --peers ` +
          '(INSTAFACE_PEERS) was given; allowed: n1,n2,n3 for --members on at least one node',
      ]);
    }
    await pause(Math.min(200, patienceMs));
  }
}

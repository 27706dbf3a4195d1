import { ConfigError } from './config-error.ts';
import type { SharedConfig } from './config-source.ts';
import { readConfig } from './read-config.ts';
import { connectRedis, type ConfigLog } from './redis-connection.ts';
import { redisUrlProblem } from './service-url.ts';
import { numberSettings, type SettingName } from './setting.ts';
import { readShared, SharedKeys } from './shared-config.ts';

/** What Redis holds of a cluster, fit to be shown. A value is as it was written, null where nothing is. */
export interface SharedSettings {
  readonly members: readonly string[] | null;
  readonly addresses: Readonly<Record<string, { readonly peer: string; readonly publicUrl: string }>>;
  readonly settings: Readonly<Record<string, string>>;
}

export interface SharedSettingsOptions {
  readonly redisUrl: string;
  readonly clusterName: string;
  readonly log: ConfigLog;
  /** `name=value`; `name=` takes the value away. All are checked before one is written. */
  readonly changes: readonly string[];
}

/** Writes the changes at once, and reads what is there then. Rejects with ConfigError (BAD_CONFIG, REDIS_UNREACHABLE, REDIS_REFUSED). */
export async function shareSettings(options: SharedSettingsOptions): Promise<SharedSettings> {
  const { redisUrl, clusterName, log, changes } = options;
  const wrong = redisUrlProblem(redisUrl);
  if (wrong !== null) throw new ConfigError('BAD_CONFIG', [`--redis (REDIS_URL) cannot be used: ${wrong}`]);
  const pairs = readChanges(changes);
  const redis = await connectRedis({ url: redisUrl, log, patienceMs: 2_000 });
  try {
    const keys = new SharedKeys(clusterName);
    if (pairs.length > 0) {
      checkAsNode(await readShared(redis, keys), pairs);
      const transaction = redis.multi();
      for (const [name, value] of pairs) {
        if (value === '') transaction.hdel(keys.settings, name);
        else transaction.hset(keys.settings, name, value);
      }
      // Nodes look at once, and tell in their logs that it counts from their next start.
      await transaction.publish(keys.changes, 'settings').exec();
    }
    const { members, addresses, settings } = await readShared(redis, keys);
    return { members, addresses: Object.fromEntries(addresses), settings: Object.fromEntries(settings) };
  } finally {
    redis.disconnect();
  }
}

/** As a node reads them at its next start: what is wrong, by itself or with the others, would keep every node from it. */
function checkAsNode(shared: SharedConfig, pairs: ReturnType<typeof readChanges>): void {
  const settings = new Map(shared.settings);
  for (const [name, value] of pairs) {
    if (value === '') settings.delete(name);
    else settings.set(name, value);
  }
  readConfig({ flags: { id: 'n1' }, env: {}, shared: { members: null, addresses: new Map(), settings } });
}

function readChanges(changes: readonly string[]): readonly (readonly [SettingName, string])[] {
  const problems: string[] = [];
  const pairs = changes.flatMap((change): (readonly [SettingName, string])[] => {
    const [given = '', ...rest] = change.split('=');
    const name = (Object.keys(numberSettings) as SettingName[]).find((each) => each === given);
    const value = rest.join('=').trim();
    if (name === undefined || rest.length === 0) {
      problems.push(
        `${change} sets nothing; allowed: name=value, the name one of ${Object.keys(numberSettings).join(', ')}`,
      );
      return [];
    }
    return [[name, value]];
  });
  if (problems.length > 0) throw new ConfigError('BAD_CONFIG', problems);
  return pairs;
}

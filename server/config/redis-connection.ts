import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { ConfigError } from './config-error.ts';
import { withoutPassword } from './service-url.ts';

export interface ConfigLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface RedisOptions {
  readonly url: string;
  readonly log: ConfigLog;
  /** How long a start waits for a Redis that is not there yet. */
  readonly patienceMs: number;
}

const firstPauseMs = 100;
const pauseMsMax = 1_000;
const commandTimeoutMs = 2_000;
const refusal = /^(NOAUTH|WRONGPASS|NOPERM|ERR AUTH)/;

/**
 * Connects at the start of a node, with tries until `patienceMs` is over; rejects with ConfigError REDIS_UNREACHABLE, or at
 * once with REDIS_REFUSED where trying again cannot help. Once connected it comes back by itself after losses, without end,
 * with pauses up to 5 s; commands meanwhile fail at once, and no error of the connection escapes.
 */
export async function connectRedis(options: RedisOptions): Promise<Redis> {
  const startMs = performance.now();
  const state = { connected: false, lastError: 'no answer' };
  const redis = newClient(options.url, state);
  for (let tries = 1; ; tries += 1) {
    try {
      await redis.connect();
      await redis.ping();
      state.connected = true;
      reportLosses(redis, options.log);
      return redis;
    } catch (error) {
      if (error instanceof Error && error.name === 'ReplyError') state.lastError = error.message;
      redis.disconnect();
    }
    const where = `Redis at ${withoutPassword(options.url)} (--redis, REDIS_URL)`;
    if (refusal.test(state.lastError))
      throw new ConfigError('REDIS_REFUSED', [`${where} refuses this node: ${state.lastError}`]);
    const waitedMs = performance.now() - startMs;
    if (waitedMs >= options.patienceMs) {
      throw new ConfigError('REDIS_UNREACHABLE', [
        `${where} cannot be reached: ${state.lastError}; tried ${tries} times in ${Math.round(waitedMs / 1_000)} s`,
      ]);
    }
    if (tries === 1) options.log.warn({ code: 'REDIS_UNREACHABLE', reason: state.lastError }, `waiting for ${where}`);
    await pause(Math.min(pauseMsMax, firstPauseMs * 2 ** Math.min(tries, 10)));
  }
}

function newClient(url: string, state: { connected: boolean; lastError: string }): Redis {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: commandTimeoutMs,
    commandTimeout: commandTimeoutMs,
    // Until the first success `connectRedis` counts the tries itself.
    retryStrategy: (times) => (state.connected ? Math.min(5_000, 100 * 2 ** Math.min(times, 10)) : null),
  });
  redis.on('error', (error: Error) => {
    state.lastError = error.message;
  });
  return redis;
}

function reportLosses(redis: Redis, log: ConfigLog): void {
  let away = false;
  redis.on('close', () => {
    // A client that was told to disconnect is not a loss.
    if (away || redis.status === 'end') return;
    away = true;
    log.warn({ code: 'REDIS_LOST' }, 'Redis is away: this node goes on with the addresses it knows');
  });
  redis.on('ready', () => {
    if (away) log.info({}, 'Redis is back');
    away = false;
  });
}

import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';
import { describeError, withoutCredentials } from './describe-error.ts';

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly node: string;
  readonly cluster: string;
  /** Default: standard output, written before the call returns, so the last line before a crash is there. */
  readonly destination?: DestinationStream;
}

/** Names of fields whose values never belong in a log, at the top and one level down. */
const secretFields = [
  'secret',
  'clusterSecret',
  'password',
  'token',
  'authorization',
  'cookie',
  'peerTls',
  'databaseUrl',
  'redisUrl',
];

/** One JSON object a line: time, level, node, cluster, what the caller gave, `msg`. */
export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level,
    base: { node: options.node, cluster: options.cluster },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError, error: describeError, reason: cleanText, url: cleanText },
    redact: { paths: [...secretFields, ...secretFields.map((field) => `*.${field}`)], censor: '(not logged)' },
  };
  return pino(settings, options.destination ?? pino.destination({ dest: 1, sync: true }));
}

function cleanText(value: unknown): unknown {
  return typeof value === 'string' ? withoutCredentials(value) : value;
}

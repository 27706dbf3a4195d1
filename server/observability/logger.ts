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
  return pino(settings, options.destination ?? standardOutput());
}

/** Lines that cannot be written wait in memory, up to here; then further ones are lost. */
const unwrittenCharactersMax = 1024 * 1024;

/**
 * A line that cannot be written, as on a full disk, is tried again with the next one. It must not throw into whoever wrote it: that
 * ends the node with an error that has nothing to do with what it was doing.
 */
function standardOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: true, maxLength: unwrittenCharactersMax });
  output.on('error', () => undefined);
  return output;
}

function cleanText(value: unknown): unknown {
  return typeof value === 'string' ? withoutCredentials(value) : value;
}

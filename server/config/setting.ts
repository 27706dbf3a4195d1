import type { Config } from './config.ts';

/** A whole number that a node can be told: what it bounds, where it lies, and between which values. The unit is in its name. */
export interface NumberSetting {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
  /** One line, for the README and `instaface config`. */
  readonly about: string;
}

const kibibyte = 1_024;
const mebibyte = 1_024 * kibibyte;
const gibibyte = 1_024 * mebibyte;

/** The README of this room holds the same table; a test compares them. */
export const timingSettings = {
  tickMs: { fallback: 25, min: 5, max: 1_000, about: 'one tick of the consensus' },
  heartbeatTicks: { fallback: 4, min: 1, max: 100, about: 'between two heartbeats of a leader' },
  electionTimeoutTicks: {
    fallback: 14,
    min: 4,
    max: 1_000,
    about: 'silence of the leader before an election; the voters take turns between this and twice this',
  },
  mutationDeadlineMs: {
    fallback: 1_800,
    min: 100,
    max: 60_000,
    about: 'wait for a commit at the node that took the mutation',
  },
  readDeadlineMs: { fallback: 5_000, min: 100, max: 60_000, about: 'wait for all that one query needs' },
  databaseTimeoutMs: { fallback: 5_000, min: 100, max: 60_000, about: 'wait for one statement of the database' },
  idempotencyKeyHours: { fallback: 24, min: 1, max: 720, about: 'log time for which a retry is recognised' },
} as const satisfies Record<keyof Config['timings'], NumberSetting>;

export const limitSettings = {
  cacheBytesMax: { fallback: 128 * mebibyte, min: mebibyte, max: 64 * gibibyte, about: 'memory of the cache' },
  behindEntriesMax: {
    fallback: 32_768,
    min: 16,
    max: 16_777_216,
    about: 'entries committed and not materialized; at the bound writes get DATABASE_BEHIND',
  },
  behindBytesMax: { fallback: 64 * mebibyte, min: 64 * kibibyte, max: 16 * gibibyte, about: 'the same, in bytes' },
  retainedEntries: { fallback: 16_384, min: 0, max: 16_777_216, about: 'entries kept behind the materialized index' },
  retainedBytes: { fallback: 32 * mebibyte, min: 0, max: 16 * gibibyte, about: 'the same, in bytes' },
  batchCommandsMax: { fallback: 512, min: 1, max: 4_096, about: 'commands in one entry of the log' },
  batchBytesMax: { fallback: mebibyte, min: kibibyte, max: 8 * mebibyte, about: 'the same, in bytes' },
  queueCommandsMax: {
    fallback: 8_192,
    min: 1,
    max: 1_000_000,
    about: 'commands that wait at the leader; beyond it OVERLOADED',
  },
  recentKeysMax: {
    fallback: 1_048_576,
    min: 2,
    max: 1_073_741_824,
    about: 'mutations whose idempotency keys are known to be used, at two bytes each',
  },
  changeBufferEntriesMax: {
    fallback: 1_024,
    min: 1,
    max: 1_000_000,
    about: 'commits that a slow subscriber may be behind before it gets HISTORY_GONE',
  },
  requestBodyBytesMax: { fallback: 4 * mebibyte, min: kibibyte, max: 64 * mebibyte, about: 'body of one HTTP request' },
  queryDepthMax: { fallback: 16, min: 1, max: 64, about: 'levels of one query' },
  operationCostMax: {
    fallback: 10_000_000,
    min: 1,
    max: 1_000_000_000,
    about:
      'objects that the answer of one operation may hold, each list as long as asked for; beyond it LIMIT_EXCEEDED',
  },
  subscriptionsPerConnectionMax: { fallback: 100, min: 1, max: 10_000, about: 'subscriptions on one WebSocket' },
  subscriptionsPerClientMax: {
    fallback: 10_000,
    min: 1,
    max: 1_000_000,
    about: 'subscriptions of one client, by token or else by address; beyond it LIMIT_EXCEEDED',
  },
  connectionsPerClientMax: {
    fallback: 2_000,
    min: 1,
    max: 10_000,
    about: 'WebSockets of one client, by token or else by address; beyond it 429, or close code 1013',
  },
  operationsPerSecondMax: {
    fallback: 0,
    min: 0,
    max: 1_000_000,
    about: 'operations of one client, by token or else by address; beyond it RATE_LIMITED; 0: no bound',
  },
} as const satisfies Record<keyof Config['limits'], NumberSetting>;

export type SettingName = keyof typeof timingSettings | keyof typeof limitSettings;

export const numberSettings: Readonly<Record<SettingName, NumberSetting>> = { ...timingSettings, ...limitSettings };

/** tickMs → INSTAFACE_TICK_MS */
export function variableOf(name: string): string {
  return `INSTAFACE_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

const byteUnits: Readonly<Record<string, number>> = { KiB: kibibyte, MiB: mebibyte, GiB: gibibyte };

/** Reads `4096`, and for settings in bytes `4 MiB` too; null when it is no whole number. */
export function readNumber(name: string, text: string): number | null {
  const match = /^(\d{1,15})(?:\s*(KiB|MiB|GiB))?$/.exec(text.trim());
  if (match === null) return null;
  const [, digits = '', unit] = match;
  if (unit === undefined) return Number(digits);
  if (!/bytes/i.test(name)) return null;
  return Number(digits) * (byteUnits[unit] ?? 1);
}

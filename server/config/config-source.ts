import type { SettingName } from './setting.ts';
import { numberSettings, variableOf } from './setting.ts';

/** What Redis holds about the cluster, read but not checked. */
export interface SharedConfig {
  /** The founding list, written once; null while nobody has written it. */
  readonly members: readonly string[] | null;
  readonly addresses: ReadonlyMap<string, { readonly peer: string; readonly publicUrl: string }>;
  /** Timings and limits for the whole cluster, by the name of the setting. */
  readonly settings: ReadonlyMap<string, string>;
}

export interface ConfigInput {
  /** As the command line has them, in camelCase. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What Redis holds; absent without Redis. */
  readonly shared?: SharedConfig;
}

/** Each text setting: its flag and its variable. */
export const textSettings = {
  id: 'INSTAFACE_NODE_ID',
  host: 'INSTAFACE_HOST',
  port: 'INSTAFACE_PORT',
  peerHost: 'INSTAFACE_PEER_HOST',
  peerPort: 'INSTAFACE_PEER_PORT',
  peerAddress: 'INSTAFACE_PEER_ADDRESS',
  peers: 'INSTAFACE_PEERS',
  members: 'INSTAFACE_MEMBERS',
  publicUrl: 'INSTAFACE_PUBLIC_URL',
  publicUrls: 'INSTAFACE_PUBLIC_URLS',
  data: 'INSTAFACE_DATA',
  database: 'DATABASE_URL',
  redis: 'REDIS_URL',
  cluster: 'INSTAFACE_CLUSTER',
  logLevel: 'INSTAFACE_LOG_LEVEL',
  trustedNetwork: 'INSTAFACE_TRUSTED_NETWORK',
  tokenFile: 'INSTAFACE_TOKEN_FILE',
} as const;
export type TextSetting = keyof typeof textSettings;

/** Read from the environment alone: arguments are seen by every user of the machine. */
const secretVariables = [
  'INSTAFACE_CLUSTER_SECRET',
  'INSTAFACE_CLUSTER_SECRET_FILE',
  'INSTAFACE_TLS_CERT_FILE',
  'INSTAFACE_TLS_KEY_FILE',
  'INSTAFACE_TLS_CA_FILE',
  'INSTAFACE_JWT_JWKS_FILE',
  'INSTAFACE_JWT_SECRET_FILE',
  'INSTAFACE_JWT_ISSUER',
  'INSTAFACE_JWT_AUDIENCE',
  'INSTAFACE_JWT_ROLE_CLAIM',
] as const;

/** A text that was given, and how its giver calls it. */
export interface Given {
  readonly text: string;
  readonly name: string;
}

/** Looks a setting up: a flag wins over the environment, the environment over Redis. Empty texts count as not given. */
export class ConfigSource {
  readonly problems: string[] = [];
  readonly shared: SharedConfig | null;
  readonly #flags: ConfigInput['flags'];
  readonly #env: ConfigInput['env'];

  constructor(input: ConfigInput) {
    this.#flags = input.flags;
    this.#env = input.env;
    this.shared = input.shared ?? null;
  }

  text(setting: TextSetting): Given | null {
    const flag = this.#flags[setting];
    if (flag !== undefined && flag !== '') return { text: flag, name: `--${kebab(setting)}` };
    return this.variable(textSettings[setting]);
  }

  variable(name: string): Given | null {
    const text = this.#env[name];
    return text === undefined || text === '' ? null : { text, name };
  }

  number(setting: SettingName): Given | null {
    const given = this.variable(variableOf(setting));
    if (given !== null) return given;
    const text = this.shared?.settings.get(setting);
    return text === undefined ? null : { text, name: `${setting} in Redis` };
  }

  /** The value may be shown: never call it for a secret. */
  refuse(given: Given, allowed: string): void {
    this.problems.push(`${given.name} is "${given.text.slice(0, 200)}"; allowed: ${allowed}`);
  }

  refuseSilently(given: Given, why: string, allowed: string): void {
    this.problems.push(`${given.name} cannot be used: ${why}; allowed: ${allowed}`);
  }
}

/** Variables that look like ours and mean nothing: a typing error, most likely. */
export function unknownVariables(env: ConfigInput['env']): readonly string[] {
  const known = new Set<string>([
    ...Object.values(textSettings),
    ...secretVariables,
    // Of the clients that are started beside a node.
    'INSTAFACE_TOKEN',
    ...Object.keys(numberSettings).map((name) => variableOf(name)),
  ]);
  return Object.keys(env)
    .filter((name) => name.startsWith('INSTAFACE_') && !known.has(name))
    .toSorted();
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

import { shareSettings, type SharedSettings } from '#server/config/shared-settings.ts';
import { numberSettings } from '#server/config/setting.ts';
import { UsageError } from './cluster-plan.ts';

export interface ConfigCommand {
  readonly redis: string | undefined;
  readonly cluster: string | undefined;
  readonly json: boolean;
}

/** What to print of what Redis holds, after the changes. Rejects with ConfigError or UsageError. */
export async function configCommand(changes: readonly string[], options: ConfigCommand): Promise<string> {
  const redisUrl = options.redis ?? process.env['REDIS_URL'];
  if (redisUrl === undefined || redisUrl === '')
    throw new UsageError('This shows what the nodes share in Redis: give its URL with --redis or REDIS_URL.');
  const clusterName = options.cluster ?? process.env['INSTAFACE_CLUSTER'] ?? 'instaface';
  const toStderr = (_fields: object, message: string): void => void process.stderr.write(`${message}\n`);
  const log = { info: toStderr, warn: toStderr };
  const shared = await shareSettings({ redisUrl, clusterName, log, changes });
  return options.json ? JSON.stringify(shared) : describeShared(clusterName, shared);
}

function describeShared(cluster: string, { members, addresses, settings }: SharedSettings): string {
  const nodes = Object.entries(addresses).map(([id, { peer, publicUrl }]) => `  ${id}  ${peer}  ${publicUrl}`);
  const rows = Object.entries(numberSettings).map(([name, { fallback, about }]) => {
    const value = settings[name];
    return `  ${name.padEnd(30)} ${(value ?? String(fallback)).padEnd(12)} ${value === undefined ? 'default' : 'Redis  '}  ${about}`;
  });
  return [
    `cluster ${cluster}, founded by ${members?.join(', ') ?? 'nobody yet'}`,
    nodes.length === 0 ? 'no node is registered' : 'registered:',
    ...nodes,
    'settings, which count from the next start of a node:',
    ...rows,
  ].join('\n');
}

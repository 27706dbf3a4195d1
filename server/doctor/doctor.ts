/** Looks for the mistakes that operators make, with the flags and the environment that a node would be started with. Changes nothing. */
import { readConfig } from '#server/config/read-config.ts';
import { ConfigError } from '#server/config/config-error.ts';
import type { Config } from '#server/config/config.ts';
import type { ConfigInput } from '#server/config/config-source.ts';
import { unknownVariables } from '#server/config/config-source.ts';
import { fine, problem, warning, type Finding } from './finding.ts';
import { lookAtClock } from './look-at-clock.ts';
import { lookAtDatabase } from './look-at-database.ts';
import { lookAtDisk } from './look-at-disk.ts';
import { lookAtPeer } from './look-at-peer.ts';
import { answersAs, lookAtPort } from './look-at-port.ts';

/** Every finding, in the order in which a node would meet it. Takes a few seconds at most; a wrong configuration ends it early. */
export async function examine(input: ConfigInput): Promise<readonly Finding[]> {
  const unknown = unknownVariables(input.env).map((name) =>
    warning('CONFIG', name, {
      message: 'no such variable is known',
      advice: 'a typing error, most likely: server/config/README.md has them all',
    }),
  );
  let config: Config;
  try {
    config = readConfig(input);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const advice = 'give the node what is allowed, then look again';
    return [...error.problems.map((message) => problem('CONFIG', error.code, { message, advice })), ...unknown];
  }
  const nodeRuns = await answersAs(config.nodeId, config.listen);
  const others = [...config.peers].filter(([id]) => id !== config.nodeId);
  const otherUrls = [...config.publicUrls].filter(([id]) => id !== config.nodeId);
  const findings = await Promise.all([
    lookAtPort(config.listen, { name: 'clients', flag: '--port', nodeRuns }),
    lookAtPort(config.peerListen, { name: 'nodes', flag: '--peer-port', nodeRuns }),
    lookAtDisk(config.dataFolder, config.limits.retainedBytes + config.limits.behindBytesMax),
    lookAtDatabase(config.databaseUrl, config.timings.databaseTimeoutMs),
    ...others.map(([id, address]) => lookAtPeer(id, address, config)),
    ...otherUrls.map(([id, url]) => lookAtClock(id, url)),
  ]);
  return [fine('CONFIG', config.nodeId, 'can be used'), ...unknown, ...findings.flat()];
}

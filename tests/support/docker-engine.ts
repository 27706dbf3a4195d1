import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Null: a Docker engine answers. Else why none is used. */
export async function dockerMissing(): Promise<string | null> {
  if (process.env['TEST_SERVICES'] === 'local') return 'TEST_SERVICES=local';
  const { env } = process;
  const sockets = ['/var/run/docker.sock', join(homedir(), '.docker/run/docker.sock')];
  if (env['XDG_RUNTIME_DIR'] !== undefined) sockets.push(join(env['XDG_RUNTIME_DIR'], 'docker.sock'));
  // Looked for first, as loading the client takes seconds.
  if (!env['DOCKER_HOST'] && !sockets.some((path) => existsSync(path))) return 'no DOCKER_HOST, no socket';
  try {
    const { getContainerRuntimeClient } = await import('testcontainers');
    await getContainerRuntimeClient();
    return null;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? 'it does not answer') : 'it does not answer';
  }
}

import { Redis } from 'ioredis';
import { freePorts } from './free-ports.ts';
import { findProgram, ServiceProcess } from './service-process.ts';
import type { RedisService } from './services.ts';

/** `redis-server` on a folder and port of its own; null: the program is not there. */
export async function privateRedisServer(): Promise<RedisService | null> {
  const program = findProgram(['redis-server', 'valkey-server']);
  if (program === null) return null;
  const [port = 0] = await freePorts(1);
  const url = `redis://127.0.0.1:${port}/0`;
  const server = new ServiceProcess('redis', {
    command: (folder) => [
      program,
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--save',
      '',
      '--appendonly',
      'yes',
      '--appendfsync',
      'always',
    ],
    answers: () => answersPing(url),
  });
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    kind: 'redis',
    name: 'Redis (private)',
    url,
    kill: () => server.kill(),
    restart: () => server.start(),
    stop: () => server.stop(),
  };
}

export async function answersPing(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 1_000 });
  // Told by the rejection of what is asked, too.
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}

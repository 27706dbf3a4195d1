import { MySqlContainer } from '@testcontainers/mysql';
import { RedisContainer } from '@testcontainers/redis';
import { getContainerRuntimeClient } from 'testcontainers';
import { freePorts } from './free-ports.ts';
import { mysqlService } from './mysql-service.ts';
import { answersPing } from './redis-server.ts';
import type { DatabaseService, RedisService } from './services.ts';
import { waitFor } from './wait.ts';

const mysqlPort = 3306;
const redisPort = 6379;
const password = 'private';

export async function mysqlContainer(): Promise<DatabaseService> {
  // A port of our choice stays the same when the container is started again.
  const [port = 0] = await freePorts(1);
  const container = await new MySqlContainer('mysql:8.4')
    .withRootPassword(password)
    .withExposedPorts({ container: mysqlPort, host: port })
    .withStartupTimeout(120_000)
    .start();
  const { container: containers } = await getContainerRuntimeClient();
  const engine = containers.getById(container.getId());
  const url = `mysql://root:${password}@${container.getHost()}:${port}/instaface`;
  const service = await mysqlService({
    url,
    origin: 'container',
    faults: {
      kill: async () => void (await engine.kill()),
      restart: async () => {
        await engine.start();
        await waitFor('MySQL to answer again', () => serverAnswers(url), 60_000);
      },
      pause: async () => void (await engine.pause()),
      resume: async () => void (await engine.unpause()),
    },
    stop: async () => void (await container.stop()),
  });
  return service;
}

async function serverAnswers(url: string): Promise<boolean> {
  await mysqlService({ url, origin: 'container', faults: null, stop: () => Promise.resolve() });
  return true;
}

export async function redisContainer(): Promise<RedisService> {
  const [port = 0] = await freePorts(1);
  const container = await new RedisContainer('redis:8')
    // Reachable from outside of the container whatever the image's own configuration says, and nothing lost at a kill.
    .withCommand([
      'redis-server',
      '--bind',
      '0.0.0.0',
      '--protected-mode',
      'no',
      '--appendonly',
      'yes',
      '--appendfsync',
      'always',
    ])
    .withExposedPorts({ container: redisPort, host: port })
    .start();
  const { container: containers } = await getContainerRuntimeClient();
  const engine = containers.getById(container.getId());
  return {
    kind: 'redis',
    name: 'Redis 8 (container)',
    url: container.getConnectionUrl(),
    kill: async () => void (await engine.kill()),
    restart: async () => {
      await engine.start();
      await waitFor('Redis to answer again', () => answersPing(container.getConnectionUrl()), 30_000);
    },
    stop: async () => void (await container.stop()),
  };
}

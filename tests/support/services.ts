/**
 * Databases and Redis for tests. In this order: the server at TEST_DATABASE_URL or TEST_REDIS_URL; a container where a Docker engine
 * answers (not with TEST_SERVICES=local); a private server where its program is installed; none, with the reason. What a machine runs
 * anyway is never touched. With REQUIRE_SERVICES=1 a missing service is a failure.
 */
import { describe, it } from 'vitest';
import { dockerMissing } from './docker-engine.ts';
import { mysqlService } from './mysql-service.ts';
import { privateDatabaseServer, type PrivateDatabaseOptions } from './private-database.ts';
import { answersPing, privateRedisServer } from './redis-server.ts';

export interface DatabaseService {
  readonly kind: 'mysql' | 'mariadb';
  /** What it is and where it came from, such as `MariaDB 10.11.19 (private)`. */
  readonly name: string;
  /** Of a user with all rights. */
  readonly url: string;
  /** The URL of a schema that is not there yet: a store that opens it makes it. */
  freshUrl(): string;
  /** Of the server's process, as long as it runs here and is ours; else null. */
  pid(): number | null;
  /** Where such a process has its files, to be touched only while it is killed. */
  readonly dataFolder: string | null;
  /** Null: it was given by its URL, and is not ours to break. */
  readonly faults: {
    kill(): Promise<void>;
    restart(): Promise<void>;
    /** It stays connected and does not answer. */
    pause(): Promise<void>;
    resume(): Promise<void>;
  } | null;
  /** These reject where `faults` is null. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

export interface RedisService {
  readonly kind: 'redis';
  readonly name: string;
  readonly url: string;
  /** Null: it was given by its URL, and is not ours to break. What was written is kept. */
  readonly kill: (() => Promise<void>) | null;
  readonly restart: (() => Promise<void>) | null;
  stop(): Promise<void>;
}

export interface MissingService {
  readonly kind: 'none';
  readonly reason: string;
}

export async function privateDatabase(options: PrivateDatabaseOptions = {}): Promise<DatabaseService | MissingService> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given) return mysqlService({ url: given, origin: 'given', faults: null, stop: () => Promise.resolve() });
  const noDocker = await dockerMissing();
  if (noDocker === null) return (await import('./container-services.ts')).mysqlContainer();
  const server = await privateDatabaseServer(options);
  return server ?? missing('mariadbd or mysqld', 'TEST_DATABASE_URL', noDocker);
}

export async function privateRedis(): Promise<RedisService | MissingService> {
  const given = process.env['TEST_REDIS_URL'];
  if (given) return givenRedis(given);
  const noDocker = await dockerMissing();
  if (noDocker === null) return (await import('./container-services.ts')).redisContainer();
  return (await privateRedisServer()) ?? missing('redis-server', 'TEST_REDIS_URL', noDocker);
}

/** A suite that needs a service; without it, it is left out by name, with the reason, or fails with REQUIRE_SERVICES=1. */
export function describeWithService<Service extends { readonly kind: string; readonly name: string }>(
  name: string,
  service: Service | MissingService,
  suite: (service: Service) => void,
): void {
  if (!isMissing(service)) {
    describe(`${name}, ${service.name}`, () => suite(service));
    return;
  }
  const { reason } = service;
  if (process.env['REQUIRE_SERVICES'] === '1') {
    it(`${name}: needs its service`, () => {
      throw new Error(reason);
    });
    return;
  }
  it.skip(`${name}: ${reason}`);
}

export function isMissing(service: { readonly kind: string }): service is MissingService {
  return service.kind === 'none';
}

function missing(program: string, variable: string, noDocker: string): MissingService {
  return { kind: 'none', reason: `no ${program}, no ${variable}, no Docker engine (${noDocker})` };
}

async function givenRedis(url: string): Promise<RedisService> {
  if (!(await answersPing(url))) throw new Error('the server at TEST_REDIS_URL does not answer');
  return { kind: 'redis', name: 'Redis (given)', url, kill: null, restart: null, stop: () => Promise.resolve() };
}

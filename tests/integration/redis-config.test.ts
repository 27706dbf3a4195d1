import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { ConfigError } from '#server/config/config-error.ts';
import type { MemberAddress } from '#server/config/member-directory.ts';
import type { OpenConfigOptions, OpenedConfig } from '#server/config/open-config.ts';
import { openConfig } from '#server/config/open-config.ts';
import { freePorts } from '#tests/support/free-ports.ts';
import { describeWithService, isMissing, privateRedis } from '#tests/support/services.ts';
import { waitFor } from '#tests/support/wait.ts';

const service = await privateRedis();
const redisUrl = isMissing(service) ? '' : service.url;
// A Redis that was given by its URL is somebody's: it is neither killed nor locked.
const mayBreak = !isMissing(service) && service.kill !== null;
afterAll(async () => {
  if (!isMissing(service)) await service.stop();
});

interface Opened extends OpenedConfig {
  readonly heard: MemberAddress[];
  readonly logged: string[];
}

/** One node of a cluster of this test alone; started where asked. */
async function open(
  cluster: string,
  flags: Readonly<Record<string, string>>,
  options: Partial<OpenConfigOptions> = {},
): Promise<Opened> {
  const logged: string[] = [];
  const log = {
    info: (_fields: object, message: string): void => void logged.push(message),
    warn: (_fields: object, message: string): void => void logged.push(message),
  };
  const all = { redis: redisUrl, cluster, ...flags };
  const opened = await openConfig({ flags: all, env: {}, log, patienceMs: 2_000, renewMs: 60, ...options });
  onTestFinished(() => opened.directory?.close());
  return { ...opened, heard: [], logged };
}

async function start(node: Opened): Promise<void> {
  await node.directory?.start((address) => node.heard.push(address));
}

function client(): Redis {
  const redis = new Redis(redisUrl);
  onTestFinished(() => redis.disconnect());
  return redis;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ConfigError) return error.code;
  throw new Error('expected a ConfigError', { cause: error });
}

const members = 'n1,n2,n3';
const node = (id: string, port: number): Record<string, string> => ({
  id,
  port: String(port),
  peerPort: String(port + 100),
});

describeWithService('configuration in Redis', service, () => {
  it('holds the founding list that was written first, for ever', async () => {
    const cluster = randomUUID();
    const first = await open(cluster, { ...node('n1', 4_000), members });
    expect(first.config.members).toEqual(['n1', 'n2', 'n3']);
    const told = await open(cluster, { ...node('n4', 4_003), members: 'n4,n5' });
    expect(told.config.members).toEqual(['n1', 'n2', 'n3']);
    expect(told.logged.join()).toContain('the founding list in Redis is another one');
    const untold = await open(cluster, node('n2', 4_001));
    expect(untold.config.members).toEqual(['n1', 'n2', 'n3']);
  });

  it('lets a node that was not told the members wait for one that was, but not for ever', async () => {
    const cluster = randomUUID();
    const waiting = open(cluster, node('n2', 4_001));
    await open(cluster, { ...node('n1', 4_000), members });
    expect((await waiting).config.members).toEqual(['n1', 'n2', 'n3']);
    expect(await codeOf(open(randomUUID(), node('n2', 4_001), { patienceMs: 50 }))).toBe('NO_FOUNDING_LIST');
  });

  it('tells each node where the others are, also those that come later or move', async () => {
    const cluster = randomUUID();
    const n1 = await open(cluster, { ...node('n1', 4_000), members });
    await start(n1);
    const n2 = await open(cluster, node('n2', 4_001));
    expect(n2.config.peers.get('n1')).toEqual({ host: '127.0.0.1', port: 4_100 });
    expect(n2.config.publicUrls.get('n1')).toBe('http://127.0.0.1:4000');
    await start(n2);
    await waitFor('n1 to hear of n2', () => n1.heard.length === 1);
    expect(n1.heard).toEqual([
      { id: 'n2', peer: { host: '127.0.0.1', port: 4_101 }, publicUrl: 'http://127.0.0.1:4001' },
    ]);
    n2.directory?.close();
    await start(await open(cluster, node('n2', 5_001)));
    await waitFor('n1 to hear that n2 moved', () => n1.heard.length === 2);
    expect(n1.heard[1]).toMatchObject({ id: 'n2', peer: { port: 5_101 } });
    expect(n2.heard).toEqual([]);
  });

  it('does not mix clusters of other names', async () => {
    const n1 = await open(randomUUID(), { ...node('n1', 4_000), members });
    const other = await open(randomUUID(), { ...node('n2', 4_001), members: 'n2' });
    await start(other);
    await start(n1);
    expect([...n1.config.peers.keys()]).toEqual(['n1']);
    expect(n1.heard).toEqual([]);
  });

  it('gives timings to all nodes, refuses bad ones by name, and reports a change while they run', async () => {
    const cluster = randomUUID();
    const redis = client();
    await redis.hset(`instaface:${cluster}:settings`, { tickMs: '25', queryDepthMax: '9' });
    const n1 = await open(cluster, { ...node('n1', 4_000), members });
    expect(n1.config.timings.tickMs).toBe(25);
    expect(n1.config.limits.queryDepthMax).toBe(9);
    await start(n1);
    await redis.hset(`instaface:${cluster}:settings`, { tickMs: 'soon' });
    await waitFor('the change to be reported', () => n1.logged.some((line) => line.includes('have changed')));
    expect(n1.config.timings.tickMs).toBe(25);
    await expect(open(cluster, node('n2', 4_001))).rejects.toThrow('tickMs in Redis is "soon"');
  });

  it('lets a registration expire when its node is gone, and others keep what they know', async () => {
    const cluster = randomUUID();
    const n1 = await open(cluster, { ...node('n1', 4_000), members });
    await start(n1);
    const n2 = await open(cluster, node('n2', 4_001));
    await start(n2);
    await waitFor('n1 to hear of n2', () => n1.heard.length === 1);
    n2.directory?.close();
    const redis = client();
    await waitFor(
      'the registration to expire',
      async () => (await redis.exists(`instaface:${cluster}:address:n2`)) === 0,
    );
    expect(await redis.exists(`instaface:${cluster}:address:n1`)).toBe(1);
    expect(n1.heard).toHaveLength(1);
  });

  it('ignores what is no address', async () => {
    const cluster = randomUUID();
    const redis = client();
    const n1 = await open(cluster, { ...node('n1', 4_000), members });
    await start(n1);
    await redis.sadd(`instaface:${cluster}:nodes`, 'n2', 'n3', '../n4');
    await redis.set(`instaface:${cluster}:address:n2`, 'not even JSON');
    await redis.set(`instaface:${cluster}:address:n3`, '{"peer":"nowhere","publicUrl":"x"}');
    await waitFor('the bad address to be reported', () => n1.logged.some((line) => line.includes('is no address')));
    expect(n1.heard).toEqual([]);
  });
});

describeWithService('a Redis that goes away', service, ({ kill, restart }) => {
  it.runIf(mayBreak)(
    'changes nothing for a node that runs, and is healed when it comes back without what it held',
    async () => {
      const cluster = randomUUID();
      const n1 = await open(cluster, { ...node('n1', 4_000), members });
      const n2 = await open(cluster, node('n2', 4_001));
      await start(n1);
      await start(n2);
      await waitFor('n1 to hear of n2', () => n1.heard.length === 1);
      await kill?.();
      await waitFor('the loss to be reported', () => n1.logged.some((line) => line.includes('Redis is away')));
      await restart?.();
      await waitFor('both to be back', () => [n1, n2].every(({ logged }) => logged.includes('Redis is back')), 20_000);
      const redis = client();
      for (const id of ['n1', 'n2']) {
        await waitFor(
          `${id} to register again`,
          async () => (await redis.exists(`instaface:${cluster}:address:${id}`)) === 1,
        );
      }
      expect(n1.heard).toHaveLength(1);
      expect(n1.logged.filter((line) => line.includes('Redis is away'))).toHaveLength(1);
    },
  );

  it('keeps a start waiting for a bounded time, and says where and why', async () => {
    const [port = 0] = await freePorts(1);
    const away = { redis: `redis://:hush@127.0.0.1:${port}`, id: 'n1', members: 'n1' };
    const opening = open('any', away, { patienceMs: 300 });
    await expect(opening).rejects.toMatchObject({ code: 'REDIS_UNREACHABLE' });
    await expect(opening).rejects.toThrow(new RegExp(`127\\.0\\.0\\.1:${port}.*ECONNREFUSED`));
    await expect(opening).rejects.not.toThrow('hush');
  });

  it.runIf(mayBreak)('does not wait where the password is wrong', async () => {
    const redis = client();
    await redis.config('SET', 'requirepass', 'the password');
    onTestFinished(() => void redis.config('SET', 'requirepass', '').catch(() => {}));
    const startMs = performance.now();
    expect(await codeOf(open('any', { id: 'n1', members: 'n1' }, { patienceMs: 60_000 }))).toBe('REDIS_REFUSED');
    expect(performance.now() - startMs).toBeLessThan(5_000);
    await redis.config('SET', 'requirepass', '');
  });
});

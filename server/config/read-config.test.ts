import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError } from './config-error.ts';
import type { ConfigInput } from './config-source.ts';
import { textSettings, unknownVariables } from './config-source.ts';
import { describeConfig } from './describe-config.ts';
import { readConfig } from './read-config.ts';
import { numberSettings, variableOf } from './setting.ts';

const secret = 'a secret of many characters';

function read(flags: ConfigInput['flags'] = {}, env: ConfigInput['env'] = {}): ReturnType<typeof readConfig> {
  return readConfig({ flags: { id: 'n1', ...flags }, env });
}

function problemsOf(flags: ConfigInput['flags'], env: ConfigInput['env'] = {}): readonly string[] {
  try {
    read(flags, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('a configuration', () => {
  it('needs nothing but the name of the node', () => {
    const config = read();
    expect(config).toMatchObject({
      nodeId: 'n1',
      listen: { host: '127.0.0.1', port: 4_000 },
      peerListen: { host: '127.0.0.1', port: 4_100 },
      publicUrl: 'http://127.0.0.1:4000',
      members: ['n1'],
      redisUrl: null,
      clusterSecret: '',
      peerTls: null,
      logLevel: 'info',
    });
    expect(config.dataFolder.endsWith('/.instaface/n1')).toBe(true);
    expect(config.databaseUrl).toMatch(/^sqlite:\/.*\/\.instaface\/graph\.db$/);
    expect(config.timings.tickMs).toBe(25);
    expect(problemsOf({ id: '' })).toEqual([expect.stringContaining('INSTAFACE_NODE_ID')]);
  });

  it('takes flags before the environment, and the environment before what the cluster shares', () => {
    const shared = {
      members: null,
      addresses: new Map(),
      settings: new Map([
        ['tickMs', '30'],
        ['readDeadlineMs', '700'],
      ]),
    };
    const env = { INSTAFACE_PORT: '5000', INSTAFACE_PEER_PORT: '5100', INSTAFACE_TICK_MS: '40' };
    const config = readConfig({ flags: { id: 'n1', port: '6000' }, env, shared });
    expect(config.listen.port).toBe(6_000);
    expect(config.peerListen.port).toBe(5_100);
    expect(config.timings).toMatchObject({ tickMs: 40, readDeadlineMs: 700, heartbeatTicks: 4 });
  });

  it('treats empty variables as not given, as containers pass them', () => {
    expect(read({}, { INSTAFACE_PORT: '', REDIS_URL: '', INSTAFACE_TICK_MS: '' })).toEqual(read());
  });

  it('cannot be changed', () => {
    const config = read();
    expect(() => Object.assign(config.timings, { tickMs: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config, { nodeId: 'n2' })).toThrow(TypeError);
  });

  it('knows the members and where they are', () => {
    const config = read({
      id: 'n2',
      peers: 'n1=127.0.0.1:4100, n2=127.0.0.1:4101,n3=[::1]:4102',
      publicUrls: 'n1=http://127.0.0.1:4000,n2=http://127.0.0.1:4001/',
      peerPort: '4101',
    });
    expect(config.members).toEqual(['n1', 'n2', 'n3']);
    expect(config.peers.get('n3')).toEqual({ host: '::1', port: 4_102 });
    expect(config.peerAddress).toEqual({ host: '127.0.0.1', port: 4_101 });
    expect(config.publicUrl).toBe('http://127.0.0.1:4001');
  });

  it('takes members and addresses from what the cluster shares, except its own', () => {
    const addresses = new Map([
      ['n1', { peer: 'old:1', publicUrl: 'http://old:1' }],
      ['n2', { peer: 'b:4100', publicUrl: 'http://b:4000' }],
    ]);
    const config = readConfig({
      flags: { id: 'n1', peers: 'n1=a:4100,n2=gone:4100', publicUrl: 'http://a:4000' },
      env: { INSTAFACE_CLUSTER_SECRET: secret },
      shared: { members: ['n3', 'n1', 'n2'], addresses, settings: new Map() },
    });
    expect(config.members).toEqual(['n1', 'n2', 'n3']);
    expect([...config.peers]).toEqual([
      ['n1', { host: 'a', port: 4_100 }],
      ['n2', { host: 'b', port: 4_100 }],
    ]);
    expect(config.publicUrls.get('n2')).toBe('http://b:4000');
    expect(config.publicUrl).toBe('http://a:4000');
  });

  it('reads the secret from a file, and is without it when it is shown', () => {
    const folder = mkdtempSync(join(tmpdir(), 'instaface-config-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'secret'), `${secret}\n`);
    const config = read(
      { database: 'mysql://root:hush@db:3306/graph', redis: 'redis://:hush@redis:6379' },
      { INSTAFACE_CLUSTER_SECRET_FILE: join(folder, 'secret') },
    );
    expect(config.clusterSecret).toBe(secret);
    const shown = JSON.stringify(describeConfig(config));
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain('hush');
    expect(describeConfig(config)).toMatchObject({ databaseUrl: 'mysql://db:3306/graph', clusterSecret: 'given' });
  });

  it('reads sizes with their units', () => {
    const { limits } = read({}, { INSTAFACE_CACHE_BYTES_MAX: '256 MiB', INSTAFACE_RETAINED_BYTES: '1048576' });
    expect(limits.cacheBytesMax).toBe(268_435_456);
    expect(limits.retainedBytes).toBe(1_048_576);
  });
});

describe('a configuration that cannot be used', () => {
  it.each<[ConfigInput['flags'], ConfigInput['env'], string[]]>([
    [{ id: 'a/b' }, {}, ['--id', 'a/b', 'letters']],
    [{ port: '70000' }, {}, ['--port', '70000', '0 to 65535']],
    [{}, { INSTAFACE_PORT: 'http' }, ['INSTAFACE_PORT', 'http', '0 to 65535']],
    [{ peers: 'n2' }, {}, ['--peers', '"n2"', 'host:port']],
    [{ peers: 'n2=a:1,n2=b:1' }, {}, ['--peers', 'each id once']],
    [{ peers: 'n2=127.0.0.1' }, {}, ['--peers', '127.0.0.1', 'no host:port']],
    [{ publicUrls: 'n2=ftp://a' }, {}, ['--public-urls', 'ftp://a']],
    [{ publicUrl: 'http://a/path' }, {}, ['--public-url', 'without a path']],
    [{ peerAddress: 'a' }, {}, ['--peer-address', 'host:port']],
    [{ members: 'n1,n1' }, {}, ['--members', 'each once']],
    [{ database: 'postgres://a/b' }, {}, ['--database', 'postgres:', 'mysql://']],
    [{}, { DATABASE_URL: 'mysql://a' }, ['DATABASE_URL', 'no schema']],
    [{}, { REDIS_URL: 'http://a' }, ['REDIS_URL', 'http:', 'redis://']],
    [{ cluster: 'a:b' }, {}, ['--cluster', 'a:b']],
    [{ logLevel: 'loud' }, {}, ['--log-level', 'loud', 'debug, info, warn, error, silent']],
    [{}, { INSTAFACE_TICK_MS: '4' }, ['INSTAFACE_TICK_MS', '"4"', '5 to 1000']],
    [{}, { INSTAFACE_TICK_MS: '2e1' }, ['INSTAFACE_TICK_MS', 'whole number']],
    [{}, { INSTAFACE_TICK_MS: '1 KiB' }, ['INSTAFACE_TICK_MS', 'whole number']],
    [{}, { INSTAFACE_CACHE_BYTES_MAX: '1 KiB' }, ['INSTAFACE_CACHE_BYTES_MAX', '1 KiB', '1048576']],
    [
      {},
      { INSTAFACE_ELECTION_TIMEOUT_TICKS: '5' },
      ['INSTAFACE_ELECTION_TIMEOUT_TICKS', '5', 'INSTAFACE_HEARTBEAT_TICKS'],
    ],
    [{}, { INSTAFACE_CLUSTER_SECRET_FILE: '/nowhere' }, ['INSTAFACE_CLUSTER_SECRET_FILE', '/nowhere', 'ENOENT']],
    [{}, { INSTAFACE_TLS_CERT_FILE: '/a' }, ['INSTAFACE_TLS_KEY_FILE', 'all three']],
    [{ peerHost: '0.0.0.0' }, {}, ['INSTAFACE_CLUSTER_SECRET', 'missing']],
    [{ peers: 'n2=10.0.0.2:4100' }, {}, ['INSTAFACE_CLUSTER_SECRET', '10.0.0.2:4100']],
  ])('%j %j is refused with its name, its value and what is allowed', (flags, env, words) => {
    const problems = problemsOf(flags, env).join('\n');
    for (const word of words) expect(problems).toContain(word);
  });

  it('names all problems at once', () => {
    expect(
      problemsOf({ port: 'x', logLevel: 'x' }, { INSTAFACE_TICK_MS: 'x', INSTAFACE_QUERY_DEPTH_MAX: '0' }),
    ).toHaveLength(4);
  });

  it('never repeats a secret or a password', () => {
    const env = {
      INSTAFACE_CLUSTER_SECRET: 'short-hush',
      DATABASE_URL: 'mysql://root:hush@',
      REDIS_URL: 'x://:hush@h',
    };
    const problems = problemsOf({}, env);
    expect(problems).toHaveLength(3);
    expect(problems.join()).not.toContain('hush');
  });

  it('names a value of the cluster by where it is', () => {
    const shared = { members: null, addresses: new Map(), settings: new Map([['tickMs', 'soon']]) };
    expect(() => readConfig({ flags: { id: 'n1' }, env: {}, shared })).toThrow('tickMs in Redis is "soon"');
  });
});

describe('the README', () => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
  const rows = readme
    .split('\n')
    .filter((line) => line.startsWith('| `INSTAFACE_'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

  it('lists every timing and limit with its default and range', () => {
    const expected = Object.entries(numberSettings).map(([name, { fallback, min, max, about }]) => [
      `\`${variableOf(name)}\``,
      String(fallback),
      `${min} to ${max}`,
      about,
    ]);
    expect(rows.filter((row) => row.length === 4)).toEqual(expected);
  });

  it('lists every other variable', () => {
    for (const variable of Object.values(textSettings)) expect(readme).toContain(`\`${variable}\``);
  });
});

describe('variables that mean nothing', () => {
  it('are found, since they are typing errors most likely', () => {
    const env = { INSTAFACE_TICKMS: '1', INSTAFACE_TICK_MS: '20', PATH: '/bin', INSTAFACE_NODE_ID: 'n1' };
    expect(unknownVariables(env)).toEqual(['INSTAFACE_TICKMS']);
  });
});

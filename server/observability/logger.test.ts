import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';

interface Line {
  readonly [field: string]: unknown;
}

/** A logger and the lines that it wrote. */
function recorded(level: 'debug' | 'info' | 'silent' = 'info') {
  const texts: string[] = [];
  const destination = { write: (text: string): void => void texts.push(text) };
  const log = createLogger({ level, node: 'n1', cluster: 'instaface', destination });
  return { log, texts, line: (): Line => JSON.parse(texts.at(-1) ?? '{}') as Line };
}

describe('a log line', () => {
  it('is one JSON object with time, level, node and cluster', () => {
    const { log, texts, line } = recorded();
    log.info({ peer: 'n2' }, 'link is open');
    expect(texts.join('').split('\n')).toHaveLength(2);
    expect(line()).toMatchObject({ level: 'info', node: 'n1', cluster: 'instaface', peer: 'n2', msg: 'link is open' });
    expect(Number.isNaN(Date.parse(String(line()['time'])))).toBe(false);
  });

  it('is not written below the level', () => {
    const quiet = recorded();
    quiet.log.debug('nobody reads this');
    expect(quiet.texts).toEqual([]);
    const silent = recorded('silent');
    silent.log.error('nor this');
    expect(silent.texts).toEqual([]);
  });

  it('holds no secret, whoever hands one over', () => {
    const { log, texts } = recorded();
    log.info({ clusterSecret: 'hush', token: 'hush' }, 'top');
    log.info(
      {
        config: { clusterSecret: 'hush', databaseUrl: 'mysql://root:hush@db/graph', peerTls: { key: 'hush' } },
        headers: { authorization: 'Bearer hush' },
      },
      'below',
    );
    log.warn({ url: 'redis://:hush@host:6379', reason: 'no answer from mysql://root:hush@db:3306/graph' }, 'urls');
    expect(texts.join('')).not.toContain('hush');
    expect(texts.join('')).toContain('redis://host:6379');
  });

  it('keeps of an error what helps, and drops what drivers hang on it', () => {
    const { log, texts, line } = recorded();
    const cause = Object.assign(new Error('connect mysql://root:hu/sh@db failed, then mysql://a:hush@b@db'), {
      code: 'ECONNREFUSED',
    });
    const error = Object.assign(new Error('read failed', { cause }), {
      sql: "insert 'a private text'",
      config: { password: 'hush' },
    });
    log.error({ err: error }, 'the database failed');
    expect(line()['err']).toMatchObject({ type: 'Error', message: 'read failed', cause: { code: 'ECONNREFUSED' } });
    expect(texts.join('')).not.toContain('private text');
    expect(texts.join('')).not.toContain(':hush@');
  });

  it('takes what is no error, and errors that cause each other', () => {
    const { log, line } = recorded();
    log.error({ err: 'just a text' }, 'thrown');
    expect(line()['err']).toEqual({ type: 'string', message: 'just a text' });
    const loop = new Error('loop');
    loop.cause = loop;
    log.error({ err: loop }, 'thrown');
    expect(line()['err']).toMatchObject({ message: 'loop' });
  });
});

describe.runIf(existsSync('/dev/full'))('standard output that cannot be written', () => {
  it('ends nobody, and takes no more than a bounded memory', () => {
    const logger = JSON.stringify(new URL('logger.ts', import.meta.url).href);
    const program = `const { createLogger } = await import(${logger});
      const log = createLogger({ level: 'info', node: 'n1', cluster: 'c' });
      const text = 'x'.repeat(10_000);
      const before = process.memoryUsage().heapUsed;
      for (let line = 0; line < 5_000; line++) log.info({ text }, 'unheard');
      globalThis.gc();
      process.stderr.write(String(process.memoryUsage().heapUsed - before));`;
    const full = openSync('/dev/full', 'w');
    const args = ['--disable-warning=ExperimentalWarning', '--expose-gc', '--input-type=module', '-e', program];
    const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' });
    closeSync(full);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/^-?\d+$/)]);
    expect(Number(stderr)).toBeLessThan(10_000_000);
  });
});

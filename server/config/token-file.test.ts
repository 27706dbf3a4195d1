import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { describeConfig } from './describe-config.ts';
import { readConfig } from './read-config.ts';

function read(text: string, flags: Readonly<Record<string, string>> = {}): ReturnType<typeof readConfig> {
  const folder = mkdtempSync(join(tmpdir(), 'tokens-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'tokens'), text);
  return readConfig({ flags: { id: 'n1', tokenFile: join(folder, 'tokens'), ...flags }, env: {} });
}

const secret = 'a-token-of-some-length';

test('a file of tokens says who may do what, and lets a node listen beyond loopback', () => {
  const text = `# people\nread ${secret}1\n\n  write   ${secret}2 # a service\r\noperate ${secret}3`;
  const config = read(text, { host: '0.0.0.0' });
  expect([...(config.tokenRoles?.values() ?? [])]).toEqual(['read', 'write', 'operate']);
  expect(JSON.stringify(describeConfig(config))).not.toContain(secret);
  expect([...(config.tokenRoles?.keys() ?? [])].join()).not.toContain(secret);
});

test.each([
  ['an unknown role', `admin ${secret}`],
  ['a token that could be guessed', 'read short'],
  ['a line of three words', `read ${secret} more`],
  ['a token without a role', secret],
  ['no token at all', '# nothing yet\n'],
])('%s is refused without showing it', (_what, text) => {
  const message = (): string => {
    try {
      read(text);
      return 'accepted';
    } catch (error) {
      return String(error);
    }
  };
  expect(message()).toMatch(/token-file.*allowed/);
  expect(message()).not.toContain(secret);
});

test('a file that is not there is named', () => {
  expect(() => readConfig({ flags: { id: 'n1', tokenFile: '/nowhere' }, env: {} })).toThrow(/token-file.*ENOENT/);
});

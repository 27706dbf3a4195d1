import { expect, test } from 'vitest';
import { readConfig } from './read-config.ts';

const read = (flags: Readonly<Record<string, string>>): ReturnType<typeof readConfig> =>
  readConfig({ flags: { id: 'n1', ...flags }, env: {} });

test('a node without credentials listens on loopback alone', () => {
  expect(() => read({ host: '0.0.0.0' })).toThrow(/INSTAFACE_HOST.*loopback.*INSTAFACE_TRUSTED_NETWORK=1/);
  expect(read({ host: '127.0.0.1' }).trustedNetwork).toBe(false);
});

test('an operator may say that the network in front of it is trusted', () => {
  expect(read({ host: '0.0.0.0', trustedNetwork: '1' })).toMatchObject({ trustedNetwork: true });
  expect(() => read({ trustedNetwork: 'yes' })).toThrow(/trusted-network.*1 or 0/);
});

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{schema,consensus,server,web,bot,tests}/**/*.test.{ts,tsx}'],
    environment: 'node',
    pool: 'forks',
    testTimeout: 30_000,
  },
});

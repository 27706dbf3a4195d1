import { defineConfig } from 'vitest/config';

// `npm test` needs no service and takes minutes; what takes longer, or a browser, or Docker, joins in `npm run test:all`.
const everything = process.env['REQUIRE_SERVICES'] === '1';

export default defineConfig({
  // As Node itself finds it: Vite would take another file of the package, and graphql-yoga would not know our errors for its own.
  resolve: { alias: [{ find: /^graphql$/, replacement: import.meta.resolve('graphql') }] },
  test: {
    include: ['{schema,consensus,server,web,bot,tests}/**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', '.cache/**', ...(everything ? [] : ['tests/e2e/**', 'tests/faults/**'])],
    environment: 'node',
    pool: 'forks',
    // Two at a time: the real clusters of the integration suites want a core each.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default', './tests/support/summary-reporter.ts'],
  },
});

// Every suite, the slow ones and those that need a service included; a service that is missing is a failure. `npm run test:all`.
import { spawnSync } from 'node:child_process';

const { status } = spawnSync('vitest', ['run', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, REQUIRE_SERVICES: '1' },
});
process.exit(status ?? 1);

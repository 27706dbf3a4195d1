// The whole fast gate, one step after the other; the first that fails ends it. `npm run check`.
import { spawnSync } from 'node:child_process';

interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const steps: readonly Step[] = [
  { name: 'generated files are up to date', command: ['npm', 'run', '--silent', 'generate:check'] },
  { name: 'clients keep what they were promised', command: ['npm', 'run', '--silent', 'schema:check'] },
  { name: 'formatting', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'types', command: ['tsc', '-b'] },
  { name: 'unused code', command: ['knip'] },
  { name: 'architecture', command: ['vitest', 'run', 'tests/tidy'] },
  { name: 'tests', command: ['vitest', 'run', '--exclude', 'tests/tidy/**'] },
];

for (const { name, command } of steps) {
  const startedAt = performance.now();
  process.stdout.write(`\n▶ ${name}: ${command.join(' ')}\n`);
  const [program, ...args] = command;
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) {
    process.stdout.write(`✖ ${name}${error ? `: ${error.message}` : ''}\n`);
    process.exit(status || 1);
  }
  process.stdout.write(`✔ ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)\n`);
}

// Runs one of the project's programs, on any machine that has Node 20 or newer and npm: installs what the lockfile names if that
// is missing or stale, then goes on with the `node` that the installed packages bring.
//
//   node server/launch.mjs <program.ts> [arguments]
//
// Plain JavaScript that imports nothing of the project, since on a fresh clone nothing of it can run yet.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const binFolder = join(root, 'node_modules', '.bin');
const stampFile = join(root, 'node_modules', '.installed-lock');
const env = { ...process.env, PATH: `${binFolder}${delimiter}${process.env.PATH ?? ''}` };
const nodeVersionMin = [22, 18];

/** The lockfile's hash tells whether what is installed is what the project names now. */
function installIfStale() {
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hash) return;
  process.stderr.write('Installing what the project needs (npm ci), once.\n');
  // Whatever NODE_ENV and omit say: what is needed to start from a clone is among the development and optional packages.
  const npm = spawnSync('npm', ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'], {
    cwd: root,
    env: process.env,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) {
    process.stderr.write(`npm ci failed (${npm.error?.message ?? `status ${npm.status}`}). Nothing was started.\n`);
    process.exit(npm.status || 1);
  }
  writeFileSync(stampFile, hash);
}

/** The node that PATH gives now, which need not be the one that runs this file. */
function refuseOldNode() {
  const found = spawnSync('node', ['--version'], { env, encoding: 'utf8' });
  const version = (found.stdout ?? '').trim();
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  if (major > nodeVersionMin[0] || (major === nodeVersionMin[0] && minor >= nodeVersionMin[1])) return;
  process.stderr.write(
    `Instaface runs on Node ${nodeVersionMin.join('.')} or newer; found ${version || 'none'}. On Linux (x64, arm64) npm installs ` +
      'Node 24 for the project by itself; elsewhere install Node 24 from nodejs.org.\n',
  );
  process.exit(1);
}

const [program, ...programArguments] = process.argv.slice(2);
if (!program) {
  process.stderr.write('usage: node server/launch.mjs <program> [arguments]\n');
  process.exit(2);
}
installIfStale();
refuseOldNode();

const child = spawn('node', ['--disable-warning=ExperimentalWarning', join(root, program), ...programArguments], {
  env,
  stdio: 'inherit',
});
// Ctrl-C reaches the child through the terminal; a signal sent to this process alone is passed on.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  process.stderr.write(`${program} could not be started: ${error.message}\n`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  if (signal) process.kill(process.pid, signal);
  else process.exit(code ?? 1);
});

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Mutant } from './mutant.ts';

const root = path.resolve(import.meta.dirname, '../..');
const secondsMax = 300;

export interface UnitVerdict {
  readonly isKilled: boolean;
  /** The first test that failed. */
  readonly by: string;
  readonly seconds: number;
}

/** Runs the tests beside the code of the consensus rooms with the bug planted; a run that does not end counts as killed. */
export function unitVerdict({ name }: Mutant): UnitVerdict {
  const startedMs = performance.now();
  const config = path.join(import.meta.dirname, 'mutant-vitest.config.ts');
  const { status, stdout, signal } = spawnSync(
    'vitest',
    ['run', '--config', config, '--bail', '1', 'consensus/core', 'consensus/driver', 'consensus/storage'],
    { cwd: root, encoding: 'utf8', timeout: secondsMax * 1000, env: { ...process.env, INSTAFACE_MUTANT: name } },
  );
  const seconds = (performance.now() - startedMs) / 1000;
  if (signal !== null) return { isKilled: true, by: `no end within ${secondsMax} s`, seconds };
  if (status === 0) return { isKilled: false, by: '', seconds };
  const failed = /FAIL\s+(.*)/.exec(stdout.replaceAll(/\[[0-9;]*m/g, ''));
  if (failed === null) throw new Error(`vitest did not run the tests of '${name}':\n${stdout.slice(-2000)}`);
  return { isKilled: true, by: failed[1] ?? '', seconds };
}

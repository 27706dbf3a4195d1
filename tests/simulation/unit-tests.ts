import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Mutant } from './mutant.ts';

const root = path.resolve(import.meta.dirname, '../..');
const config = path.join(import.meta.dirname, 'mutant-vitest.config.ts');
const rooms = ['consensus/core', 'consensus/driver', 'consensus/storage'];
const secondsMax = 300;
const outputCharactersMax = 2000;

export interface UnitVerdict {
  readonly isKilled: boolean;
  /** The first test that failed. */
  readonly by: string;
  readonly seconds: number;
}

/**
 * Runs the tests beside the code of the consensus rooms with the bug planted, or with none. What fails must fail twice: on a busy
 * machine a test may run out of time for other reasons than the bug. A run without end counts as killed.
 */
export function unitVerdict(mutant: Mutant | null): UnitVerdict {
  const startedMs = performance.now();
  const first = firstFailure(mutant, rooms);
  const again = first === null || first.file === null ? first : firstFailure(mutant, [first.file]);
  const seconds = (performance.now() - startedMs) / 1000;
  return { isKilled: again !== null, by: again?.test ?? '', seconds };
}

/** Null when all passed. */
function firstFailure(
  mutant: Mutant | null,
  files: readonly string[],
): { readonly test: string; readonly file: string | null } | null {
  const startedMs = performance.now();
  const { status, stdout, stderr, signal } = spawnSync('vitest', ['run', '--config', config, '--bail', '1', ...files], {
    cwd: root,
    encoding: 'utf8',
    timeout: secondsMax * 1000,
    env: { ...process.env, NO_COLOR: '1', INSTAFACE_MUTANT: mutant?.name ?? '' },
  });
  const hasTimedOut = performance.now() - startedMs >= secondsMax * 1000;
  if (signal !== null && !hasTimedOut) throw new Error(`somebody ended vitest with ${signal}`);
  if (signal !== null) return { test: `no end within ${secondsMax} s`, file: null };
  if (status === 0) return null;
  const test = /FAIL\s+(.*)/.exec(stderr + stdout)?.[1];
  if (test === undefined) throw new Error(`vitest ran no tests:\n${(stderr + stdout).slice(-outputCharactersMax)}`);
  return { test, file: test.split(' ')[0] ?? null };
}

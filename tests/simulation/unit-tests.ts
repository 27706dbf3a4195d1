import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Mutant } from './mutant.ts';

const root = path.resolve(import.meta.dirname, '../..');
const config = path.join(import.meta.dirname, 'mutant-vitest.config.ts');
/** Of one run of the tests: those of a part take some seconds. */
const secondsMax = 120;
const outputCharactersMax = 2000;

/**
 * `untested`: no test beside the code loads what the bug is in, so it shows nothing that none of them failed. `timed-out`: they came to no
 * end, be it for the bug or for a busy machine.
 */
export type UnitVerdict = (
  | { readonly kind: 'killed'; /** The first test that failed. */ readonly by: string }
  | { readonly kind: 'lives' | 'untested' | 'timed-out' }
) & { readonly seconds: number };

/**
 * Runs those tests beside the code that load the files of the bug, with the bug planted. What runs out of time must do so twice: on a busy
 * machine it may for other reasons than the bug.
 */
export function unitVerdict(mutant: Mutant): UnitVerdict {
  return verdictOn(mutant, [...new Set(mutant.edits.map(({ file }) => file))]);
}

/** The same tests as for all these, without any bug. */
export function verdictWithoutBug(mutants: readonly Mutant[]): UnitVerdict {
  return verdictOn(null, [...new Set(mutants.flatMap(({ edits }) => edits.map(({ file }) => file)))]);
}

function verdictOn(mutant: Mutant | null, files: readonly string[]): UnitVerdict {
  const startedMs = performance.now();
  const first = runTests(mutant, ['related', ...files, '--run']);
  const last = first.kind === 'killed' && first.isOfTime ? runTests(mutant, ['run', first.file]) : first;
  return { ...last, seconds: (performance.now() - startedMs) / 1000 };
}

type Run =
  | { readonly kind: 'killed'; readonly by: string; readonly file: string; readonly isOfTime: boolean }
  | { readonly kind: 'lives' | 'untested' | 'timed-out' };

function runTests(mutant: Mutant | null, command: readonly string[]): Run {
  const folder = mkdtempSync(path.join(tmpdir(), 'mutant-'));
  try {
    const report = path.join(folder, 'report.json');
    const options = ['--config', config, '--bail', '1', '--reporter', 'json', '--outputFile', report];
    const startedMs = performance.now();
    const { stdout, stderr, signal } = spawnSync('vitest', [...command, ...options], {
      cwd: root,
      encoding: 'utf8',
      timeout: secondsMax * 1000,
      env: { ...process.env, NO_COLOR: '1', INSTAFACE_MUTANT: mutant?.name ?? '' },
    });
    if (signal !== null && performance.now() - startedMs >= secondsMax * 1000) return { kind: 'timed-out' };
    if (signal !== null) throw new Error(`somebody ended vitest with ${signal}`);
    if (!existsSync(report))
      throw new Error(`vitest reported nothing:\n${(stderr + stdout).slice(-outputCharactersMax)}`);
    return readReport(JSON.parse(readFileSync(report, 'utf8')) as Report);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What is read of vitest's JSON. */
interface Report {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

function readReport({ success, testResults }: Report): Run {
  if (testResults.length === 0) return { kind: 'untested' };
  // Those that were broken off after the first failure are reported as failed as well, without saying why.
  const failed = testResults.find((file) => file.message !== '' || file.assertionResults.some(isFailed));
  if (failed === undefined && !success) throw new Error('vitest failed, and no test of it');
  if (failed === undefined) return { kind: 'lives' };
  const file = path.relative(root, failed.name);
  const test = failed.assertionResults.find(isFailed);
  const isOfTime = test?.failureMessages.some((message) => message.includes('timed out in')) === true;
  return { kind: 'killed', by: `${file}: ${test?.fullName ?? failed.message}`, file, isOfTime };
}

function isFailed({ status }: { readonly status: string }): boolean {
  return status === 'failed';
}

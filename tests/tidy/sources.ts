import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** One source file of the project, as the tidy suite reads it. */
export interface Source {
  /** From the root, with slashes: `consensus/core/raft.ts`. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly isTest: boolean;
}

/** Every file that is ours: tracked or new, not ignored, not generated. */
export function readSources(): readonly Source[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.tsx'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed
    .split('\n')
    .filter((path) => path !== '' && !path.includes('/generated/'))
    .flatMap((path) => {
      const text = readIfPresent(join(root, path));
      if (text === null) return [];
      const isTest = /\.test\.tsx?$/.test(path) || path.startsWith('tests/') || path.includes('/testing');
      return [{ path, text, lines: text.split('\n').length - 1, isTest }];
    });
}

/** A file that was deleted and not yet committed is still listed. */
function readIfPresent(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** What a source imports: paths from the root for our own files, the package's name for others. Dynamic imports included. */
export function importsOf(source: Source): readonly string[] {
  const { module, errors } = parseSync(source.path, source.text);
  if (errors.length > 0) throw new Error(`${source.path} does not parse: ${errors[0]?.message}`);
  const specifiers = [
    ...module.staticImports.map((statement) => statement.moduleRequest.value),
    ...module.staticExports.flatMap((statement) =>
      statement.entries.flatMap((entry) => (entry.moduleRequest ? [entry.moduleRequest.value] : [])),
    ),
    ...module.dynamicImports.flatMap((call) => {
      const text = source.text.slice(call.moduleRequest.start, call.moduleRequest.end);
      return /^['"]/.test(text) ? [text.slice(1, -1)] : [];
    }),
  ];
  return specifiers.map((specifier) => resolveSpecifier(source.path, specifier));
}

function resolveSpecifier(from: string, specifier: string): string {
  if (specifier.startsWith('#')) return specifier.slice(1);
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(from), specifier));
  return specifier;
}

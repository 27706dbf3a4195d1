// Goal: the rules that a reader relies on and no other tool checks. Method: read the sources.
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';
import { readSources, type Source } from './sources.ts';

const fileLinesMax = 400;
const functionLinesMax = 70;

/** Old sins: the list only shrinks. */
const longFunctions: ReadonlySet<string> = new Set();

const sources = readSources();

test('there is something to look at', () => {
  expect(sources.length).toBeGreaterThan(50);
});

test(`no file is longer than ${fileLinesMax} lines`, () => {
  const long = sources.filter((source) => source.lines > fileLinesMax);
  expect(long.map((source) => `${source.path}: ${source.lines}`)).toEqual([]);
});

test(`no function outside tests is longer than ${functionLinesMax} lines`, () => {
  const found = sources.filter((source) => !source.isTest).flatMap(longFunctionsOf);
  expect(found.filter((name) => !longFunctions.has(name.split(' ')[0] ?? ''))).toEqual([]);
});

test('files are named after a concept', () => {
  const vague = /(^|\/)(utils?|helpers?|common|misc|manager|index)\.tsx?$/;
  expect(sources.filter((source) => vague.test(source.path)).map((source) => source.path)).toEqual([]);
});

const bannedCalls: readonly {
  readonly pattern: RegExp;
  readonly where: (path: string) => boolean;
  readonly instead: string;
}[] = [
  {
    pattern: /\b(it|test|describe)\.(only|todo)\b/,
    where: (path) => path.endsWith('.test.ts') || path.endsWith('.test.tsx'),
    instead: 'run all tests',
  },
  {
    pattern: /expect\((true|false)\)/,
    where: () => true,
    instead: 'assert something that can fail',
  },
  {
    pattern: /\b(TODO|FIXME|XXX|HACK)\b/,
    where: (path) => !path.startsWith('tests/tidy/'),
    instead: 'do it, or write down where it is planned',
  },
  {
    pattern: /from '\.[^']*\/index(\.ts)?'/,
    where: () => true,
    instead: 'import the file that holds the thing',
  },
];

test('banned calls are not made', () => {
  const found = sources.flatMap((source) =>
    bannedCalls
      .filter(
        ({ pattern, where }) =>
          where(source.path) && source.path !== 'tests/tidy/house-rules.test.ts' && pattern.test(source.text),
      )
      .map(({ pattern, instead }) => `${source.path}: ${pattern.source}; ${instead}`),
  );
  expect(found).toEqual([]);
});

function longFunctionsOf(source: Source): string[] {
  const { program } = parseSync(source.path, source.text);
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) {
      for (const child of node) visit(child);
    } else if (isNode(node)) {
      if (/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) {
        const lines = source.text.slice(node.start, node.end).split('\n').length;
        const line = source.text.slice(0, node.start).split('\n').length;
        if (lines > functionLinesMax) found.push(`${source.path}:${line} (${lines} lines)`);
      }
      for (const child of Object.values(node)) if (typeof child === 'object' && child !== null) visit(child);
    }
  };
  visit(program.body);
  return found;
}

function isNode(value: unknown): value is { readonly type: string; readonly start: number; readonly end: number } {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value && 'end' in value;
}

// Goal: the table of rooms is true of the code. Method: read every import of every file and look it up in the table.
import { expect, test } from 'vitest';
import { importsOf, readSources, type Source } from './sources.ts';
import { roomOf, rooms } from './rooms.ts';

const rootConfigs = /^(vitest\.config|codegen|knip)\.ts$/;
const sources = readSources().filter((source) => !rootConfigs.test(source.path));

test('there is something to look at', () => {
  expect(sources.length).toBeGreaterThan(50);
});

test('every file lies in a room', () => {
  expect(sources.filter((source) => roomOf(source.path) === null).map((source) => source.path)).toEqual([]);
});

test('rooms import only what the table allows', () => {
  expect(sources.flatMap(foreignImports)).toEqual([]);
});

test('no import climbs two folders: other rooms are reached by their names', () => {
  const climbing = sources.filter(
    (source) => /from '\.\.\/\.\.\//.test(source.text) && !source.path.startsWith('web/'),
  );
  expect(climbing.map((source) => source.path)).toEqual([]);
});

function foreignImports(source: Source): string[] {
  const room = roomOf(source.path);
  const rules = room === null ? undefined : rooms[room];
  if (!room || !rules) return [];
  return importsOf(source)
    .filter((target) => !isAllowed(source, room, target))
    .map((target) => `${source.path} imports ${target}`);
}

function isAllowed(source: Source, room: string, target: string): boolean {
  const rules = rooms[room];
  if (!rules) return false;
  const targetRoom = roomOf(target);
  if (targetRoom !== null && /\.(ts|tsx|json|css|graphql|md)$/.test(target)) {
    // A test may use whatever shows its room to be right; what it tests may not.
    return targetRoom === room || rules.imports.includes(targetRoom) || source.isTest;
  }
  if (target === 'vitest' || target === 'fast-check') return source.isTest || rules.packages.includes('*');
  return source.isTest || rules.packages.some((name) => matchesPackage(name, target));
}

/** `graphql` also allows `graphql/utilities`; `node:` allows every module of Node. */
function matchesPackage(name: string, target: string): boolean {
  if (name === '*' || name === target || target.startsWith(`${name}/`)) return true;
  return (name.endsWith(':') || name.endsWith('/')) && target.startsWith(name);
}

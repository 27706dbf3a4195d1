/** Goal: there is one list of error codes, the README prints it, and the code answers with these and no others. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorCatalogue } from '#server/graph/errors.ts';

const server = join(import.meta.dirname, '..', '..');
const sourcesOf = (rooms: string): string =>
  globSync(`${rooms}/**/*.ts`, { cwd: server })
    .filter((file) => !file.endsWith('.test.ts') && !file.includes('testing') && file !== join('graph', 'errors.ts'))
    .map((file) => readFileSync(join(server, file), 'utf8'))
    .join('\n');
const codes = Object.keys(errorCatalogue);

test('the README prints the catalogue, word for word', () => {
  const readme = readFileSync(join(server, 'gateway', 'README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| `([A-Z_]+)` +\| (.+?) +\|$/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(rows).toEqual(Object.entries(errorCatalogue));
});

test('every code of the catalogue is answered somewhere', () => {
  const sources = sourcesOf('{gateway,graph,cluster}');
  expect(sources.length).toBeGreaterThan(100_000);
  expect(codes.filter((code) => !sources.includes(`'${code}'`))).toEqual([]);
});

test('the gateway gives no other code to an error', () => {
  const sources = sourcesOf('gateway');
  const given = [...sources.matchAll(/(?:extensions: \{|\bcode:|GraphError\()\s*(?:code: )?'([A-Z][A-Z_]+)'/g)].map(
    ([, code]) => code,
  );
  expect(new Set(given).size).toBeGreaterThan(5);
  expect(
    [...new Set(given)].filter((code) => code !== 'INTERNAL_SERVER_ERROR' && !codes.includes(String(code))),
  ).toEqual([]);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { readEdgeList } from './edge-list.ts';

const folder = mkdtempSync(join(tmpdir(), 'edge-list-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, name.endsWith('.gz') ? gzipSync(text) : text);
  return file;
}

test('people are numbered in the order they appear, and an edge counts once in either direction', async () => {
  const list = await readEdgeList(write('small.txt', '# a comment\n7 3\r\n3\t9\n\n3 7\n'));
  expect(list.people).toEqual(['7', '3', '9']);
  expect([...list.friendships]).toEqual([0, 1, 1, 2]);
  expect(list.repeated).toBe(1);
});

test('a compressed file is read as the plain one', async () => {
  const list = await readEdgeList(write('small.txt.gz', '1 2\n2 3\n'));
  expect([...list.friendships]).toEqual([0, 1, 1, 2]);
});

test.each([
  ['words', '1 2\n1 two\n', /line 2: expected two numbers, found "1 two"/],
  ['one number', '1 2\n3 4\n5\n', /line 3: expected two numbers, found "5"/],
  ['three numbers', '1 2 3\n', /line 1/],
  ['an edge to oneself', '1 2\n4 4\n', /line 2: a person cannot be a friend of themselves/],
  ['nothing', '\n# only this\n', /holds no edges/],
])('%s are refused with the line, and nothing is imported', async (name, text, message) => {
  await expect(readEdgeList(write(`${name}.txt`, text))).rejects.toThrow(message);
});

test('a file that is missing or no gzip is named', async () => {
  await expect(readEdgeList(join(folder, 'missing.txt'))).rejects.toThrow(/missing\.txt cannot be read/);
  const file = join(folder, 'plain.gz');
  writeFileSync(file, '1 2\n');
  await expect(readEdgeList(file)).rejects.toThrow(/plain\.gz cannot be read/);
});

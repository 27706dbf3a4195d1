import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { DiskMap } from './disk-map.ts';
import { readLine, writeLine, type AssociationLine, type EntityLine } from './graph-file.ts';
import { GraphStage } from './graph-stage.ts';

const folder = mkdtempSync(join(tmpdir(), 'graph-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const entity = (id: string): EntityLine => ({
  kind: 'entity',
  id,
  type: 'User',
  properties: { name: `«${id}»\r\n\u2028\u2029` },
});
const association = (from: string, to: string): AssociationLine => ({
  kind: 'association',
  from,
  type: 'friend',
  to,
  time: '2026-11-22T09:41:08.120Z',
  properties: { weight: 1.5, deep: [null, { a: true }] },
});

test('every line is read as it was written', () => {
  for (const line of [
    { kind: 'graph', version: 1, cluster: 'c', index: '7' },
    entity('a'),
    association('a', 'b'),
    { kind: 'end', entities: 1, associations: 1 },
  ] as const)
    expect(readLine(writeLine(line).trimEnd())).toEqual(line);
  expect(writeLine(entity('a'))).toMatch(/^[^\r\n\u2028\u2029]+\n$/);
});

test.each([
  ['no JSON', '{"kind":', /expected a JSON object, found "{\\"kind\\":"/],
  ['a list', '[]', /expected a JSON object/],
  ['another kind', '{"kind":"node"}', /expected a graph, an entity, an association or the end/],
  ['an entity without properties', '{"kind":"entity","id":"a","type":"User"}', /the entity lacks a part/],
  ['an association to a number', '{"kind":"association","from":"a","type":"t","to":1}', /the association lacks a part/],
  ['a later version', '{"kind":"graph","version":2,"cluster":"c","index":"1"}', /version 2, this program reads 1/],
])('%s is refused', (_, text, message) => {
  expect(() => readLine(text)).toThrow(message);
});

test('a stage writes the oldest entities first and leaves out what leads out of the file', async () => {
  const file = join(folder, 'graph.jsonl');
  writeFileSync(file, 'what was there before');
  const stage = await GraphStage.open(file);
  await stage.addEntities([entity('d'), entity('c')]);
  await stage.addAssociations([association('c', 'a'), association('d', 'later')]);
  await stage.addEntities([entity('b'), entity('a')]);
  expect(readFileSync(file, 'utf8'), 'nothing is touched yet').toBe('what was there before');
  expect(await stage.finish({ cluster: 'c', index: '9' })).toEqual({ associations: 1, leftOut: 1 });
  await stage.close();
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').map(readLine);
  expect(lines).toEqual([
    { kind: 'graph', version: 1, cluster: 'c', index: '9' },
    ...['a', 'b', 'c', 'd'].map(entity),
    association('c', 'a'),
    { kind: 'end', entities: 4, associations: 1 },
  ]);
  expect(readdirSync(folder)).toEqual(['graph.jsonl']);
});

test('a stage that is given up leaves the file as it was, and one that cannot be written says so', async () => {
  const file = join(folder, 'kept.jsonl');
  writeFileSync(file, 'kept');
  const stage = await GraphStage.open(file);
  await stage.addEntities([entity('a')]);
  await stage.close();
  expect(readFileSync(file, 'utf8')).toBe('kept');
  expect(readdirSync(folder).filter((name) => name.startsWith('kept'))).toEqual(['kept.jsonl']);
  await expect(GraphStage.open(join(folder, 'missing', 'graph.jsonl'))).rejects.toThrow(
    /graph\.jsonl cannot be written/,
  );
});

test('a map on disk keeps what was set atomically, and nothing of what failed', async () => {
  const file = join(folder, 'map');
  const map = new DiskMap(file);
  await map.atomically(() => map.set('a', '1'));
  const failing = map.atomically(() => {
    map.set('a', '2');
    map.set('b', '2');
    throw new Error('the test said so');
  });
  await expect(failing).rejects.toThrow('the test said so');
  map.close();
  const again = new DiskMap(file);
  expect([again.get('a'), again.get('b')]).toEqual(['1', null]);
  again.remove();
  expect(readdirSync(folder)).not.toContain('map');
});

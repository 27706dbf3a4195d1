// Goal: no mutant rots unseen. Method: each expression is looked for in its file, and each judge among those that there are.
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { mutate } from '#tests/simulation/plant-mutant.ts';
import { allClusterJudges } from './judges/all-cluster-judges.ts';
import { clusterMutants } from './mutants.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const properties = new Set(['assertion', 'liveness', ...allClusterJudges().map(({ property }) => property)]);

test.each(clusterMutants.map((mutant) => [mutant.name, mutant] as const))('%s can be planted', (_name, mutant) => {
  expect([...properties]).toContain(mutant.judge);
  for (const file of new Set(mutant.edits.map((edit) => edit.file))) {
    const source = readFileSync(path.join(root, file), 'utf8');
    const mutated = mutate(mutant, { file, source });
    expect(mutated).not.toBe(source);
    // What cannot be parsed would be caught as an accident.
    expect(stripTypeScriptTypes(mutated)).not.toBe('');
  }
});

test('no two mutants have one name', () => {
  expect(new Set(clusterMutants.map(({ name }) => name)).size).toBe(clusterMutants.length);
});

/**
 * Whole nodes under one seed at a time: the real log, caches, leader queue and materializer, under simulated clock, net, disk and
 * database, with clients whose answers are judged.
 */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readDeclarations } from '#server/gateway/read-declarations.ts';
import { clusterCoverageGaps } from './cluster-coverage.ts';
import { keptSeeds } from '../kept-seeds.ts';
import { runClusterSeed } from './run-cluster-seed.ts';
import type { ClusterSeedResult } from './run-cluster-seed.ts';

const { declarations } = readDeclarations(fileURLToPath(new URL('../../../schema', import.meta.url)));
const seedCount = 40;
/** On two cores that others share; some ten seconds on a quiet one. */
const runMsMax = 120_000;

test(
  'the seeds that failed once pass, and a run of fixed seeds meets all that it claims to test',
  { timeout: runMsMax },
  async () => {
    const results: ClusterSeedResult[] = [];
    for (const seed of keptSeeds('cluster')) results.push(await runClusterSeed(seed, { declarations }));
    for (let seed = 1; seed <= seedCount; seed++) results.push(await runClusterSeed(seed, { declarations }));
    expect(clusterCoverageGaps(results)).toEqual([]);
  },
);

test('a seed replays exactly', { timeout: runMsMax }, async () => {
  for (const seed of [3, 9, 15]) {
    const result = await runClusterSeed(seed, { declarations });
    expect(await runClusterSeed(seed, { declarations })).toEqual(result);
  }
});

import { fileURLToPath } from 'node:url';
import { readDeclarations } from '#server/gateway/read-declarations.ts';
import { clusterCoverageLine } from './cluster/cluster-coverage.ts';
import { runClusterSeed } from './cluster/run-cluster-seed.ts';
import { coverageLine } from './judges/coverage.ts';
import { runSeed } from './run-seed.ts';
import type { WorldName } from './seed-thread.ts';

const tracedLines = 60;

/** Runs one seed again and tells its last events if it fails; true if it passes. */
export async function replay(world: WorldName, seed: number): Promise<boolean> {
  process.stdout.write(`seed ${seed}\n`);
  const lines: string[] = [];
  const trace = (line: string): void => {
    lines.push(line);
    if (lines.length > 2 * tracedLines) lines.splice(0, tracedLines);
  };
  try {
    process.stdout.write(`${await run(world, { seed, trace })}\n`);
    return true;
  } catch (error) {
    process.stdout.write(
      `${lines.slice(-tracedLines).join('\n')}\n${error instanceof Error ? (error.stack ?? '') : String(error)}\n`,
    );
    return false;
  }
}

async function run(
  world: WorldName,
  { seed, trace }: { readonly seed: number; readonly trace: (line: string) => void },
): Promise<string> {
  if (world === 'consensus') return coverageLine([runSeed(seed, { trace })]);
  const { declarations } = readDeclarations(fileURLToPath(new URL('../../schema', import.meta.url)));
  return clusterCoverageLine([await runClusterSeed(seed, { declarations, trace })]);
}

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCluster, type TestCluster } from './cluster-process.ts';
import { withPreload } from './preload.ts';
import type { Stall } from './stall-watch.ts';

export interface NodeStall extends Stall {
  readonly node: string;
}

export interface WatchedCluster extends TestCluster {
  /** Of all nodes so far, those of 50 ms and more. */
  stalls(): readonly NodeStall[];
}

const watch = fileURLToPath(new URL('stall-watch.ts', import.meta.url));

/** Three nodes that note when their event loops stand still, for as long as `act` takes. */
export async function withWatchedCluster<Result>(act: (cluster: WatchedCluster) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'instaface-stalls-'));
  try {
    const place = ({ id }: { readonly id: string }) => ({ env: { INSTAFACE_TEST_STALLS: join(folder, id) } });
    const cluster = await withPreload(watch, () => startCluster({ place }));
    try {
      return await act(Object.assign(cluster, { stalls: () => stallsIn(cluster, folder) }));
    } finally {
      await cluster.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function stallsIn(cluster: TestCluster, folder: string): readonly NodeStall[] {
  return cluster.nodes.flatMap(({ options: { id } }) => {
    const file = join(folder, id);
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    return lines.map((line) => ({ ...(JSON.parse(line) as Stall), node: id }));
  });
}

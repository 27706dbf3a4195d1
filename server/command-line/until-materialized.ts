import type { GraphClient } from '#bot/graph-client.ts';

const pollMs = 25;
const boundMs = 300_000;

/** Until the database's mark, as a node sees it, covers this commit. */
export async function untilMaterialized(client: GraphClient, commitIndex: number): Promise<void> {
  const end = performance.now() + boundMs;
  for (;;) {
    const { data } = await client.request('{ cluster { database { materializedIndex } } }');
    const { cluster } = data as unknown as { cluster: { database: { materializedIndex: string } } };
    if (Number(cluster.database.materializedIndex) >= commitIndex) return;
    if (performance.now() > end)
      throw new Error(`the database is still behind commit ${commitIndex}: ${JSON.stringify(cluster)}`);
    await new Promise((resolve) => {
      setTimeout(resolve, pollMs);
    });
  }
}

import { GraphClient } from '#bot/graph-client.ts';

export const operationsPerBatch = 1_000;
/** Batches on their way at once: enough that a node parses one while the leader evaluates another. */
export const batchesInFlight = 4;
const requestTimeoutMs = 30_000;
const patienceMs = 120_000;

const document = 'mutation Import($input: BatchInput!) { batch(input: $input) { ids commit { index } } }';

/** Each batch on its way has a client, and so a node, of its own: reading a batch costs a node as much as carrying it out. */
export function importClients(urls: readonly string[]): readonly [GraphClient, ...GraphClient[]] {
  const clientOf = (place: number): GraphClient => {
    const client = new GraphClient({ urls, requestTimeoutMs, patienceMs });
    client.useNode(place);
    return client;
  };
  return [clientOf(0), ...Array.from({ length: batchesInFlight - 1 }, (_, place) => clientOf(place + 1))];
}

/** For each operation the id of what it created, and the commit of all. */
export async function sendBatch(
  client: GraphClient,
  input: { readonly operations: readonly unknown[]; readonly idempotencyKey: string },
): Promise<{ readonly ids: readonly (string | null)[]; readonly index: number }> {
  const { data } = await client.request(document, { input });
  const { batch } = data as unknown as { batch: { ids: readonly (string | null)[]; commit: { index: string } } };
  return { ids: batch.ids, index: Number(batch.commit.index) };
}

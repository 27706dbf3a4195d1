import type { LogIndex } from '#server/graph/identifiers.ts';
import type { ClusterState } from '#server/cluster/node-service.ts';
import type { OperationContext } from '../execution/operation-context.ts';
import type { StreamEvent } from '../execution/stream-event.ts';
import type { FieldResolvers } from './resolver.ts';

export const clusterSubscriptions: FieldResolvers = {
  cluster: {
    subscribe: (_parent: unknown, _args: unknown, context: OperationContext) => states(context),
    resolve: (event: StreamEvent<ClusterState>) => event.value,
  },
};

/** A snapshot, then the latest state whenever it changed: a client that is slow skips what it missed, and nothing piles up for it. */
async function* states({ service, signal }: OperationContext): AsyncGenerator<StreamEvent<ClusterState>> {
  let latest: ClusterState | null = service.clusterState();
  let wake: () => void = () => {};
  const stop = service.watchCluster((state) => {
    latest = state;
    wake();
  });
  const onAbort = (): void => wake();
  signal.addEventListener('abort', onAbort);
  try {
    while (!signal.aborted) {
      if (latest === null) {
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      const value = latest;
      latest = null;
      yield { value, atLeast: 0 as LogIndex };
    }
  } finally {
    stop();
    signal.removeEventListener('abort', onAbort);
  }
}

import { createContext, use, useEffect, useSyncExternalStore } from 'react';
import { stringifyDocument } from 'urql';
import { allowStale, connection } from '../connection/graph-client.ts';
import { useConnection } from '../connection/use-connection.ts';
import { ClusterStateDocument } from '../generated/graphql.ts';
import type { ClusterStateSubscription } from '../generated/graphql.ts';
import { healthOf, readNodes } from './cluster-reading.ts';
import type { NodeReading } from './cluster-reading.ts';
import { TelemetryStore } from './telemetry-store.ts';
import type { Telemetry } from './telemetry-store.ts';

export const telemetry = new TelemetryStore({
  nowMs: () => Date.now(),
  onNextFrame: (flush) => {
    requestAnimationFrame(flush);
  },
});

/** Entries of each log that the strip shows. */
export const STRIP_ENTRIES = 32;

/** Follows the cluster for as long as the component lives; with the logs only where they are shown. */
export function useClusterFeed(showsLogs: boolean): void {
  useEffect(() => {
    const request = {
      query: stringifyDocument(ClusterStateDocument),
      variables: { entries: showsLogs ? STRIP_ENTRIES : 1 },
    };
    return connection.subscribe(request, {
      next: (result) => {
        const cluster = (result.data as ClusterStateSubscription | null | undefined)?.cluster;
        if (cluster === undefined) return;
        connection.learn(cluster.nodes);
        const own = cluster.nodes.find((node) => node.id === connection.state.get().endpoint.nodeId);
        allowStale(own?.plugged === false || healthOf(cluster) !== 'well');
        telemetry.receive(cluster);
      },
      error: () => undefined,
      complete: () => undefined,
    });
  }, [showsLogs]);
}

/** A moment of the past, shown instead of now to everything below. */
export const Rewound = createContext<Telemetry | null>(null);

export function useTelemetry(): Telemetry {
  const now = useSyncExternalStore(telemetry.subscribe, telemetry.get);
  return use(Rewound) ?? now;
}

/** The node that answers this page, by name. */
export function useAnsweringNode(): string | null {
  return useConnection().endpoint.nodeId;
}

export function useNodeReadings(): readonly NodeReading[] {
  const answering = useAnsweringNode();
  return readNodes(useTelemetry(), answering);
}

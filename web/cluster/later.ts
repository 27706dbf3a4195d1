import { lazy } from 'react';

const loadPages = () => import('./cluster-pages.ts');

export const ClusterPage = lazy(async () => ({ default: (await loadPages()).ClusterPage }));
export const ClusterPanel = lazy(async () => ({ default: (await loadPages()).ClusterPanel }));

/**
 * Fetches what shows the cluster soon after the page is there, wanted or not: it is most wanted when the node that the page came
 * from is gone, and then it could not be fetched any more.
 */
export function loadClusterSoon(afterMs: number): void {
  // A failure shows where the cluster is to be shown.
  setTimeout(() => void loadPages().catch(() => undefined), afterMs);
}

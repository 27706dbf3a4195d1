/** How the cluster can be shown; apart, because the routes know the names before anything of the cluster is loaded. */
export const CLUSTER_VIEWS = ['ring', 'columns', 'matrix'] as const;
export type ClusterViewName = (typeof CLUSTER_VIEWS)[number];

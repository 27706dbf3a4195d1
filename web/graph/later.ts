import { lazy } from 'react';

/** Asked for less often than people are looked at: chunks of their own. */
export const PathPage = lazy(async () => ({ default: (await import('./path-page.tsx')).PathPage }));
export const EgoGraph = lazy(async () => ({ default: (await import('./ego-graph.tsx')).EgoGraph }));

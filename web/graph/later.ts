import { lazy } from 'react';

/** Asked for less often than people are looked at: a chunk of its own. */
export const PathPage = lazy(async () => ({ default: (await import('./path-page.tsx')).PathPage }));

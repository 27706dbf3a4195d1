import { Outlet, useRouterState, useSearch } from '@tanstack/react-router';
import { Suspense, useEffect } from 'react';
import type { ReactNode } from 'react';
import { useClusterFeed } from '../cluster/cluster-feed.ts';
import { ClusterPanel } from '../cluster/later.ts';
import { connection } from '../connection/graph-client.ts';
import { useEndpoints } from '../connection/use-connection.ts';
import { ActingPersonDialog } from '../graph/acting-person-dialog.tsx';
import { useOwnEdgeReports } from '../graph/own-actions.ts';
import { Cost } from './cost.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { Help } from './help.tsx';
import { useKeyboard } from './keyboard.ts';
import { Rail } from './rail.tsx';
import { Skeleton } from './states.tsx';
import { ToastList } from './toast-list.tsx';
import { TokenDialog } from './token-dialog.tsx';
import { TopBar } from './top-bar.tsx';
import { useMedia } from './use-media.ts';

/** The frame of every page. From 1,200 px on the cluster stands beside the graph. */
export function App(): ReactNode {
  const { via, monitor } = useSearch({ from: '__root__' });
  const path = useRouterState({ select: (state) => state.location.pathname });
  const isWide = useMedia('(min-width: 1200px)');
  const isClusterPage = path === '/cluster';
  const showsMonitor = isWide && !isClusterPage && monitor !== 'off';
  useClusterFeed(isClusterPage || showsMonitor);
  useOwnEdgeReports();
  useKeyboard();
  useChosenNode(via);
  return (
    <div className="shell">
      <a href="#main" className="skip">
        To the content
      </a>
      <Rail />
      <div className="frame">
        <TopBar offersMonitor={isWide && !isClusterPage && !showsMonitor} />
        <div className={showsMonitor ? 'halves' : 'whole'}>
          <main id="main" tabIndex={-1}>
            <ErrorBoundary key={path} name="This page">
              <Suspense fallback={<Loading />}>
                <Outlet />
              </Suspense>
            </ErrorBoundary>
            {isClusterPage ? null : <Cost />}
          </main>
          {showsMonitor ? (
            <aside className="monitor" aria-label="Cluster">
              <ErrorBoundary name="The cluster">
                <Suspense fallback={<Skeleton rows={8} kind="line" />}>
                  <ClusterPanel view={monitor === 'ring' ? 'ring' : 'columns'} />
                </Suspense>
              </ErrorBoundary>
            </aside>
          ) : null}
        </div>
      </div>
      <ToastList />
      <ActingPersonDialog />
      <Help />
      <TokenDialog />
    </div>
  );
}

/** While the script of a page is fetched. */
function Loading(): ReactNode {
  return (
    <div className="page">
      <Skeleton rows={8} kind="line" />
    </div>
  );
}

/** `?via=n3` asks for a node by name, as soon as the cluster has said where that is. */
function useChosenNode(via: string | undefined): void {
  const isKnown = useEndpoints().some((endpoint) => endpoint.nodeId === via);
  useEffect(() => {
    if (via !== undefined && isKnown) connection.choose(via);
  }, [via, isKnown]);
}

import { createRootRoute, createRoute, createRouter, Link, retainSearchParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { CLUSTER_VIEWS } from '../cluster/cluster-view-names.ts';
import type { ClusterViewName } from '../cluster/cluster-view-names.ts';
import { ClusterPage } from '../cluster/later.ts';
import { egoSearchOf, readEgoView } from '../graph/ego-view.ts';
import type { EgoSearch } from '../graph/ego-view.ts';
import { PathPage } from '../graph/later.ts';
import { PERSON_VIEWS, PersonPage } from '../graph/person-page.tsx';
import type { PersonView } from '../graph/person-page.tsx';
import { StartPage } from '../graph/start-page.tsx';
import { StatusPage } from '../graph/status-page.tsx';
import { App } from './app.tsx';

interface RootSearch {
  /** The node to talk to. */
  readonly via?: string;
  /** How the cluster stands beside the graph on wide screens; as columns when left out. */
  readonly monitor?: 'columns' | 'ring' | 'off';
}

interface ClusterSearchParams {
  readonly view?: Exclude<ClusterViewName, 'ring'>;
  /** The node that is looked at. */
  readonly sel?: string;
  /** The event whose moment is looked at. */
  readonly at?: string;
}

interface PersonSearchParams extends EgoSearch {
  readonly view?: Exclude<PersonView, 'timeline'>;
}

interface PathSearchParams {
  /** Looks for longer paths too. */
  readonly far?: true;
}

const root = createRootRoute({
  validateSearch: (search: Record<string, unknown>): RootSearch => ({
    ...(typeof search['via'] === 'string' ? { via: search['via'] } : {}),
    ...monitorOf(search['monitor']),
  }),
  search: { middlewares: [retainSearchParams(['via', 'monitor'])] },
  component: App,
  notFoundComponent: Nowhere,
});

const start = createRoute({ getParentRoute: () => root, path: '/', component: StartPage });

const cluster = createRoute({
  getParentRoute: () => root,
  path: '/cluster',
  validateSearch: (search: Record<string, unknown>): ClusterSearchParams => {
    const view = CLUSTER_VIEWS.find((one) => one === search['view']);
    return {
      ...(view === undefined || view === 'ring' ? {} : { view }),
      ...(typeof search['sel'] === 'string' ? { sel: search['sel'] } : {}),
      ...(typeof search['at'] === 'string' ? { at: search['at'] } : {}),
    };
  },
  component: function ClusterRoute(): ReactNode {
    const { view, sel, at } = cluster.useSearch();
    return <ClusterPage view={view ?? 'ring'} selected={sel ?? null} at={at ?? null} />;
  },
});

const person = createRoute({
  getParentRoute: () => root,
  path: '/u/$id',
  validateSearch: (search: Record<string, unknown>): PersonSearchParams => {
    const view = PERSON_VIEWS.find((one) => one === search['view']);
    if (view === undefined || view === 'timeline') return {};
    return { view, ...(view === 'graph' ? egoSearchOf(search) : {}) };
  },
  component: function PersonRoute(): ReactNode {
    const { id } = person.useParams();
    const { view, ...ego } = person.useSearch();
    return <PersonPage key={id} id={id} view={view ?? 'timeline'} ego={readEgoView(ego)} />;
  },
});

const status = createRoute({
  getParentRoute: () => root,
  path: '/s/$id',
  component: function StatusRoute(): ReactNode {
    const { id } = status.useParams();
    return <StatusPage key={id} id={id} />;
  },
});

const pathFrom = createRoute({
  getParentRoute: () => root,
  path: '/path/$a',
  component: function PathFromRoute(): ReactNode {
    const { a } = pathFrom.useParams();
    return <PathPage from={a} to={null} isFar={false} />;
  },
});

const path = createRoute({
  getParentRoute: () => root,
  path: '/path/$a/$b',
  validateSearch: (search: Record<string, unknown>): PathSearchParams => (search['far'] === true ? { far: true } : {}),
  component: function PathRoute(): ReactNode {
    const { a, b } = path.useParams();
    const { far } = path.useSearch();
    return <PathPage from={a} to={b} isFar={far ?? false} />;
  },
});

export const router = createRouter({
  routeTree: root.addChildren([start, cluster, person, status, pathFrom, path]),
  scrollRestoration: true,
  defaultPreload: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

function monitorOf(value: unknown): Pick<RootSearch, 'monitor'> {
  return value === 'off' || value === 'columns' || value === 'ring' ? { monitor: value } : {};
}

function Nowhere(): ReactNode {
  return (
    <div className="page">
      <h1>There is nothing here</h1>
      <p>
        <Link to="/">To the start</Link>
      </p>
    </div>
  );
}

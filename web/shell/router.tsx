import { createRootRoute, createRoute, createRouter, Link, retainSearchParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ClusterPage } from '../cluster/cluster-page.tsx';
import { PERSON_VIEWS, PersonPage } from '../graph/person-page.tsx';
import type { PersonView } from '../graph/person-page.tsx';
import { StartPage } from '../graph/start-page.tsx';
import { StatusPage } from '../graph/status-page.tsx';
import { App } from './app.tsx';

interface RootSearch {
  /** The node to talk to. */
  readonly via?: string;
  /** How the cluster stands beside the graph on wide screens; as columns when left out. */
  readonly monitor?: 'columns' | 'off';
}

interface PersonSearchParams {
  readonly view?: Exclude<PersonView, 'timeline'>;
}

const root = createRootRoute({
  validateSearch: (search: Record<string, unknown>): RootSearch => ({
    ...(typeof search['via'] === 'string' ? { via: search['via'] } : {}),
    ...(search['monitor'] === 'off' || search['monitor'] === 'columns' ? { monitor: search['monitor'] } : {}),
  }),
  search: { middlewares: [retainSearchParams(['via', 'monitor'])] },
  component: App,
  notFoundComponent: Nowhere,
});

const start = createRoute({ getParentRoute: () => root, path: '/', component: StartPage });
const cluster = createRoute({ getParentRoute: () => root, path: '/cluster', component: ClusterPage });

const person = createRoute({
  getParentRoute: () => root,
  path: '/u/$id',
  validateSearch: (search: Record<string, unknown>): PersonSearchParams => {
    const view = PERSON_VIEWS.find((one) => one === search['view']);
    return view === undefined || view === 'timeline' ? {} : { view };
  },
  component: function PersonRoute(): ReactNode {
    const { id } = person.useParams();
    const { view } = person.useSearch();
    return <PersonPage key={id} id={id} view={view ?? 'timeline'} />;
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

export const router = createRouter({
  routeTree: root.addChildren([start, cluster, person, status]),
  scrollRestoration: true,
  defaultPreload: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
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

import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { NodeReading } from './cluster-reading.ts';
import { CLUSTER_VIEWS } from './cluster-view-names.ts';
import type { ClusterViewName } from './cluster-view-names.ts';
import { LinkMatrix } from './link-matrix.tsx';
import { NodeColumns } from './node-columns.tsx';
import { NodeRing } from './node-ring.tsx';

const VIEW_NAMES: Record<ClusterViewName, string> = { ring: 'Ring', columns: 'Columns', matrix: 'Matrix' };

export function ClusterViewLinks(props: { readonly selected: string | null }): ReactNode {
  const { selected } = props;
  return (
    <nav className="views cluster-views" aria-label="Cluster as">
      {CLUSTER_VIEWS.map((view) => (
        <Link
          key={view}
          to="/cluster"
          // What is selected stays so in every view.
          search={({ at }) => ({
            ...(view === 'ring' ? {} : { view }),
            ...(selected === null ? {} : { sel: selected }),
            ...(at === undefined ? {} : { at }),
          })}
          className="view-link"
          activeOptions={{ exact: true }}
          replace
          resetScroll={false}
        >
          {VIEW_NAMES[view]}
        </Link>
      ))}
    </nav>
  );
}

export interface ClusterViewProps {
  readonly view: ClusterViewName;
  readonly readings: readonly NodeReading[];
  readonly selected: string | null;
}

export function ClusterView({ view, readings, selected }: ClusterViewProps): ReactNode {
  switch (view) {
    case 'ring':
      return <NodeRing readings={readings} selected={selected} />;
    case 'columns':
      return <NodeColumns readings={readings} />;
    case 'matrix':
      return <LinkMatrix readings={readings} />;
  }
}

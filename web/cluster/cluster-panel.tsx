import { Link } from '@tanstack/react-router';
import { Columns3, PanelRightClose, Waypoints } from 'lucide-react';
import type { ReactNode } from 'react';
import { useConnection } from '../connection/use-connection.ts';
import { Skeleton } from '../shell/states.tsx';
import { STRIP_ENTRIES, useNodeReadings } from './cluster-feed.ts';
import { ClusterHead, ClusterNotices } from './cluster-head.tsx';
import { ClusterView } from './cluster-views.tsx';
import { LogStrip } from './log-strip.tsx';
import { NodeTable } from './node-table.tsx';

/** The cluster beside the graph: watching a failover while reading is what it is for. */
export function ClusterPanel(props: { readonly view: 'columns' | 'ring' }): ReactNode {
  const readings = useNodeReadings();
  const { kind } = useConnection();
  const other = props.view === 'ring' ? 'columns' : 'ring';
  return (
    <div className="cluster cluster-narrow">
      <div className="cluster-bar">
        <ClusterHead level="h2" />
        <Link
          to="."
          search={(before) => ({ ...before, monitor: other })}
          className="icon-button"
          aria-label={other === 'ring' ? 'Show as a ring' : 'Show as columns'}
          title={other === 'ring' ? 'Show as a ring' : 'Show as columns'}
          replace
          resetScroll={false}
        >
          {other === 'ring' ? <Waypoints size={16} aria-hidden /> : <Columns3 size={16} aria-hidden />}
        </Link>
        <Link
          to="."
          search={(before) => ({ ...before, monitor: 'off' as const })}
          className="icon-button"
          aria-label="Hide the cluster"
          replace
          resetScroll={false}
        >
          <PanelRightClose size={16} aria-hidden />
        </Link>
      </div>
      <ClusterNotices />
      {readings.length === 0 ? (
        <Skeleton rows={8} kind="line" />
      ) : (
        <div className={kind === 'waiting' ? 'cluster-body aged' : 'cluster-body'}>
          <ClusterView view={props.view} readings={readings} selected={null} />
          <NodeTable readings={readings} isFull={false} />
          <LogStrip readings={readings} width={STRIP_ENTRIES} />
        </div>
      )}
    </div>
  );
}

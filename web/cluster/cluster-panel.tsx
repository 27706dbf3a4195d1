import { Link } from '@tanstack/react-router';
import { PanelRightClose } from 'lucide-react';
import type { ReactNode } from 'react';
import { useConnection } from '../connection/use-connection.ts';
import { Skeleton } from '../shell/states.tsx';
import { STRIP_ENTRIES, useNodeReadings } from './cluster-feed.ts';
import { ClusterHead, ClusterNotices } from './cluster-head.tsx';
import { LogStrip } from './log-strip.tsx';
import { NodeColumns } from './node-columns.tsx';
import { NodeTable } from './node-table.tsx';

/** The cluster beside the graph: watching a failover while reading is what it is for. */
export function ClusterPanel(): ReactNode {
  const readings = useNodeReadings();
  const { kind } = useConnection();
  return (
    <div className="cluster cluster-narrow">
      <div className="cluster-bar">
        <ClusterHead level="h2" />
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
          <NodeColumns readings={readings} />
          <NodeTable readings={readings} isFull={false} />
          <LogStrip readings={readings} width={STRIP_ENTRIES} />
        </div>
      )}
    </div>
  );
}

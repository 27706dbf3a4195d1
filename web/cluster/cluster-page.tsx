import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { EmptyPanel, Skeleton } from '../shell/states.tsx';
import { useConnection } from '../connection/use-connection.ts';
import { useMedia } from '../shell/use-media.ts';
import { STRIP_ENTRIES, useNodeReadings, useTelemetry } from './cluster-feed.ts';
import { ClusterHead, ClusterNotices } from './cluster-head.tsx';
import type { ClusterViewName } from './cluster-view-names.ts';
import { ClusterView, ClusterViewLinks } from './cluster-views.tsx';

import { LogStrip } from './log-strip.tsx';
import { NodeTable } from './node-table.tsx';

const STRIP_ENTRIES_NARROW = 12;

export interface ClusterPageProps {
  readonly view: ClusterViewName;
  readonly selected: string | null;
}

export function ClusterPage({ view, selected }: ClusterPageProps): ReactNode {
  const readings = useNodeReadings();
  const isFull = useMedia('(min-width: 1100px)');
  const isPhone = useMedia('(max-width: 599px)');
  const { kind } = useConnection();
  useEffect(() => {
    document.title = 'Cluster · Instaface';
  }, []);
  return (
    <div className="cluster">
      <ClusterHead level="h1" />
      <ClusterNotices />
      {readings.length === 0 && kind === 'waiting' ? (
        <EmptyPanel>No node of the cluster answers. The page keeps trying.</EmptyPanel>
      ) : null}
      {readings.length === 0 && kind !== 'waiting' ? <Skeleton rows={8} kind="line" /> : null}
      {readings.length === 0 ? null : (
        <div className={kind === 'waiting' ? 'cluster-body aged' : 'cluster-body'}>
          <ClusterViewLinks selected={selected} />
          <ClusterView view={view} readings={readings} selected={selected} />
          <NodeTable readings={readings} isFull={isFull} selected={selected} />
          <h2 className="strip-title">Log</h2>
          <LogStrip readings={readings} width={isPhone ? STRIP_ENTRIES_NARROW : STRIP_ENTRIES} />
          <DatabaseLine />
        </div>
      )}
    </div>
  );
}

function DatabaseLine(): ReactNode {
  const database = useTelemetry().cluster?.database;
  if (database === undefined) return null;
  return (
    <p className="database figure faint">
      {database.kind} {database.available ? 'answers' : 'does not answer'} · materialized to #
      {database.materializedIndex} · {database.behind} behind
    </p>
  );
}

import { use, useEffect, useMemo } from 'react';
import type { ReactNode } from 'react';
import { EmptyPanel, Skeleton } from '../shell/states.tsx';
import { useConnection } from '../connection/use-connection.ts';
import { useMedia } from '../shell/use-media.ts';
import { useObservable } from '../shell/use-observable.ts';
import { Rewound, STRIP_ENTRIES, useNodeReadings, useTelemetry } from './cluster-feed.ts';
import { ClusterHead, ClusterNotices } from './cluster-head.tsx';
import type { ClusterViewName } from './cluster-view-names.ts';
import { ClusterView, ClusterViewLinks } from './cluster-views.tsx';
import { imported, recording, useRecording } from './event-feed.ts';
import { LogStrip } from './log-strip.tsx';
import { NodeTable } from './node-table.tsx';
import { Scrubber } from './scrubber.tsx';
import type { Telemetry } from './telemetry-store.ts';

const STRIP_ENTRIES_NARROW = 12;

export interface ClusterPageProps {
  readonly view: ClusterViewName;
  readonly selected: string | null;
  /** The event whose moment is looked at; null: now. */
  readonly at: string | null;
}

/** The cluster now, or as it was at a moment of the recording. */
export function ClusterPage(props: ClusterPageProps): ReactNode {
  const { at } = props;
  useRecording();
  useObservable(recording.version);
  const file = useObservable(imported);
  const log = file ?? recording.log;
  const place = useMemo(() => (at === null ? null : log.placeOf(at)), [at, log]);
  // A recording out of a file has no now: it is looked at from its end.
  const shown = place ?? (file === null ? null : file.first + file.count - 1);
  const now = useTelemetry();
  const cluster = shown === null ? null : log.stateAt(shown);
  const atMs = shown === null ? 0 : (log.at(shown)?.atMs ?? 0);
  const past: Telemetry | null = cluster === null ? null : { ...now, ...NOTHING_WANTED, cluster, receivedAtMs: atMs };
  return (
    <Rewound value={past}>
      <Moment
        {...props}
        scrubber={
          <Scrubber log={log} place={cluster === null ? null : shown} isGone={at !== null && cluster === null} />
        }
      />
    </Rewound>
  );
}

const NOTHING_WANTED = {
  leaderSinceMs: null,
  leaderlessSinceMs: null,
  wantedPlugs: new Map(),
  wantedLinks: new Map(),
  hitsPerSecond: new Map(),
} as const;

function Moment({ view, selected, scrubber }: ClusterPageProps & { readonly scrubber: ReactNode }): ReactNode {
  const isPast = use(Rewound) !== null;
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
          {/* What has been cannot be switched. */}
          <div inert={isPast}>
            <ClusterView view={view} readings={readings} selected={selected} />
            <NodeTable readings={readings} isFull={isFull} selected={selected} />
          </div>
          {scrubber}
          {isPast ? null : (
            <>
              <h2 className="strip-title">Log</h2>
              <LogStrip readings={readings} width={isPhone ? STRIP_ENTRIES_NARROW : STRIP_ENTRIES} />
            </>
          )}
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

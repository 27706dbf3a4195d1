import { CircleCheck, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useConnection } from '../connection/use-connection.ts';
import { useNow } from '../shell/use-now.ts';
import { formatCount, formatDuration, formatMs, formatRate } from '../shell/figures.ts';
import { useAnsweringNode, useTelemetry } from './cluster-feed.ts';
import { calmText, noticesOf, quorumOf } from './cluster-reading.ts';
import type { Notice } from './cluster-reading.ts';
import type { Telemetry } from './telemetry-store.ts';

/** The cluster in one line: whether it has a quorum, who leads, how far it is, how fast. */
export function ClusterHead(props: { readonly level: 'h1' | 'h2' }): ReactNode {
  const { cluster, leaderSinceMs, leaderlessSinceMs, receivedAtMs } = useTelemetry();
  const Title = props.level;
  if (cluster === null) {
    return (
      <header className="cluster-head">
        <Title>Cluster</Title>
      </header>
    );
  }
  const { heard, voters, needed } = quorumOf(cluster);
  const { commits } = cluster;
  return (
    <header className="cluster-head">
      <Title>Cluster</Title>
      <p className="cluster-quorum">
        <span className={`dot dot-${heard >= needed ? 'ok' : 'bad'}`} aria-hidden />
        {heard >= needed ? 'quorum' : 'no quorum'}{' '}
        <span className="figure">
          {heard} / {voters}
        </span>
      </p>
      <dl className="cluster-figures">
        <Item name="leader">
          {cluster.leader?.id ??
            (leaderlessSinceMs === null ? '–' : `none, ${formatDuration(receivedAtMs - leaderlessSinceMs)}`)}
        </Item>
        <Item name="term">{cluster.term}</Item>
        <Item name="commit">{formatCount(cluster.commitIndex)}</Item>
        <Item name="writes/s">{formatRate(commits.mutationsPerSecond)}</Item>
        <Item name="p50">{commits.p50Ms === null ? '–' : `${formatMs(commits.p50Ms)} ms`}</Item>
        <Item name="p99">{commits.p99Ms === null ? '–' : `${formatMs(commits.p99Ms)} ms`}</Item>
        <Item name="elected">
          {leaderSinceMs === null ? 'before this page' : `${formatDuration(receivedAtMs - leaderSinceMs)} ago`}
        </Item>
      </dl>
    </header>
  );
}

function Item(props: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div data-figure={props.name}>
      <dt>{props.name}</dt>
      <dd className="figure">{props.children}</dd>
    </div>
  );
}

/** What is not as it should be, in words; the place is kept when all is well, so that bad news moves nothing. */
export function ClusterNotices(): ReactNode {
  const telemetry: Telemetry = useTelemetry();
  const { kind } = useConnection();
  const nowMs = useNow(kind !== 'live');
  const current = noticesOf(telemetry, useAnsweringNode());
  const aged: Notice = {
    tone: 'bad',
    text: `Not connected. What is shown is ${formatDuration(Math.max(nowMs - telemetry.receivedAtMs, 0))} old.`,
  };
  const notices = kind === 'waiting' && telemetry.cluster !== null ? [aged] : current;
  return (
    <div className="notices" role="status">
      {notices.length === 0 && telemetry.cluster !== null ? (
        <p className="notice notice-calm">
          <CircleCheck size={16} aria-hidden />
          {calmText(telemetry.cluster)}
        </p>
      ) : null}
      {notices.map((notice) => (
        <p key={notice.tone + notice.text.slice(0, 12)} className={`notice notice-${notice.tone}`}>
          <TriangleAlert size={16} aria-hidden />
          {notice.text}
        </p>
      ))}
    </div>
  );
}

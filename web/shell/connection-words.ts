import type { ConnectionState } from '../connection/live-connection.ts';
import { healthOf, newestCommit } from '../cluster/cluster-reading.ts';
import type { ClusterState } from '../cluster/telemetry-store.ts';
import { formatCount, formatDuration, formatMs } from './figures.ts';

export interface ConnectionWords {
  readonly tone: 'ok' | 'warn' | 'bad';
  readonly text: string;
  /** The figures after it, apart because they change all the time. */
  readonly figures: string;
}

/** The state of the page's connection in a few words: `live via n3 · 2 ms`. */
export function describeConnection(
  state: ConnectionState,
  cluster: ClusterState | null,
  nowMs: number,
): ConnectionWords {
  const name = state.endpoint.nodeId ?? new URL(state.endpoint.origin).host;
  switch (state.kind) {
    case 'connecting':
      return { tone: 'warn', text: `connecting to ${name}`, figures: '' };
    case 'waiting':
      return {
        tone: 'bad',
        text: 'no node answers',
        figures: `again in ${formatDuration(Math.max(state.retryAtMs - nowMs, 0))}`,
      };
    case 'live':
      return describeLive(name, state.roundTripMs, cluster);
  }
}

function describeLive(name: string, roundTripMs: number | null, cluster: ClusterState | null): ConnectionWords {
  const own = cluster?.nodes.find((node) => node.id === name);
  if (own !== undefined && cluster !== null && !own.plugged) {
    const behind = newestCommit(cluster) - BigInt(own.appliedIndex);
    return {
      tone: 'warn',
      text: `${name} is unplugged: served stale`,
      figures: behind > 0n ? `${formatCount(behind)} behind` : '',
    };
  }
  const health = cluster === null ? 'well' : healthOf(cluster);
  if (health === 'no-quorum') return { tone: 'bad', text: `${name} hears no quorum`, figures: 'served stale' };
  if (health !== 'well') return { tone: 'warn', text: `${name} knows no leader`, figures: '' };
  return { tone: 'ok', text: `live via ${name}`, figures: roundTripMs === null ? '' : `${formatMs(roundTripMs)} ms` };
}

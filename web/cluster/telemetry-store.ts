import type { ClusterStateSubscription } from '../generated/graphql.ts';

export type ClusterState = ClusterStateSubscription['cluster'];
export type NodeState = ClusterState['nodes'][number];

/** One moment of the cluster as this page heard it. */
export interface Telemetry {
  readonly cluster: ClusterState | null;
  /** When the page received it, milliseconds of the page's clock; 0 before the first. */
  readonly receivedAtMs: number;
  /** When the page first saw the current term or leader; null until one of them changed while it watched. */
  readonly leaderSinceMs: number | null;
  /** Since when no leader is known; null while there is one. */
  readonly leaderlessSinceMs: number | null;
  /** Plug switches that were turned here and are not yet confirmed by the cluster. */
  readonly wantedPlugs: ReadonlyMap<string, WantedPlug>;
  /** Directions of links that were cut or joined here and not yet confirmed: `n1 n2` and whether it shall be connected. */
  readonly wantedLinks: ReadonlyMap<string, boolean>;
  /** Cache hits a second of the last minute, per node, oldest first. */
  readonly hitsPerSecond: ReadonlyMap<string, readonly number[]>;
}

interface WantedPlug {
  readonly plugged: boolean;
  readonly sinceMs: number;
}

export interface TelemetryStoreOptions {
  readonly nowMs: () => number;
  /** Calls back before the next frame is drawn. */
  readonly onNextFrame: (flush: () => void) => void;
}

const SAMPLES_MAX = 60;
const SAMPLE_EVERY_MS = 1_000;

interface Sample {
  readonly atMs: number;
  readonly hits: number;
}

/**
 * What the page knows about the cluster. It stands apart from the cache of graph data: it changes ten times a second, nobody
 * asks for it by id, and only the newest value counts. However many snapshots arrive between two frames, components hear of it
 * once a frame.
 */
export class TelemetryStore {
  private readonly options: TelemetryStoreOptions;
  private readonly listeners = new Set<() => void>();
  private readonly samples = new Map<string, Sample[]>();
  private shown: Telemetry = {
    cluster: null,
    receivedAtMs: 0,
    leaderSinceMs: null,
    leaderlessSinceMs: null,
    wantedPlugs: new Map(),
    wantedLinks: new Map(),
    hitsPerSecond: new Map(),
  };
  private next: Telemetry = this.shown;
  private isFlushPlanned = false;

  constructor(options: TelemetryStoreOptions) {
    this.options = options;
  }

  readonly get = (): Telemetry => this.shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  receive(cluster: ClusterState): void {
    const nowMs = this.options.nowMs();
    const before = this.next.cluster;
    const hasNewLeader = before !== null && (before.term !== cluster.term || before.leader?.id !== cluster.leader?.id);
    this.sample(cluster, nowMs);
    this.plan({
      cluster,
      receivedAtMs: nowMs,
      leaderSinceMs: hasNewLeader && cluster.leader !== null ? nowMs : this.next.leaderSinceMs,
      leaderlessSinceMs: cluster.leader === null ? (this.next.leaderlessSinceMs ?? nowMs) : null,
      wantedPlugs: unconfirmed(this.next.wantedPlugs, cluster),
      wantedLinks: unconfirmedLinks(this.next.wantedLinks, cluster),
      hitsPerSecond: this.rates(),
    });
  }

  /** The reader turned a switch: it is shown turned at once, and stays so until the cluster agrees or refuses. */
  wantPlug(nodeId: string, plugged: boolean): void {
    const wantedPlugs = new Map(this.next.wantedPlugs);
    wantedPlugs.set(nodeId, { plugged, sinceMs: this.options.nowMs() });
    this.plan({ ...this.next, wantedPlugs });
  }

  /** The cluster refused, or answered that it is done: from now on the switch shows what the node reports. */
  forgetPlug(nodeId: string): void {
    if (!this.next.wantedPlugs.has(nodeId)) return;
    const wantedPlugs = new Map(this.next.wantedPlugs);
    wantedPlugs.delete(nodeId);
    this.plan({ ...this.next, wantedPlugs });
  }

  wantLink(from: string, to: string, connected: boolean): void {
    this.plan({ ...this.next, wantedLinks: new Map(this.next.wantedLinks).set(linkKey(from, to), connected) });
  }

  /** This wish is no longer waited for; a later, other one for the same direction stays. */
  forgetLink(from: string, to: string, connected: boolean): void {
    const key = linkKey(from, to);
    if (this.next.wantedLinks.get(key) !== connected) return;
    const wantedLinks = new Map(this.next.wantedLinks);
    wantedLinks.delete(key);
    this.plan({ ...this.next, wantedLinks });
  }

  private plan(next: Telemetry): void {
    this.next = next;
    if (this.isFlushPlanned) return;
    this.isFlushPlanned = true;
    this.options.onNextFrame(() => {
      this.isFlushPlanned = false;
      this.shown = this.next;
      for (const listener of this.listeners) listener();
    });
  }

  private sample(cluster: ClusterState, nowMs: number): void {
    for (const node of cluster.nodes) {
      const samples = this.samples.get(node.id) ?? [];
      const last = samples.at(-1);
      if (last !== undefined && nowMs - last.atMs < SAMPLE_EVERY_MS) continue;
      // A node that started again counts from zero.
      const kept = last !== undefined && node.cache.hits < last.hits ? [] : samples;
      this.samples.set(node.id, [...kept, { atMs: nowMs, hits: node.cache.hits }].slice(-(SAMPLES_MAX + 1)));
    }
  }

  private rates(): ReadonlyMap<string, readonly number[]> {
    const rates = new Map<string, readonly number[]>();
    for (const [nodeId, samples] of this.samples) {
      rates.set(
        nodeId,
        samples.slice(1).map((sample, place) => {
          const before = samples[place] ?? sample;
          return ((sample.hits - before.hits) * 1_000) / Math.max(sample.atMs - before.atMs, 1);
        }),
      );
    }
    return rates;
  }
}

/** Names one direction of one link. */
export function linkKey(from: string, to: string): string {
  return `${from} ${to}`;
}

function unconfirmedLinks(wanted: ReadonlyMap<string, boolean>, cluster: ClusterState): ReadonlyMap<string, boolean> {
  if (wanted.size === 0) return wanted;
  const reported = new Map(cluster.links.map((link) => [linkKey(link.from, link.to), link.connected]));
  const left = [...wanted].filter(([link, connected]) => reported.get(link) !== connected);
  return left.length === wanted.size ? wanted : new Map(left);
}

function unconfirmed(wanted: ReadonlyMap<string, WantedPlug>, cluster: ClusterState): ReadonlyMap<string, WantedPlug> {
  if (wanted.size === 0) return wanted;
  const left = [...wanted].filter(
    ([id, want]) => cluster.nodes.find((node) => node.id === id)?.plugged !== want.plugged,
  );
  return left.length === wanted.size ? wanted : new Map(left);
}

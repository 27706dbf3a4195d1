import { describe, expect, it } from 'vitest';
import { readLinks } from './link-reading.ts';
import { TelemetryStore } from './telemetry-store.ts';
import type { ClusterState } from './telemetry-store.ts';
import { clusterOf, nodeOf } from './testing/cluster-samples.ts';

const link = (from: string, to: string, connected = true): ClusterState['links'][number] => ({
  from,
  to,
  connected,
  roundTripMs: 0.5,
});

function storeOf(cluster: ClusterState): TelemetryStore {
  const store = new TelemetryStore({ nowMs: () => 0, onNextFrame: (flush) => flush() });
  store.receive(cluster);
  return store;
}

const stateOf = (store: TelemetryStore, name: string): string | undefined => readLinks(store.get()).get(name)?.state;

describe('a direction of a link', () => {
  const nodes = [nodeOf('n1', { role: 'LEADER' }), nodeOf('n2'), nodeOf('n3', { plugged: false })];

  it('is open, cut between two that are there, or off where one is not', () => {
    const store = storeOf(clusterOf({ nodes, links: [link('n1', 'n2'), link('n2', 'n1', false), link('n1', 'n3')] }));
    expect(['n1 n2', 'n2 n1', 'n1 n3', 'n3 n2'].map((name) => stateOf(store, name))).toEqual([
      'open',
      'cut',
      'off',
      'off',
    ]);
    expect(readLinks(store.get()).get('n1 n2')?.roundTripMs).toBe(0.5);
    expect(readLinks(store.get()).get('n2 n1')?.roundTripMs).toBeNull();
  });

  it('shows what was asked for at once, until its node reports it', () => {
    const store = storeOf(clusterOf({ nodes, links: [link('n1', 'n2'), link('n2', 'n1')] }));
    store.wantLink('n1', 'n2', false);
    expect(readLinks(store.get()).get('n1 n2')).toMatchObject({ state: 'cut', isConfirmed: false });
    expect(stateOf(store, 'n2 n1')).toBe('open');
    store.receive(clusterOf({ nodes, links: [link('n1', 'n2'), link('n2', 'n1')] }));
    expect(readLinks(store.get()).get('n1 n2')).toMatchObject({ state: 'cut', isConfirmed: false });
    store.receive(clusterOf({ nodes, links: [link('n1', 'n2', false), link('n2', 'n1')] }));
    expect(readLinks(store.get()).get('n1 n2')).toMatchObject({ state: 'cut', isConfirmed: true });
  });

  it('shows again what is reported when the cluster refuses', () => {
    const store = storeOf(clusterOf({ nodes, links: [link('n1', 'n2')] }));
    store.wantLink('n1', 'n2', false);
    store.forgetLink('n1', 'n2', true);
    expect(stateOf(store, 'n1 n2')).toBe('cut');
    store.forgetLink('n1', 'n2', false);
    expect(readLinks(store.get()).get('n1 n2')).toMatchObject({ state: 'open', isConfirmed: true });
  });
});

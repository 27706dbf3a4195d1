import { describe, expect, it } from 'vitest';
import { TelemetryStore } from './telemetry-store.ts';
import { clusterOf, nodeOf } from './testing/cluster-samples.ts';

function started() {
  const clock = { nowMs: 1_000 };
  const frames: (() => void)[] = [];
  const store = new TelemetryStore({ nowMs: () => clock.nowMs, onNextFrame: (flush) => frames.push(flush) });
  const told = { times: 0 };
  store.subscribe(() => told.times++);
  const frame = () => {
    for (const flush of frames.splice(0)) flush();
  };
  return { store, clock, frame, told };
}

describe('the telemetry', () => {
  it('reaches components once a frame, with the newest value', () => {
    const { store, frame, told } = started();
    for (let term = 1; term <= 50; term++) store.receive(clusterOf({ term }));
    expect(store.get().cluster).toBeNull();
    frame();
    expect(told.times).toBe(1);
    expect(store.get().cluster?.term).toBe(50);
  });

  it('shows a switch turned before the cluster knows, and the report once they agree', () => {
    const { store, frame } = started();
    store.receive(clusterOf({}));
    store.wantPlug('n1', false);
    frame();
    expect(store.get().wantedPlugs.get('n1')?.plugged).toBe(false);
    store.receive(clusterOf({ nodes: [nodeOf('n1', { plugged: true })] }));
    frame();
    expect(store.get().wantedPlugs.has('n1')).toBe(true);
    store.receive(clusterOf({ nodes: [nodeOf('n1', { plugged: false })] }));
    frame();
    expect(store.get().wantedPlugs.has('n1')).toBe(false);
  });

  it('turns a switch back when the cluster refuses', () => {
    const { store, frame } = started();
    store.wantPlug('n1', false);
    store.forgetPlug('n1');
    frame();
    expect(store.get().wantedPlugs.size).toBe(0);
  });

  it('knows since when there is no leader, and when one was seen to be elected', () => {
    const { store, clock, frame } = started();
    store.receive(clusterOf({}));
    clock.nowMs = 2_000;
    store.receive(clusterOf({ leader: null }));
    clock.nowMs = 2_500;
    store.receive(clusterOf({ leader: null }));
    frame();
    expect(store.get()).toMatchObject({ leaderlessSinceMs: 2_000, leaderSinceMs: null });
    clock.nowMs = 2_600;
    store.receive(clusterOf({ term: 4, leader: { id: 'n2' } }));
    frame();
    expect(store.get()).toMatchObject({ leaderlessSinceMs: null, leaderSinceMs: 2_600 });
  });

  it('keeps a minute of hit rates, and begins again when a node counts from zero', () => {
    const { store, clock, frame } = started();
    for (let second = 0; second < 90; second++) {
      clock.nowMs += 1_000;
      store.receive(clusterOf({ nodes: [nodeOf('n1', { hits: second * 10 })] }));
    }
    frame();
    const rates = store.get().hitsPerSecond.get('n1');
    expect(rates).toHaveLength(60);
    expect(rates?.every((rate) => rate === 10)).toBe(true);
    clock.nowMs += 1_000;
    store.receive(clusterOf({ nodes: [nodeOf('n1', { hits: 5 })] }));
    frame();
    expect(store.get().hitsPerSecond.get('n1')).toEqual([]);
  });
});

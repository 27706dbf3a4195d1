import { describe, expect, it } from 'vitest';
import { calmText, healthOf, noticesOf, quorumOf, readNodes } from './cluster-reading.ts';
import type { ClusterState, Telemetry } from './telemetry-store.ts';
import { clusterOf, nodeOf } from './testing/cluster-samples.ts';

function telemetryOf(cluster: ClusterState | null, change: Partial<Telemetry> = {}): Telemetry {
  return {
    cluster,
    receivedAtMs: 0,
    leaderSinceMs: null,
    leaderlessSinceMs: null,
    wantedPlugs: new Map(),
    wantedLinks: new Map(),
    hitsPerSecond: new Map(),
    ...change,
  };
}

const leader = nodeOf('n1', { role: 'LEADER' });

describe('where a node stands', () => {
  it('is one of three places, the unplugged leader among the unreachable', () => {
    const cluster = clusterOf({
      nodes: [
        nodeOf('n1', { role: 'LEADER', plugged: false }),
        nodeOf('n2', { role: 'LEADER', term: 4 }),
        nodeOf('n3', { reachable: false }),
      ],
    });
    expect(readNodes(telemetryOf(cluster), 'n2').map((one) => [one.node.id, one.standing, one.word])).toEqual([
      ['n1', 'unreachable', 'unplugged'],
      ['n2', 'leader', 'leader'],
      ['n3', 'unreachable', 'not heard'],
    ]);
  });

  it('is leader for the newest term only', () => {
    const cluster = clusterOf({ nodes: [leader, nodeOf('n2', { role: 'LEADER', term: 5 })] });
    expect(readNodes(telemetryOf(cluster), 'n2').map((one) => one.standing)).toEqual(['follower', 'leader']);
  });

  it('sorts n10 after n9', () => {
    const cluster = clusterOf({ nodes: [nodeOf('n10'), nodeOf('n9'), leader] });
    expect(readNodes(telemetryOf(cluster), 'n1').map((one) => one.node.id)).toEqual(['n1', 'n9', 'n10']);
  });
});

describe('a reading', () => {
  it('measures the lag at the newest commit that anyone reports', () => {
    const cluster = clusterOf({
      commitIndex: '12',
      nodes: [nodeOf('n1', { commitIndex: '14', appliedIndex: '14' }), nodeOf('n2', { appliedIndex: '7' })],
    });
    expect(readNodes(telemetryOf(cluster), 'n1').map((one) => one.lag)).toEqual([0n, 7n]);
  });

  it('shows the switch as the reader turned it until that is confirmed', () => {
    const wantedPlugs = new Map([['n1', { plugged: false, sinceMs: 0 }]]);
    const [first, second] = readNodes(telemetryOf(clusterOf({}), { wantedPlugs }), 'n2');
    expect(first).toMatchObject({ isPlugged: false, isConfirmed: false });
    expect(second).toMatchObject({ isPlugged: true, isConfirmed: true });
  });

  it('takes the round trip from the leader, else from the node that answers', () => {
    const links = [
      { from: 'n1', to: 'n3', connected: true, roundTripMs: 0.4 },
      { from: 'n2', to: 'n3', connected: true, roundTripMs: 0.7 },
    ];
    const trip = (cluster: ClusterState) =>
      readNodes(telemetryOf(cluster), 'n2').find((one) => one.node.id === 'n3')?.roundTripMs;
    expect(trip(clusterOf({ links }))).toBe(0.4);
    expect(trip(clusterOf({ links, leader: null }))).toBe(0.7);
  });
});

describe('the quorum', () => {
  it('counts voters that are heard, learners apart', () => {
    const nodes = [leader, nodeOf('n2', { plugged: false }), nodeOf('n3'), nodeOf('n4', { voter: false })];
    expect(quorumOf(clusterOf({ nodes }))).toEqual({ heard: 2, voters: 3, needed: 2 });
  });
});

describe('the calm sentence', () => {
  it('counts who follows, and names who is away', () => {
    expect(calmText(clusterOf({}))).toBe('n1 leads, 2 of 2 follow.');
    const nodes = [leader, nodeOf('n2', { plugged: false }), nodeOf('n3')];
    expect(calmText(clusterOf({ nodes }))).toBe('n1 leads, 1 of 2 follow; n2 is unplugged.');
  });
});

describe('the notices', () => {
  const texts = (cluster: ClusterState, answering: string) =>
    noticesOf(telemetryOf(cluster), answering).map((notice) => notice.text);

  it('are none when all is well', () => {
    expect(texts(clusterOf({}), 'n1')).toEqual([]);
    expect(noticesOf(telemetryOf(null), null)).toEqual([]);
  });

  it('say when the answering node is unplugged, and how far behind it is', () => {
    const nodes = [
      nodeOf('n1', { role: 'LEADER', plugged: false, appliedIndex: '3' }),
      nodeOf('n2', { role: 'LEADER', term: 4 }),
      nodeOf('n3'),
    ];
    const said = texts(clusterOf({ nodes, leader: { id: 'n2' } }), 'n1');
    expect(said[0]).toBe(
      'n1, which answers this page, is unplugged: it is cut off and serves only what it has, 7 entries behind.',
    );
    expect(said[1]).toContain('n1 (T3) and n2 (T4) both claim leadership; n1 cannot reach a quorum.');
  });

  it('say who asks for votes when there is no leader', () => {
    const nodes = [nodeOf('n1'), nodeOf('n2', { role: 'CANDIDATE' }), nodeOf('n3')];
    expect(texts(clusterOf({ nodes, leader: null, hasQuorum: false }), 'n1')).toEqual([
      'No leader. n2 asks for votes.',
    ]);
  });

  it('say which node repairs its log, as long as it is heard', () => {
    const repairing = nodeOf('n3', { repairing: true });
    const cluster = clusterOf({ nodes: [nodeOf('n1', { role: 'LEADER' }), nodeOf('n2'), repairing] });
    expect(texts(cluster, 'n1')).toEqual([
      'n3 is repairing: its log lost entries. It does not vote until n1 has sent them again.',
    ]);
    expect(readNodes(telemetryOf(cluster), 'n1').map(({ word }) => word)).toEqual(['leader', 'follower', 'repairing']);
    const unheard = { ...repairing, reachable: false };
    const without = clusterOf({ nodes: [nodeOf('n1', { role: 'LEADER' }), nodeOf('n2'), unheard] });
    expect(texts(without, 'n1')).toEqual([]);
  });

  it('do not take an election for a lost quorum', () => {
    const electing = clusterOf({ nodes: [nodeOf('n1'), nodeOf('n2'), nodeOf('n3')], leader: null, hasQuorum: false });
    expect(healthOf(electing)).toBe('no-leader');
    expect(healthOf(clusterOf({ hasQuorum: false }))).toBe('leader-alone');
    expect(texts(electing, 'n1')).toEqual(['No leader. Changes wait until one is elected.']);
  });

  it('say what no quorum means', () => {
    const nodes = [nodeOf('n1'), nodeOf('n2', { plugged: false }), nodeOf('n3', { plugged: false })];
    expect(texts(clusterOf({ nodes, leader: null, hasQuorum: false }), 'n1')[0]).toMatch(
      /^No quorum: 1 of 3 voters can be heard, 2 are needed/,
    );
  });
});

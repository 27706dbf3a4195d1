import { describe, expect, it } from 'vitest';
import { clusterOf, nodeOf } from '../cluster/testing/cluster-samples.ts';
import type { ConnectionState } from '../connection/live-connection.ts';
import { describeConnection } from './connection-words.ts';

const endpoint = { nodeId: 'n2', origin: 'http://10.0.0.1:4001' };
const live: ConnectionState = { kind: 'live', endpoint, roundTripMs: 2.04 };

describe('the connection in words', () => {
  it('names the node and how far it is', () => {
    expect(describeConnection(live, clusterOf({}), 0)).toEqual({ tone: 'ok', text: 'live via n2', figures: '2.0 ms' });
  });

  it('says that an unplugged node serves what it has', () => {
    const cluster = clusterOf({
      nodes: [nodeOf('n1', { role: 'LEADER' }), nodeOf('n2', { plugged: false, appliedIndex: '3' })],
    });
    expect(describeConnection(live, cluster, 0)).toEqual({
      tone: 'warn',
      text: 'n2 is unplugged: served stale',
      figures: '7 behind',
    });
  });

  it('tells no quorum from no leader', () => {
    const lost = ['n1', 'n3'].map((id) => nodeOf(id, { reachable: false }));
    expect(
      describeConnection(live, clusterOf({ nodes: [nodeOf('n2')].concat(lost), hasQuorum: false, leader: null }), 0)
        .text,
    ).toBe('n2 hears no quorum');
    expect(describeConnection(live, clusterOf({ leader: null, hasQuorum: false }), 0).text).toBe('n2 knows no leader');
  });

  it('counts down to the next try when nobody answers', () => {
    const waiting: ConnectionState = { kind: 'waiting', endpoint, retryAtMs: 3_000, attempts: 3 };
    expect(describeConnection(waiting, null, 1_000)).toEqual({
      tone: 'bad',
      text: 'no node answers',
      figures: 'again in 2.0 s',
    });
  });

  it('shows the address of a node that has not said its name', () => {
    const connecting: ConnectionState = {
      kind: 'connecting',
      endpoint: { nodeId: null, origin: 'http://10.0.0.1:4001' },
    };
    expect(describeConnection(connecting, null, 0).text).toBe('connecting to 10.0.0.1:4001');
  });
});
